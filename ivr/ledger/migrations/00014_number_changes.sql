-- +goose Up
-- Number changes under way and of before. What a change holds is sealed; the
-- version is its lock.
CREATE TABLE number_changes (
    id         TEXT   PRIMARY KEY,
    subject    TEXT   NOT NULL, -- an HMAC
    version    BIGINT NOT NULL, -- from 1, by one with each write
    state      TEXT   NOT NULL,
    ended      BIGINT NOT NULL, -- 1 when nothing more happens
    due_ms     BIGINT NOT NULL, -- when it next wants to be looked at, or 0
    sealed     BYTEA  NOT NULL,
    created_ms BIGINT NOT NULL,
    changed_ms BIGINT NOT NULL
);

-- Nobody's number is changed by two at once.
CREATE UNIQUE INDEX number_changes_open ON number_changes (subject) WHERE ended = 0;

CREATE INDEX number_changes_due ON number_changes (due_ms, id) WHERE ended = 0;

CREATE INDEX number_changes_changed ON number_changes (changed_ms);

-- People who are not on the line, but in front of somebody.
CREATE TABLE cases (
    id       BIGINT PRIMARY KEY REFERENCES audit (seq),
    subject  TEXT   NOT NULL UNIQUE, -- an HMAC
    sealed   BYTEA  NOT NULL,
    actor    TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    at_ms    BIGINT NOT NULL,
    until_ms BIGINT NOT NULL
);

CREATE INDEX cases_until ON cases (until_ms);

-- +goose Down
DROP TABLE cases;
DROP TABLE number_changes;
