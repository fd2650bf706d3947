-- +goose Up
-- Claims that nobody has ended, and the notices that are held back for an end.
CREATE INDEX actions_claimed ON actions (kind, claimed_ms) WHERE state = 'claimed';

CREATE INDEX notices_intent ON notices (intent, id) WHERE state = 'pending';

-- +goose Down
DROP INDEX notices_intent;
DROP INDEX actions_claimed;
