-- +goose Up
CREATE INDEX audit_subject ON audit (subject, seq);

CREATE INDEX audit_call ON audit (call_ref, seq);

CREATE INDEX audit_action ON audit (action, seq);

CREATE INDEX failures_seen ON failures (seen_ms);

-- +goose Down
DROP INDEX failures_seen;
DROP INDEX audit_action;
DROP INDEX audit_call;
DROP INDEX audit_subject;
