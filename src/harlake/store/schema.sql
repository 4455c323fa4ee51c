-- The catalog: everything that can be asked about captures without reading them. No bodies.
-- It can be rebuilt from the capture objects at any time, so it may be thrown away, never the objects.

CREATE TABLE IF NOT EXISTS sessions (
    id         UUID        NOT NULL,
    name       VARCHAR     NOT NULL,
    created_at TIMESTAMPTZ NOT NULL
);

-- state: 'importing' until the object and all rows are there; only 'complete' captures are ever looked at.
-- 'deleting' while the object of a removed capture may still be there.
CREATE TABLE IF NOT EXISTS captures (
    id           UUID        NOT NULL,
    session      UUID,
    state        VARCHAR     NOT NULL,
    created_at   TIMESTAMPTZ NOT NULL,
    file_name    VARCHAR,
    upload_bytes BIGINT,      -- as received
    har_bytes    BIGINT,      -- decompressed
    object_bytes BIGINT,      -- as stored
    total        BIGINT,      -- values in log.entries
    imported     BIGINT,      -- those that became entries
    sha256       VARCHAR,     -- of the upload as received
    -- The frame that ends the object, and holds all of the HAR but its entries.
    envelope_start       BIGINT,
    envelope_length      INTEGER,
    envelope_text_length INTEGER
);

-- One row a zstd frame of a capture object that holds entries; inside of its text, they are joined by commas.
CREATE TABLE IF NOT EXISTS frames (
    capture       UUID    NOT NULL,
    number        INTEGER NOT NULL,
    start         BIGINT  NOT NULL,   -- offset in the object
    length        INTEGER NOT NULL,
    text_length   INTEGER NOT NULL,
    first_ordinal BIGINT  NOT NULL,
    entries       INTEGER NOT NULL
);

CREATE TABLE IF NOT EXISTS pages (
    capture         UUID    NOT NULL,
    number          INTEGER NOT NULL,
    id              VARCHAR,
    title           VARCHAR,
    started_at      TIMESTAMPTZ,
    on_content_load DOUBLE,
    on_load         DOUBLE
);

-- Times in milliseconds, sizes in bytes, both as captured: -1 means unknown, NULL that there was no number.
CREATE TABLE IF NOT EXISTS entries (
    capture       UUID    NOT NULL,
    ordinal       BIGINT  NOT NULL,
    frame         INTEGER NOT NULL,
    start         INTEGER NOT NULL,   -- offset in the frame's text
    length        INTEGER NOT NULL,
    started_at    TIMESTAMPTZ,
    time_ms       DOUBLE,
    method        VARCHAR,
    url           VARCHAR NOT NULL,
    host          VARCHAR NOT NULL,    -- empty where there is none
    path          VARCHAR,
    status        INTEGER,
    status_text   VARCHAR,
    http_version  VARCHAR,
    mime_type     VARCHAR,
    media_type    VARCHAR NOT NULL,    -- of mime_type, in lower case and without parameters; empty where there is none
    resource_type VARCHAR,             -- as captured
    type          VARCHAR NOT NULL,    -- the same in lower case, or what the media type says
    page_ref      VARCHAR,
    server_ip     VARCHAR,
    connection    VARCHAR,
    request_size  BIGINT,
    response_size BIGINT,
    content_size  BIGINT,
    transfer_size BIGINT,
    error         VARCHAR,
    failed        BOOLEAN NOT NULL,    -- whether it says so, has no response, or a status from 400 on
    from_cache    BOOLEAN NOT NULL,
    has_body      BOOLEAN NOT NULL,
    blocked_ms    DOUBLE,
    dns_ms        DOUBLE,
    connect_ms    DOUBLE,
    ssl_ms        DOUBLE,
    send_ms       DOUBLE,
    wait_ms       DOUBLE,
    receive_ms    DOUBLE
);
