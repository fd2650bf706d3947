-- +goose Up
-- Who a notice's reference is about, for whoever keys it: sealed under its digits,
-- which the ledger does not have. Notices of before have none.
ALTER TABLE notices ADD COLUMN whose BYTEA;

-- +goose Down
ALTER TABLE notices DROP COLUMN whose;
