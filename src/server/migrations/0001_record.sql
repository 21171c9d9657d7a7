-- The endpoint's store. Numbers are BIGINT, instants are milliseconds of UTC, ids and hashes
-- are lower-case hexadecimal. Entries and receipts are kept as the exact bytes received.

CREATE TABLE meta (
    name  TEXT NOT NULL PRIMARY KEY,
    value TEXT NOT NULL
);

-- One row a scope, locked by whoever inserts until the commit: the order of feed numbers is
-- the order of commits. `digest` is the exclusive or of the names of all its entries.
CREATE TABLE scope_head (
    scope  TEXT   NOT NULL PRIMARY KEY,
    feed   BIGINT NOT NULL,
    digest TEXT   NOT NULL
);

-- A stream: whose it is and how far it is held without a hole. `roster` is the position of the
-- roster that the entry at the frontier names.
CREATE TABLE stream (
    stream TEXT   NOT NULL PRIMARY KEY,
    device TEXT   NOT NULL,
    scope  TEXT   NOT NULL,
    seq    BIGINT NOT NULL,
    hash   TEXT   NOT NULL,
    roster BIGINT NOT NULL
);

-- Two entries at one place of a stream are a fork: both are kept, `fork` tells which of them lies
-- beside the chain. `digest` is the scope's digest up to this entry.
CREATE TABLE entry (
    hash        TEXT   NOT NULL PRIMARY KEY,
    scope       TEXT   NOT NULL,
    feed        BIGINT NOT NULL,
    stream      TEXT   NOT NULL,
    seq         BIGINT NOT NULL,
    prev        TEXT,
    fork        BIGINT NOT NULL,
    kind        TEXT   NOT NULL,
    case_id     TEXT,
    received_ms BIGINT NOT NULL,
    digest      TEXT   NOT NULL,
    bytes       BLOB   NOT NULL,
    UNIQUE (scope, feed),
    UNIQUE (stream, seq, hash)
);
CREATE INDEX entry_by_kind ON entry (kind, scope, feed);
CREATE INDEX entry_by_prev ON entry (prev, stream) WHERE seq = 1;
CREATE INDEX entry_by_case ON entry (case_id, feed) WHERE case_id IS NOT NULL;

-- Receipts of a stream are a chain, each naming the one before; after a restore the chain may
-- have two branches. The earliest one that covers a place counts.
CREATE TABLE receipt (
    hash    TEXT   NOT NULL PRIMARY KEY,
    stream  TEXT   NOT NULL,
    seq     BIGINT NOT NULL,
    time_ms BIGINT NOT NULL,
    bytes   BLOB   NOT NULL
);
CREATE INDEX receipt_by_stream ON receipt (stream, time_ms, seq);
CREATE INDEX receipt_by_time ON receipt (time_ms);

-- What was received and is no entry that can be taken: kept word for word with the reason.
CREATE TABLE aside (
    digest      TEXT   NOT NULL PRIMARY KEY,
    bytes       BLOB   NOT NULL,
    reason      TEXT   NOT NULL,
    device      TEXT   NOT NULL,
    received_ms BIGINT NOT NULL
);

-- Codes with which a tablet may join while the process that printed them runs.
CREATE TABLE join_code (
    code    TEXT   NOT NULL PRIMARY KEY,
    made_ms BIGINT NOT NULL
);
