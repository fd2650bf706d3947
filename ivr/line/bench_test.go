package line_test

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/labstack/echo/v4"
	"github.com/prometheus/client_golang/prometheus"

	"ringback/ivr"
	"ringback/ivr/clock"
	"ringback/ivr/line"
	"ringback/ivr/words"
	"ringback/sessions"
	"ringback/sessions/sessionstest"
	"ringback/twiml/signature"
)

// callers are on the line at once, each in a call of their own.
const callers = 64

// BenchmarkTurn measures a turn, signed webhook in, TwiML out, of 64 callers at
// once on a real redis-server: the main menu's key 9, which says the menu again
// and has no effect. Beside it stands a bare baseline that gets the same
// webhooks. Both are called as handlers, without sockets towards the carrier:
// what net/http costs to read a request is the same for both, and is in neither
// number. cpu-µs/turn is the CPU of this process, so redis-server is not in it;
// signing is done before the time starts.
func BenchmarkTurn(b *testing.B) {
	redis := sessionstest.StartRedis(b)
	b.Run("ringback", func(b *testing.B) {
		redis.Do("FLUSHALL")
		benchTurns(b, benchLine(b, redis.URL()), func(next int) string { return fmt.Sprintf("t=%d#", next) })
	})
	b.Run("baseline", func(b *testing.B) {
		redis.Do("FLUSHALL")
		benchTurns(b, sessionstest.Baseline(b, redis.Addr(), token), func(int) string { return "<Gather" })
	})
}

// benchTurns takes b.N turns and refuses any answer without what has names.
func benchTurns(b *testing.B, h http.Handler, has func(next int) string) {
	all := make([]*benchCaller, callers)
	each := (b.N + callers - 1) / callers
	for i := range all {
		all[i] = newBenchCaller(i, each)
		if err := all[i].post(h, "/voice", all[i].ring, all[i].rung); err != nil {
			b.Fatal(err)
		}
	}
	errs := make(chan error, callers)
	var wg sync.WaitGroup
	b.ReportAllocs()
	b.ResetTimer()
	before := cpu()
	for _, c := range all {
		wg.Go(func() {
			if err := c.turns(h, has); err != nil {
				errs <- err
			}
		})
	}
	wg.Wait()
	took := cpu() - before
	b.StopTimer()
	close(errs)
	for err := range errs {
		b.Error(err)
	}
	n := float64(each * callers)
	b.ReportMetric(float64(took.Microseconds())/n, "cpu-µs/turn")
	b.ReportMetric(n/b.Elapsed().Seconds(), "turns/s")
}

// benchCaller is one caller: the webhooks of a call, signed in advance, and the
// least that a handler needs to be asked and to answer.
type benchCaller struct {
	ring, key string   // the bodies of the first and of every later webhook
	rung      string   // the signature of the first
	sigs      []string // of turn 1, 2, …
	header    http.Header
	answer    bytes.Buffer
	status    int
}

func newBenchCaller(i, turns int) *benchCaller {
	form := benchForm(i)
	c := &benchCaller{ring: form.Encode(), rung: signature.Sign(token, public+"/voice", form), header: http.Header{}}
	form.Set("Digits", "9")
	form.Set("FinishedOnKey", "")
	form.Set("msg", "Gather End")
	c.key = form.Encode()
	for n := range turns {
		c.sigs = append(c.sigs, signature.Sign(token, public+benchPath(n+1), form))
	}
	return c
}

// benchForm is what Twilio sends with each webhook of a call from the USA.
func benchForm(i int) url.Values {
	f := url.Values{
		"AccountSid": {account}, "ApiVersion": {"2010-04-01"}, "CallSid": {fmt.Sprintf("CA%032x", i+1)},
		"CallStatus": {"in-progress"}, "Direction": {"inbound"}, "From": {dana}, "To": {number}, "Caller": {dana},
		"Called": {number}, "CallToken": {strings.Repeat("%7B%22x%22", 20)}, "StirVerstat": {"TN-Validation-Passed-A"},
	}
	for _, who := range []string{"From", "To", "Caller", "Called"} {
		f.Set(who+"City", "DURHAM")
		f.Set(who+"State", "NC")
		f.Set(who+"Zip", "27708")
		f.Set(who+"Country", "US")
	}
	return f
}

func benchPath(n int) string { return fmt.Sprintf("/voice/turn?e=g&t=%d", n) }

func (c *benchCaller) turns(h http.Handler, has func(next int) string) error {
	for i, sig := range c.sigs {
		n := i + 1
		if err := c.post(h, benchPath(n), c.key, sig); err != nil {
			return err
		}
		if want := has(n + 1); !bytes.Contains(c.answer.Bytes(), []byte(want)) {
			return fmt.Errorf("turn %d: no %q in %s", n, want, c.answer.Bytes())
		}
	}
	return nil
}

func (c *benchCaller) post(h http.Handler, path, body, sig string) error {
	path, query, _ := strings.Cut(path, "?")
	r := http.Request{
		Method: http.MethodPost, URL: &url.URL{Path: path, RawQuery: query}, Host: strings.TrimPrefix(public, "https://"),
		Proto: "HTTP/1.1", ProtoMajor: 1, ProtoMinor: 1,
		Header:        http.Header{"Content-Type": {"application/x-www-form-urlencoded"}, signature.Header: {sig}},
		ContentLength: int64(len(body)), Body: io.NopCloser(strings.NewReader(body)),
	}
	clear(c.header)
	c.answer.Reset()
	c.status = http.StatusOK
	h.ServeHTTP(c, &r)
	if c.status != http.StatusOK {
		return fmt.Errorf("%s: status %d", path, c.status)
	}
	return nil
}

func (c *benchCaller) Header() http.Header         { return c.header }
func (c *benchCaller) WriteHeader(status int)      { c.status = status }
func (c *benchCaller) Write(p []byte) (int, error) { return c.answer.Write(p) }

// atOnce answers the only effect of a call that stays in the main menu.
type atOnce struct{}

func (atOnce) Run(_ context.Context, _ string, _ ivr.Call, e ivr.Effect) ivr.What {
	if e.Kind() != ivr.EffectAdmit {
		panic("an effect in a turn without effects: " + e.Kind().String())
	}
	return ivr.Admitted{Outcome: ivr.OutcomeOK}
}

func (atOnce) Ended(context.Context, string, ivr.Call) {}

// benchLine is a line as it is served, on a real store and the machine's clock.
func benchLine(b *testing.B, redisURL string) *echo.Echo {
	b.Helper()
	store, err := sessions.Open(b.Context(), sessions.Options{URL: redisURL, Key: bytes.Repeat([]byte{7}, 32), Timeout: 5 * time.Second})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = store.Close() })
	v, err := signature.New(token)
	if err != nil {
		b.Fatal(err)
	}
	w, err := words.New(words.Options{})
	if err != nil {
		b.Fatal(err)
	}
	s, err := line.New(line.Options{
		Dialogue: &ivr.Dialogue{Policy: ivr.Policy{}.WithDefaults(), Lines: []ivr.Line{{
			ID: "university", Name: "Duke University OIT", Number: number, Languages: []string{"en-US"}, IDDigits: 7,
			Factors: []ivr.Factor{ivr.FactorPIN, ivr.FactorTextedCode}, Fallback: "+19195550290",
		}}},
		Words: map[string]*words.Catalogue{"university": w}, Records: store, Runner: atOnce{}, Desk: &desk{}, Validator: v,
		AccountSID: account, PublicURL: public, Clock: clock.Real(), Registerer: prometheus.NewRegistry(),
	})
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { _ = s.Close(context.WithoutCancel(b.Context())) })
	e := echo.New()
	s.Mount(e)
	return e
}

// cpu is what this process has used, its system calls included.
func cpu() time.Duration {
	var u syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &u); err != nil {
		return 0
	}
	return time.Duration(u.Utime.Nano() + u.Stime.Nano())
}
