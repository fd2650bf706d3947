package caller

import (
	"context"
	"time"

	"ringback/ivr"
	"ringback/ivr/duo"
	"ringback/ivr/ledger"
	"ringback/sessions"
)

// What the service needs of the ledger, in the parts that belong together; see
// [ledger.Ledger], which is all of them.
type (
	// Failures are the durable counts of failed tries.
	Failures interface {
		// Reserve counts a try as failed before it is made, unless it refuses it.
		Reserve(ctx context.Context, subject, factor string, now time.Time) (ledger.Attempt, error)
		// Settle takes the count back after a match; stands is false when the match
		// must not count.
		Settle(ctx context.Context, a ledger.Attempt, passed bool) (stands bool, err error)
		// Lock is how a subject's factor stands, without a try.
		Lock(ctx context.Context, subject, factor string) (ledger.Lock, error)
	}
	// Numbers remember since when a number is on file for a subject.
	Numbers interface {
		NumberSince(ctx context.Context, subject, number string) (since time.Time, ok bool, err error)
		SeeNumber(ctx context.Context, subject, number string, now time.Time, trusted bool) (time.Time, error)
	}
	// Proofs are hashes that no directory holds, and what counts only once.
	Proofs interface {
		Credentials(ctx context.Context, subject string) (ledger.Credentials, error)
		Spend(ctx context.Context, s ledger.Spent) (first bool, err error)
		UseRecoveryCode(ctx context.Context, subject, hash, callRef string) (first bool, err error)
	}
	// Freezes stop the recovery of a subject.
	Freezes interface {
		Freeze(ctx context.Context, f ledger.Freeze, notices ...ledger.Notice) (created bool, err error)
		Frozen(ctx context.Context, subject string) (ledger.Freeze, bool, error)
		ByReference(ctx context.Context, reference string, notBefore time.Time) (n ledger.Notice, found bool, err error)
	}
	// Threats keep the elevated threat.
	Threats interface {
		Threat(ctx context.Context) (ledger.Threat, error)
		// RaiseThreat elevates it, unless it is elevated for as long already.
		RaiseThreat(ctx context.Context, until time.Time, reason string) (was ledger.Threat, err error)
	}
)

// What the service needs of Redis; see [sessions.Store].
type (
	// Windows are rate limits and caps; see [sessions.Windows].
	Windows interface {
		Reserve(ctx context.Context, limits []sessions.Limit) (ok bool, failed sessions.Limit, err error)
		Enter(ctx context.Context, key, member string, limit int, ttl time.Duration) (bool, error)
		Exit(ctx context.Context, key, member string) error
	}
	// Meter counts failures over all subjects; see [sessions.Meter].
	Meter interface {
		Note(ctx context.Context, key string, f sessions.Failure, p sessions.MeterParams) (sessions.Reading, error)
	}
	// Kept are sealed values with an end; see [sessions.Values].
	Kept interface {
		Put(ctx context.Context, kind, id string, ttl time.Duration, body []byte) error
		PutOnce(ctx context.Context, kind, id string, ttl time.Duration, body []byte) (bool, error)
		Get(ctx context.Context, kind, id string) (body []byte, ok bool, err error)
	}
)

// What the service has sent.
type (
	// Sender texts a code to a phone on file.
	Sender interface {
		SendCode(ctx context.Context, callSID string, call ivr.Call, to, code string) ivr.Outcome
	}
	// Mailer e-mails a code to an address on file.
	Mailer interface {
		MailCode(ctx context.Context, call ivr.Call, to, code string) ivr.Outcome
	}
	// Pusher sends verification pushes; its errors are those of package duo.
	Pusher interface {
		// Devices are those of the active user with a username that a push reaches
		// now, the one last seen first. A user that is not there is [duo.ErrNotFound].
		Devices(ctx context.Context, username string) (user string, devices []Device, err error)
		// Send pushes once; code is what the device shows.
		Send(ctx context.Context, user, device string) (push string, code duo.Code, err error)
		// Result asks once what became of a push; one that has expired is [duo.ErrNotFound].
		Result(ctx context.Context, user, push string) (duo.PushResult, error)
	}
	// Device is a device in Duo.
	Device struct {
		ID     string
		Number string // E.164, or "" where it has none
	}
	// Notices make what people have to be told.
	Notices interface {
		// Compose words the news for every address on file; the service has the
		// ledger owe them together with the deed. None is no error.
		Compose(ctx context.Context, n News) ([]ledger.Notice, error)
		// Owe keeps notices of what the ledger knows already.
		Owe(ctx context.Context, notices ...ledger.Notice) (added int, err error)
		// Kick has the worker look for what is owed.
		Kick()
		// Whose is the unique ID of whom a notice was about, by the 8 digits that it
		// told. It fails when the notice does not say.
		Whose(n ledger.Notice, digits string) (id string, err error)
	}
)
