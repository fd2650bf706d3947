-- +goose Up
CREATE TABLE failures (
    subject      TEXT   NOT NULL,
    factor       TEXT   NOT NULL,
    tries        BIGINT NOT NULL, -- ever reserved; never falls
    settled      BIGINT NOT NULL, -- the last try that passed, or up to which a lead unlocked
    disabled_by  BIGINT NOT NULL, -- the try that disabled the factor, or 0
    wait_ms      BIGINT NOT NULL, -- no try before this moment
    seen_ms      BIGINT NOT NULL,
    PRIMARY KEY (subject, factor)
);

-- +goose Down
DROP TABLE failures;
