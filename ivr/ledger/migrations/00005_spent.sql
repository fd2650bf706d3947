-- +goose Up
CREATE TABLE spent (
    subject  TEXT   NOT NULL,
    kind     TEXT   NOT NULL,
    token    TEXT   NOT NULL, -- an HMAC
    call_ref TEXT   NOT NULL,
    at_ms    BIGINT NOT NULL,
    PRIMARY KEY (subject, kind, token)
);

-- +goose Down
DROP TABLE spent;
