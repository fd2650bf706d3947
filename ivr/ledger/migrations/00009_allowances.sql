-- +goose Up
CREATE TABLE allowances (
    id      BIGINT PRIMARY KEY REFERENCES audit (seq),
    subject TEXT   NOT NULL,
    kind    TEXT   NOT NULL,
    day     TEXT   NOT NULL,
    actor   TEXT   NOT NULL,
    reason  TEXT   NOT NULL,
    at_ms   BIGINT NOT NULL
);

CREATE INDEX allowances_day ON allowances (subject, kind, day);

-- +goose Down
DROP TABLE allowances;
