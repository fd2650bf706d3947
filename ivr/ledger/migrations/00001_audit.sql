-- SQL here is what SQLite and PostgreSQL both understand: BIGINT for numbers,
-- times in Unix milliseconds, TEXT for the rest.

-- +goose Up
CREATE TABLE audit (
    seq            BIGINT PRIMARY KEY,
    at_ms          BIGINT NOT NULL,
    phase          TEXT   NOT NULL,
    action         TEXT   NOT NULL,
    subject        TEXT   NOT NULL,
    actor          TEXT   NOT NULL,
    reason         TEXT   NOT NULL,
    factors        TEXT   NOT NULL,
    policy_version TEXT   NOT NULL,
    call_ref       TEXT   NOT NULL,
    detail         TEXT   NOT NULL,
    prev_hash      TEXT   NOT NULL,
    hash           TEXT   NOT NULL
);

-- The last row's number and hash, once more. Every write begins by locking it.
CREATE TABLE audit_head (
    id   BIGINT PRIMARY KEY,
    seq  BIGINT NOT NULL,
    hash TEXT   NOT NULL,
    mac  TEXT   NOT NULL
);

INSERT INTO audit_head (id, seq, hash, mac) VALUES (1, 0, '', '');

-- +goose Down
DROP TABLE audit_head;
DROP TABLE audit;
