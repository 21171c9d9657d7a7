-- The body line of an entry of a confidential scope lies sealed in `body`, under a key that no
-- database holds; `bytes` has the other two lines then.
ALTER TABLE entry ADD COLUMN body BLOB;

-- What is no entry that can be taken may be of such a scope: from here on it lies sealed, all of it.
ALTER TABLE aside ADD COLUMN sealed BIGINT NOT NULL DEFAULT 0;
