-- +goose Up
-- People who are to be called back. The number is sealed, and erased once nobody
-- is to be called any more; the version is the row's lock.
CREATE TABLE callbacks (
    id         TEXT   PRIMARY KEY,
    number     TEXT   NOT NULL, -- an HMAC
    prefix     TEXT   NOT NULL, -- an HMAC
    line       TEXT   NOT NULL,
    language   TEXT   NOT NULL,
    request    TEXT   NOT NULL,
    state      TEXT   NOT NULL,
    version    BIGINT NOT NULL, -- from 1, by one with each write
    attempts   BIGINT NOT NULL, -- how often somebody has been dialled
    promised   BIGINT NOT NULL, -- 1 when a time was promised, 0 for a place that is kept
    place_ms   BIGINT NOT NULL, -- since when they wait
    due_ms     BIGINT NOT NULL, -- when they may be called at the earliest
    why        TEXT   NOT NULL,
    sealed     BYTEA  NOT NULL,
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL
);

-- Nobody is called back twice at once.
CREATE UNIQUE INDEX callbacks_open ON callbacks (number) WHERE state IN ('waiting', 'dialling');

CREATE INDEX callbacks_due ON callbacks (due_ms, id) WHERE state IN ('waiting', 'dialling');

-- What the caps are counted by.
CREATE INDEX callbacks_number ON callbacks (number, created_ms);

CREATE INDEX callbacks_prefix ON callbacks (prefix, created_ms);

CREATE INDEX callbacks_changed ON callbacks (changed_ms);

-- +goose Down
DROP TABLE callbacks;
