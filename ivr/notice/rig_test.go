package notice_test

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"strconv"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"go.uber.org/goleak"

	"ringback/ivr/clock"
	"ringback/ivr/ledger"
	"ringback/ivr/mail"
	"ringback/ivr/mail/mailbox"
	"ringback/ivr/notice"
	"ringback/ivr/outbox"
	"ringback/ivr/twilio"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 24, 15, 0, 0, 0, time.UTC)

const (
	phone = "+19195550112"
	email = "dana@example.edu"
)

// rig is a worker with a ledger, a mail server and a carrier, on one clock.
type rig struct {
	t      *testing.T
	v      *clock.Virtual
	ledger *ledger.Ledger
	box    *mailbox.Box
	texts  *texter
	logs   *bytes.Buffer
	reg    *prometheus.Registry
	*notice.Worker
}

// play builds a rig and runs f as a task of its clock; change may be nil.
func play(t *testing.T, change func(*notice.Options), f func(ctx context.Context, r *rig)) {
	t.Helper()
	r := &rig{t: t, v: clock.NewVirtual(start), texts: &texter{}, logs: &bytes.Buffer{}, reg: prometheus.NewPedanticRegistry()}
	var err error
	if r.ledger, err = ledger.Open(t.Context(), ledger.Options{URL: "sqlite::memory:", Now: r.v.Now}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.ledger.Close() })
	if r.box, err = mailbox.New(mailbox.Options{Clock: r.v}); err != nil {
		t.Fatal(err)
	}
	if err := r.box.Listen(t.Context(), "127.0.0.1:0"); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.box.Close() })
	r.Worker = r.worker(func(o *notice.Options) {
		o.Registerer = r.reg
		if change != nil {
			change(o)
		}
	})
	r.v.Do(t.Context(), func(ctx context.Context) { f(ctx, r) })
}

// worker is one more on the same ledger.
func (r *rig) worker(change func(*notice.Options)) *notice.Worker {
	r.t.Helper()
	host, port, err := net.SplitHostPort(r.box.Addr())
	if err != nil {
		r.t.Fatal(err)
	}
	number, err := strconv.Atoi(port)
	if err != nil {
		r.t.Fatal(err)
	}
	client, err := mail.New(mail.Options{
		Host: host, Port: number, TLS: mail.Plain, From: "ringback@line.example", Clock: r.v, Dial: r.v.Dial(nil),
	})
	if err != nil {
		r.t.Fatal(err)
	}
	o := notice.Options{
		Ledger: r.ledger, Texter: r.texts, Mailer: client, Wording: wording{}, Lines: lines(r.t), Reference: filed,
		Key: bytes.Repeat([]byte{7}, 32), Clock: r.v, Jitter: func() float64 { return 0.5 },
		Logger: slog.New(slog.NewJSONHandler(r.logs, nil)),
	}
	if change != nil {
		change(&o)
	}
	w, err := notice.New(o)
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() {
		if err := w.Close(context.Background()); err != nil {
			r.t.Error(err)
		}
	})
	return w
}

func lines(t *testing.T) map[string]notice.Line {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return map[string]notice.Line{"university": {Number: "+19196842200", Zone: zone, Language: "en"}}
}

// filed is how a reference is kept.
func filed(digits string) string {
	m := hmac.New(sha256.New, []byte("a key"))
	m.Write([]byte(digits))
	return hex.EncodeToString(m.Sum(nil))
}

// links is an event with one other phone and one e-mail address.
func links() notice.Event {
	return notice.Event{
		Kind: notice.LinksSent, Subject: "5ab1ec70", Line: "university", CallRef: "c0ffee", Effect: 7, At: start,
		Texts: []string{phone}, Mails: []string{email},
	}
}

// owe puts an event's notices into the ledger.
func (r *rig) owe(ctx context.Context, e notice.Event) (reference string) {
	r.t.Helper()
	owed, reference, err := r.Compose(e)
	if err != nil {
		r.t.Fatal(err)
	}
	if _, err := r.ledger.Owe(ctx, owed...); err != nil {
		r.t.Fatal(err)
	}
	return reference
}

// stats checks what is left in the ledger.
func (r *rig) stats(ctx context.Context, pending, dead int) {
	r.t.Helper()
	s, err := r.ledger.NoticeStats(ctx)
	if err != nil || s.Pending != pending || s.Dead != dead {
		r.t.Errorf("stats %+v, %v; want %d pending and %d dead", s, err, pending, dead)
	}
}

// mails is how many were delivered.
func (r *rig) mails() int { return len(r.box.Messages(email)) }

// texter is a carrier that answers as told.
type texter struct {
	mu   sync.Mutex
	err  error
	sent []twilio.Text
	then func(ctx context.Context) // before each answer
}

func (x *texter) SendText(ctx context.Context, t twilio.Text) (twilio.Message, error) {
	x.mu.Lock()
	x.sent = append(x.sent, t)
	then := x.then
	x.mu.Unlock()
	if then != nil {
		then(ctx)
	}
	x.mu.Lock()
	defer x.mu.Unlock()
	if x.err != nil {
		return twilio.Message{}, &twilio.Error{Op: "send_text", Kind: x.err}
	}
	return twilio.Message{SID: "SM1"}, nil
}

func (x *texter) answer(err error) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.err = err
}

func (x *texter) count() int {
	x.mu.Lock()
	defer x.mu.Unlock()
	return len(x.sent)
}

// wording is a small catalogue.
type wording struct{}

func (wording) Notice(kind, line, language string, a map[string]string) (subject, text string, err error) {
	if language != "en" {
		return "", "", errors.New("no such language")
	}
	return "About your account: " + kind, fmt.Sprintf(
		"%s on %s at %s %s by the line %s, %s. If this was not you, call that number and press 7, then %s %s.",
		kind, a["date"], a["time"], a["zone"], line, a["number"], a["reference"][:4], a["reference"][4:]), nil
}

// faulty is a ledger that is down at times.
type faulty struct {
	outbox.Ledger
	mu            sync.Mutex
	claim, settle error
}

func (f *faulty) fail(claim, settle error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.claim, f.settle = claim, settle
}

func (f *faulty) ClaimNotices(ctx context.Context, now time.Time, limit int, lease time.Duration, channels ...string) ([]ledger.Notice, error) {
	f.mu.Lock()
	err := f.claim
	f.mu.Unlock()
	if err != nil {
		return nil, err
	}
	return f.Ledger.ClaimNotices(ctx, now, limit, lease, channels...)
}

func (f *faulty) SettleNotice(ctx context.Context, id int64, attempt int, s ledger.Settlement) error {
	f.mu.Lock()
	err := f.settle
	f.mu.Unlock()
	if err != nil {
		return err
	}
	return f.Ledger.SettleNotice(ctx, id, attempt, s)
}
