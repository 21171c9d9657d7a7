-- Codes with which a person signs in on a tablet, as SHA-256 of what is typed. The first tablet
-- that uses one is the only one that may use it again: after a lost reply, until it expires.
CREATE TABLE sign_in_code (
    digest   TEXT   NOT NULL PRIMARY KEY,
    staff    TEXT   NOT NULL,
    until_ms BIGINT NOT NULL,
    device   TEXT
);
