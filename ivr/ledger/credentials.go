package ledger

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strconv"
)

// maxCodes bounds a set of recovery codes.
const maxCodes = 100

// Credentials are what a directory cannot hold for a subject: hashes only.
type Credentials struct {
	PINHash  string   // empty when there is none
	Recovery []string // of the codes not used yet, in order of issue; nil when there are none
}

// SetPIN replaces the hash of a subject's PIN, and owes the notices of it, in one
// transaction; an empty hash removes it. It takes who did it and why, for the
// audit, which never sees the hash. What changes nothing is told to nobody. A new
// PIN has no failures behind it: who is enrolled again is unlocked.
func (l *Ledger) SetPIN(ctx context.Context, subject, hash, by, reason string, notices ...Notice) error {
	if subject == "" || !person(by) || reason == "" || len(hash) > maxText || !clean(hash) {
		return fmt.Errorf("set pin: %w", ErrInvalid)
	}
	return l.write(ctx, "set pin", func(ctx context.Context, tx *writing) error {
		e := Entry{Phase: Outcome, Action: "set_pin", Subject: subject, Actor: by, Reason: reason}
		if hash != "" {
			_, err := change(ctx, tx, `INSERT INTO pins (subject, hash, set_ms) VALUES ($1, $2, $3)
				ON CONFLICT (subject) DO UPDATE SET hash = excluded.hash, set_ms = excluded.set_ms`,
				subject, hash, millis(l.now()))
			if err != nil {
				return err
			}
			return l.enrol(ctx, tx, "pin", e, notices)
		}
		n, err := change(ctx, tx, `DELETE FROM pins WHERE subject = $1`, subject)
		if err != nil || n == 0 {
			return err
		}
		e.Action = "remove_pin"
		return l.appendOwing(ctx, tx, e, notices)
	})
}

// SetRecoveryCodes replaces a subject's whole set of recovery codes by the
// hashes of new ones, at most 100 and all different, and owes the notices of it, in
// one transaction; no hash removes the set. The hashes have no salt of their own
// where [Ledger.UseRecoveryCode] is to find them. Who did it and why, what changes
// nothing, and the failures, are as for [Ledger.SetPIN].
func (l *Ledger) SetRecoveryCodes(ctx context.Context, subject string, hashes []string, by, reason string, notices ...Notice) error {
	if subject == "" || !person(by) || reason == "" || !aSet(hashes) {
		return fmt.Errorf("set recovery codes: %w", ErrInvalid)
	}
	return l.write(ctx, "set recovery codes", func(ctx context.Context, tx *writing) error {
		n, err := change(ctx, tx, `DELETE FROM recovery_codes WHERE subject = $1`, subject)
		if err != nil || n == 0 && len(hashes) == 0 {
			return err
		}
		for i, h := range hashes {
			if _, err := change(ctx, tx, `INSERT INTO recovery_codes (subject, hash, ordinal, set_ms, used_ms, call_ref)
				VALUES ($1, $2, $3, $4, 0, '')`, subject, h, i+1, millis(l.now())); err != nil {
				return err
			}
		}
		e := Entry{
			Phase: Outcome, Action: "set_recovery_codes", Subject: subject, Actor: by, Reason: reason,
			Detail: map[string]string{"codes": strconv.Itoa(len(hashes))},
		}
		if len(hashes) == 0 {
			return l.appendOwing(ctx, tx, e, notices)
		}
		return l.enrol(ctx, tx, "recovery_code", e, notices)
	})
}

// aSet reports whether hashes may be those of a set of codes.
func aSet(hashes []string) bool {
	for i, h := range hashes {
		if h == "" || len(h) > maxText || slices.Contains(hashes[:i], h) {
			return false
		}
	}
	return len(hashes) <= maxCodes && clean(hashes...)
}

// enrol writes down that a factor was enrolled, and clears the failures of the one
// before: they were guesses at another secret (NIST SP 800-63B-4, 3.2.2).
func (l *Ledger) enrol(ctx context.Context, tx *writing, factor string, e Entry, notices []Notice) error {
	if err := l.appendOwing(ctx, tx, e, notices); err != nil {
		return err
	}
	err := l.lift(ctx, tx, factor, Entry{Subject: e.Subject, Actor: e.Actor, Reason: e.Reason}, nil)
	if errors.Is(err, ErrNotFound) { // there were none
		return nil
	}
	return err
}

// UseRecoveryCode marks the code of a hash as used. first is true once; it is
// false for a code that was used before, was replaced, or never was.
func (l *Ledger) UseRecoveryCode(ctx context.Context, subject, hash, callRef string) (first bool, err error) {
	if subject == "" || hash == "" || !clean(hash) {
		return false, fmt.Errorf("use recovery code: %w", ErrInvalid)
	}
	err = l.write(ctx, "use recovery code", func(ctx context.Context, tx *writing) error {
		n, err := change(ctx, tx, `UPDATE recovery_codes SET used_ms = $1, call_ref = $2
			WHERE subject = $3 AND hash = $4 AND used_ms = 0`, millis(l.now()), callRef, subject, hash)
		if err != nil || n == 0 {
			return err
		}
		left, err := recovery(ctx, tx, subject)
		if err != nil {
			return err
		}
		first = true
		_, err = l.append(ctx, tx, Entry{
			Phase: Outcome, Action: "use_recovery_code", Subject: subject, Actor: line, CallRef: callRef,
			Detail: map[string]string{"left": strconv.Itoa(len(left))},
		})
		return err
	})
	return first && err == nil, err
}

// Credentials returns what the ledger holds for a subject, which may be nothing.
func (l *Ledger) Credentials(ctx context.Context, subject string) (c Credentials, err error) {
	err = l.read(ctx, "read credentials", func(ctx context.Context) error {
		err := l.r.QueryRowContext(ctx, `SELECT hash FROM pins WHERE subject = $1`, subject).Scan(&c.PINHash)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("pin: %w", err)
		}
		c.Recovery, err = recovery(ctx, l.r, subject)
		return err
	})
	if err != nil {
		return Credentials{}, err
	}
	return c, nil
}

func recovery(ctx context.Context, q querier, subject string) ([]string, error) {
	return list(ctx, q, func(r scanner) (hash string, err error) { return hash, r.Scan(&hash) },
		`SELECT hash FROM recovery_codes WHERE subject = $1 AND used_ms = 0 ORDER BY ordinal`, subject)
}
