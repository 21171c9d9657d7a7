-- A join code is for a site: its code, empty for the company itself, NULL for the only one there is.
ALTER TABLE join_code ADD COLUMN site TEXT;

-- What a tablet last said of itself, for its administrator. `report` is JSON.
CREATE TABLE meeting (
    device      TEXT   NOT NULL PRIMARY KEY,
    met_ms      BIGINT NOT NULL,
    complete_ms BIGINT,
    wiped_ms    BIGINT,
    report      TEXT   NOT NULL
);
