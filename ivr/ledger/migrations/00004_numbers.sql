-- +goose Up
CREATE TABLE numbers (
    subject  TEXT   NOT NULL,
    number   TEXT   NOT NULL, -- an HMAC
    first_ms BIGINT NOT NULL,
    PRIMARY KEY (subject, number)
);

-- One row, once the numbers of the first start were imported.
CREATE TABLE numbers_import (
    id    BIGINT PRIMARY KEY,
    at_ms BIGINT NOT NULL,
    added BIGINT NOT NULL
);

-- +goose Down
DROP TABLE numbers_import;
DROP TABLE numbers;
