package app

import (
	"context"
	"fmt"

	"ringback/ivr/caller"
	"ringback/ivr/notice"
)

// SetPIN keeps the hash of a person's PIN, from [caller.HashPIN]. The one before it
// ends.
func (l *Lead) SetPIN(ctx context.Context, id, hash, by, reason string) error {
	owed := l.owed(ctx, deed{kind: notice.PINSet, id: id})
	if err := l.ledger.SetPIN(ctx, l.names.Subject(id), hash, by, reason, owed...); err != nil {
		return fmt.Errorf("set a PIN: %w", err)
	}
	l.kick()
	return nil
}

// NewRecoveryCodes makes recovery codes for a person, and their hashes. It keeps
// neither: see [Lead.SetRecoveryCodes].
func (l *Lead) NewRecoveryCodes(id string, count int) (codes, hashes []string, err error) {
	for range count {
		code, err := caller.NewRecoveryCode()
		if err != nil {
			return nil, nil, err //nolint:wrapcheck // it names itself
		}
		codes, hashes = append(codes, code), append(hashes, l.names.RecoveryHash(l.names.Subject(id), code))
	}
	return codes, hashes, nil
}

// SetRecoveryCodes keeps the hashes of a person's recovery codes. The set before
// them ends.
func (l *Lead) SetRecoveryCodes(ctx context.Context, id string, hashes []string, by, reason string) error {
	owed := l.owed(ctx, deed{kind: notice.RecoveryCodesSet, id: id})
	if err := l.ledger.SetRecoveryCodes(ctx, l.names.Subject(id), hashes, by, reason, owed...); err != nil {
		return fmt.Errorf("set recovery codes: %w", err)
	}
	l.kick()
	return nil
}

// RecoveryCodesLeft is how many codes of a person's set in the ledger still work.
func (l *Lead) RecoveryCodesLeft(ctx context.Context, id string) (int, error) {
	held, err := l.ledger.Credentials(ctx, l.names.Subject(id))
	if err != nil {
		return 0, fmt.Errorf("count recovery codes: %w", err)
	}
	return len(held.Recovery), nil
}
