-- Which administrator made a code with which a person signs in; NULL at the command line.
ALTER TABLE sign_in_code ADD COLUMN made_by TEXT;
