-- +goose Up
-- One row, once a threat was ever set.
CREATE TABLE threat (
    id       BIGINT PRIMARY KEY,
    until_ms BIGINT NOT NULL, -- 0 is off
    actor    TEXT   NOT NULL,
    reason   TEXT   NOT NULL,
    set_ms   BIGINT NOT NULL
);

-- +goose Down
DROP TABLE threat;
