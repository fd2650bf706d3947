-- +goose Up
CREATE TABLE freezes (
    subject  TEXT   PRIMARY KEY,
    actor    TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    call_ref TEXT   NOT NULL,
    at_ms    BIGINT NOT NULL,
    audit    BIGINT NOT NULL REFERENCES audit (seq)
);

-- +goose Down
DROP TABLE freezes;
