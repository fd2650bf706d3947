-- +goose Up
CREATE TABLE audit (
    seq      INTEGER PRIMARY KEY,
    at       BIGINT NOT NULL, -- unix milliseconds
    phase    TEXT NOT NULL,   -- intent or outcome
    action   TEXT NOT NULL,
    subject  TEXT NOT NULL,   -- pseudonym
    actor    TEXT NOT NULL,
    call_ref TEXT NOT NULL,
    detail   TEXT NOT NULL,
    prev     TEXT NOT NULL,   -- hash of the row before, hex
    hash     TEXT NOT NULL UNIQUE
);

CREATE TABLE actions (
    id       INTEGER PRIMARY KEY,
    kind     TEXT NOT NULL,
    subject  TEXT NOT NULL,
    day      TEXT NOT NULL,
    ordinal  INTEGER NOT NULL, -- the how-manieth of the day; below zero when it failed and does not count
    call_ref TEXT NOT NULL,
    effect   INTEGER NOT NULL,
    state    TEXT NOT NULL,    -- claimed, done, failed, unclear
    at       BIGINT NOT NULL,
    UNIQUE (kind, subject, day, ordinal),
    UNIQUE (kind, call_ref, effect)
);

CREATE TABLE failures (
    subject TEXT NOT NULL,
    factor  TEXT NOT NULL,
    count   INTEGER NOT NULL, -- consecutive
    at      BIGINT NOT NULL,  -- of the last try
    PRIMARY KEY (subject, factor)
);

CREATE TABLE numbers (
    subject TEXT NOT NULL,
    number  TEXT NOT NULL, -- pseudonym
    since   BIGINT NOT NULL,
    PRIMARY KEY (subject, number)
);

-- +goose Down
DROP TABLE numbers;
DROP TABLE failures;
DROP TABLE actions;
DROP TABLE audit;
