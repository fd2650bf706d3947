-- +goose Up
-- What must still be told to somebody (transactional outbox). The body and the
-- address are sealed bytes, which are erased once nothing is left to send.
CREATE TABLE notices (
    id          BIGINT PRIMARY KEY REFERENCES audit (seq),
    event       TEXT   NOT NULL UNIQUE,
    reference   TEXT   NOT NULL, -- an HMAC
    subject     TEXT   NOT NULL,
    kind        TEXT   NOT NULL,
    channel     TEXT   NOT NULL,
    sealed      BYTEA  NOT NULL,
    due_ms      BIGINT NOT NULL,
    lease_ms    BIGINT NOT NULL, -- a worker has it until then, or 0
    attempts    BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    why         TEXT   NOT NULL,
    created_ms  BIGINT NOT NULL,
    finished_ms BIGINT NOT NULL,
    intent      BIGINT NOT NULL
);

CREATE INDEX notices_due ON notices (due_ms, id) WHERE state = 'pending';

CREATE INDEX notices_state ON notices (state, id);

CREATE INDEX notices_reference ON notices (reference, id);

-- +goose Down
DROP TABLE notices;
