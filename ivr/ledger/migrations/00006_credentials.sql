-- +goose Up
CREATE TABLE pins (
    subject TEXT   PRIMARY KEY,
    hash    TEXT   NOT NULL,
    set_ms  BIGINT NOT NULL
);

CREATE TABLE recovery_codes (
    subject  TEXT   NOT NULL,
    hash     TEXT   NOT NULL,
    ordinal  BIGINT NOT NULL,
    set_ms   BIGINT NOT NULL,
    used_ms  BIGINT NOT NULL, -- 0 until used
    call_ref TEXT   NOT NULL, -- that used it
    PRIMARY KEY (subject, hash)
);

-- +goose Down
DROP TABLE recovery_codes;
DROP TABLE pins;
