-- +goose Up
CREATE TABLE actions (
    id          BIGINT PRIMARY KEY REFERENCES audit (seq),
    kind        TEXT   NOT NULL,
    subject     TEXT   NOT NULL,
    day         TEXT   NOT NULL,
    ordinal     BIGINT NOT NULL,
    call_ref    TEXT   NOT NULL,
    effect_id   BIGINT NOT NULL,
    state       TEXT   NOT NULL,
    detail      TEXT   NOT NULL,
    claimed_ms  BIGINT NOT NULL,
    finished_ms BIGINT NOT NULL
);

CREATE UNIQUE INDEX actions_effect ON actions (kind, call_ref, effect_id);

-- What certainly did not happen leaves its place to the next.
CREATE UNIQUE INDEX actions_place ON actions (kind, subject, day, ordinal) WHERE state <> 'failed';

-- +goose Down
DROP TABLE actions;
