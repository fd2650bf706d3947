package mail_test

import (
	"context"
	"errors"
	"net"
	"testing"
	"time"

	"ringback/ivr/clock"
	"ringback/ivr/mail"
	"ringback/ivr/mail/mailbox"
)

// TestStages has everything go wrong at every stage.
func TestStages(t *testing.T) {
	for _, tt := range []struct {
		at                mailbox.Stage
		stage             string
		on4xx, on5xx, cut error
	}{
		{mailbox.Greeting, "connect", mail.ErrUnavailable, mail.ErrUnavailable, mail.ErrUnavailable},
		{mailbox.Hello, "hello", mail.ErrUnavailable, mail.ErrUnavailable, mail.ErrUnavailable},
		{mailbox.Mail, "mail", mail.ErrUnavailable, mail.ErrRefused, mail.ErrUnavailable},
		{mailbox.Rcpt, "rcpt", mail.ErrUnavailable, mail.ErrRefused, mail.ErrUnavailable},
		{mailbox.Data, "data", mail.ErrUnavailable, mail.ErrRefused, mail.ErrUnavailable},
		{mailbox.End, "end", mail.ErrUnavailable, mail.ErrRefused, mail.ErrUnclear},
	} {
		for what, f := range map[string]struct {
			fault func(*mailbox.Box)
			want  error
		}{
			"421": {func(b *mailbox.Box) { b.Fail(tt.at, 421) }, tt.on4xx},
			"451": {func(b *mailbox.Box) { b.Fail(tt.at, 451) }, tt.on4xx},
			"550": {func(b *mailbox.Box) { b.Fail(tt.at, 550) }, tt.on5xx},
			"554": {func(b *mailbox.Box) { b.Fail(tt.at, 554) }, tt.on5xx},
			"cut": {func(b *mailbox.Box) { b.Cut(tt.at) }, tt.cut},
		} {
			t.Run(tt.stage+" "+what, func(t *testing.T) {
				b := open(t, mailbox.Options{})
				f.fault(b)
				c := client(t, b, nil)
				err := c.Send(t.Context(), hello)
				failed(t, b, err, f.want, tt.stage)
				for _, other := range []error{mail.ErrRefused, mail.ErrUnavailable, mail.ErrUnclear} {
					if errors.Is(err, other) != (other == f.want) { //nolint:errorlint // these very values
						t.Errorf("err = %v is %v, too", err, other)
					}
				}
				b.Heal()
				if err := c.Send(t.Context(), hello); err != nil {
					t.Errorf("healed: %v", err)
				}
			})
		}
	}
}

// A lost answer to a message that was kept is not told from one that was not.
func TestAnswerLost(t *testing.T) {
	b := open(t, mailbox.Options{})
	b.Cut(mailbox.Kept)
	err := client(t, b, nil).Send(t.Context(), hello)
	failed(t, b, err, mail.ErrUnclear, "end")
	if n := len(b.Messages(to)); n != 1 {
		t.Errorf("%d messages, want 1", n)
	}
}

func TestRefusedRecipient(t *testing.T) {
	b := open(t, mailbox.Options{})
	c := client(t, b, nil)
	b.Refuse("DANA@example.edu", 550)
	failed(t, b, c.Send(t.Context(), hello), mail.ErrRefused, "rcpt")
	b.Refuse("DANA@example.edu", 450)
	failed(t, b, c.Send(t.Context(), hello), mail.ErrUnavailable, "rcpt")
	b.Refuse("DANA@example.edu", 0)
	if err := c.Send(t.Context(), hello); err != nil {
		t.Error(err)
	}
}

func TestDown(t *testing.T) {
	b := open(t, mailbox.Options{})
	c := client(t, b, nil)
	b.Down(true)
	failed(t, b, c.Send(t.Context(), hello), mail.ErrUnavailable, "connect")
	b.Down(false)
	if err := c.Send(t.Context(), hello); err != nil {
		t.Error(err)
	}
	if err := b.Close(); err != nil {
		t.Fatal(err)
	}
	failed(t, open(t, mailbox.Options{}), c.Send(t.Context(), hello), mail.ErrUnavailable, "connect")
}

// On the virtual clock a slow server costs exactly its time, and one that is
// too slow exactly ours.
func TestSlow(t *testing.T) {
	for _, tt := range []struct {
		at    mailbox.Stage
		stage string
		want  error
	}{
		{mailbox.Greeting, "connect", mail.ErrUnavailable},
		{mailbox.Hello, "hello", mail.ErrUnavailable},
		{mailbox.Mail, "mail", mail.ErrUnavailable},
		{mailbox.Rcpt, "rcpt", mail.ErrUnavailable},
		{mailbox.Data, "data", mail.ErrUnavailable},
		{mailbox.End, "end", mail.ErrUnclear},
	} {
		t.Run(tt.stage, func(t *testing.T) {
			v := clock.NewVirtual(time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC))
			b := open(t, mailbox.Options{Clock: v})
			c := client(t, b, func(o *mail.Options) { o.Clock, o.Dial = v, v.Dial(nil) })
			v.Do(t.Context(), func(ctx context.Context) {
				took := func(d time.Duration) (time.Duration, error) {
					b.Slow(tt.at, d)
					before := v.Now()
					err := c.Send(ctx, hello)
					return v.Now().Sub(before), err
				}
				for range 5 {
					if d, err := took(3 * time.Second); err != nil || d != 3*time.Second {
						t.Errorf("slow: %v, %v", d, err)
					}
				}
				_, _ = b.TakeMessage(to, nil)
				for len(b.Messages(to)) > 0 {
					_, _ = b.TakeMessage(to, nil)
				}
				d, err := took(time.Minute)
				failed(t, b, err, tt.want, tt.stage)
				if d != 5*time.Second || !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("gave up after %v: %v", d, err)
				}
			})
		})
	}
}

// While mail is under way virtual time stands still; without that, the timer of
// a nanosecond would fire.
func TestTimeStandsStill(t *testing.T) {
	start := time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)
	for name, dial := range map[string]func(*clock.Virtual) clock.DialFunc{
		"by the clock's dialer": func(v *clock.Virtual) clock.DialFunc { return v.Dial(nil) },
		"by a plain dialer":     func(*clock.Virtual) clock.DialFunc { return (&net.Dialer{}).DialContext },
	} {
		t.Run(name, func(t *testing.T) {
			v := clock.NewVirtual(start)
			b := open(t, mailbox.Options{Clock: v})
			c := client(t, b, func(o *mail.Options) { o.Clock, o.Dial = v, dial(v) })
			v.Do(t.Context(), func(ctx context.Context) {
				other, cancel := v.WithTimeout(ctx, time.Nanosecond)
				defer cancel()
				for range 30 {
					if err := c.Send(ctx, hello); err != nil {
						t.Fatal(err)
					}
				}
				if other.Err() != nil || !v.Now().Equal(start) {
					t.Errorf("moved by %v", v.Now().Sub(start))
				}
				_ = v.Sleep(ctx, time.Second) // nothing holds the time afterwards
			})
			if d := v.Now().Sub(start); d != time.Second {
				t.Errorf("moved by %v in all", d)
			}
		})
	}
}

func TestCallerGivesUp(t *testing.T) {
	b := open(t, mailbox.Options{})
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	err := client(t, b, nil).Send(ctx, hello)
	failed(t, b, err, mail.ErrUnavailable, "connect")
	if !errors.Is(err, context.Canceled) {
		t.Errorf("err = %v, want canceled", err)
	}
}

// A server that talks nonsense, or nothing at all, is no server.
func TestNoServer(t *testing.T) {
	for name, says := range map[string]string{"nonsense": "hello there\r\n", "HTTP": "HTTP/1.1 400 Bad Request\r\n\r\n", "silence": ""} {
		t.Run(name, func(t *testing.T) {
			l, err := (&net.ListenConfig{}).Listen(t.Context(), "tcp", "127.0.0.1:0")
			if err != nil {
				t.Fatal(err)
			}
			ended := make(chan struct{})
			go func() {
				defer close(ended)
				c, err := l.Accept()
				if err == nil {
					_, _ = c.Write([]byte(says))
					_ = c.Close()
				}
			}()
			t.Cleanup(func() { _ = l.Close(); <-ended })
			b := open(t, mailbox.Options{})
			c := client(t, b, func(o *mail.Options) {
				o.Port = l.Addr().(*net.TCPAddr).Port
			})
			failed(t, b, c.Send(t.Context(), hello), mail.ErrUnavailable, "connect")
		})
	}
}
