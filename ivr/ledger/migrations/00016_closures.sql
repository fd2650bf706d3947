-- +goose Up
-- Desks that a lead has closed on the spot. A row whose time is over means nothing.
CREATE TABLE closures (
    line     TEXT   PRIMARY KEY, -- '' is every line
    words    TEXT   NOT NULL,
    until_ms BIGINT NOT NULL,
    actor    TEXT   NOT NULL,
    set_ms   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE closures;
