package ledger

import (
	"context"
	"errors"
)

// Lock is how a subject's factor stands, without a try: the zero count when it
// was never tried.
func (l *Ledger) Lock(ctx context.Context, subject, factor string) (k Lock, err error) {
	k = Lock{Subject: subject, Factor: factor}
	err = l.read(ctx, "read lock", func(ctx context.Context) error {
		f, err := readFailures(ctx, l.r, subject, factor)
		switch {
		case errors.Is(err, ErrNotFound):
			return nil
		case err != nil:
			return err
		}
		k.Failures, k.Disabled, k.WaitUntil = int(f.count()), f.disabledBy != 0, moment(f.waitMS)
		return nil
	})
	return k, err
}
