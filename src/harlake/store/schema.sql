-- The catalog: which sessions and captures there are. What is in a capture is in its objects, from which this can be
-- rebuilt at any time: so it may be thrown away, never the objects.
-- Times are in microseconds since 1970, sizes in bytes. $key and $reference are PostgreSQL's; DuckDB would keep an index
-- for each in memory, and has no need of it.

-- One row: what these tables are like, and which store they belong to.
CREATE TABLE IF NOT EXISTS store (
    version INTEGER NOT NULL,
    id      UUID    NOT NULL           -- also in the bucket that objects are in: see bucket_mark.py
);

CREATE TABLE IF NOT EXISTS sessions (
    id         UUID    NOT NULL $key,
    name       VARCHAR NOT NULL,
    created_us BIGINT  NOT NULL
);

CREATE SEQUENCE IF NOT EXISTS capture_order;

-- Complete captures. They never change, and go all at once.
CREATE TABLE IF NOT EXISTS captures (
    id           UUID    NOT NULL $key,
    session      UUID    NOT NULL $reference,
    number       BIGINT  NOT NULL,     -- in the order of their completion
    created_us   BIGINT  NOT NULL,
    file_name    VARCHAR,
    upload_bytes BIGINT  NOT NULL,     -- as received
    har_bytes    BIGINT  NOT NULL,     -- decompressed
    object_bytes BIGINT  NOT NULL,     -- as stored
    total        BIGINT  NOT NULL,     -- values in log.entries
    imported     BIGINT  NOT NULL,     -- those that became entries
    sha256       VARCHAR NOT NULL,     -- of the upload as received
    -- The frame that ends the object, and holds all of the HAR but its entries.
    envelope_start       BIGINT  NOT NULL,
    envelope_length      INTEGER NOT NULL,
    envelope_text_length INTEGER NOT NULL,
    pages        BIGINT  NOT NULL,
    -- Index rows of a small capture, which has no files for them; and whether it has these, which is asked for more often:
    -- DuckDB would read them, and hold what it has read.
    keeps_entries BOOLEAN NOT NULL,
    keeps_pages   BOOLEAN NOT NULL,
    entry_rows   BYTEA,
    page_rows    BYTEA
);

-- Captures of which objects may be there, and which are no more, or not yet, complete.
CREATE TABLE IF NOT EXISTS unfinished (
    capture  UUID    NOT NULL $key,
    state    VARCHAR NOT NULL,         -- 'importing' or 'removed'
    since_us BIGINT  NOT NULL,
    node     BIGINT  NOT NULL          -- the process that announced it, or removed it
);
