package carrier_test

import (
	"context"
	"io"
	"net/http"
	"strings"
	"testing"
	"time"

	"ringback/twiml/carrier"
)

const apology = "We are sorry, an application error has occurred. Goodbye."

// Where Twilio fails a call, the carrier does, with the same code.
func TestCallsFailWhereTwilioFailsThem(t *testing.T) {
	answer := func(status int, contentType, body string) func(http.ResponseWriter, request) {
		return func(rw http.ResponseWriter, _ request) {
			rw.Header().Set("Content-Type", contentType)
			rw.WriteHeader(status)
			_, _ = io.WriteString(rw, body)
		}
	}
	xml := func(body string) func(http.ResponseWriter, request) { return answer(200, "text/xml", body) }
	cases := map[string]struct {
		page func(http.ResponseWriter, request)
		code int
	}{
		"not found":        {answer(404, "text/xml", "<Response/>"), carrier.CodeHTTPStatus},
		"server error":     {answer(500, "text/xml", "<Response/>"), carrier.CodeHTTPStatus},
		"bad XML":          {xml("<Response><Say>"), carrier.CodeParse},
		"no Response":      {xml("<Say>hello</Say>"), carrier.CodeParse},
		"unknown verb":     {xml("<Response><Shout>hello</Shout></Response>"), carrier.CodeSchema},
		"wrong case":       {xml("<Response><say>hello</say></Response>"), carrier.CodeSchema},
		"nesting":          {xml("<Response><Gather><Hangup/></Gather></Response>"), carrier.CodeSchema},
		"64 KB":            {xml("<Response><Say>" + strings.Repeat("a ", 33<<10) + "</Say></Response>"), carrier.CodeTooLarge},
		"content type":     {answer(200, "application/json", "{}"), carrier.CodeContentType},
		"no content type":  {answer(200, "", "<Response/>"), carrier.CodeContentType},
		"text, not spoken": {answer(200, "text/plain", "hello"), carrier.CodeContentType},
		"broken connection": {func(rw http.ResponseWriter, _ request) {
			rw.WriteHeader(200)
			panic(http.ErrAbortHandler)
		}, carrier.CodeHTTPConnection},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, w *world) {
				w.page("/voice", c.page)
				l := w.cr.Phone(alice).Call(ctx, office)
				if reason := w.over(ctx, l); reason != "application error" || l.SpokenSinceKey() != apology {
					t.Errorf("ended: %s, heard %q", reason, l.SpokenSinceKey())
				}
				w.complained(c.code)
			})
		})
	}
}

func TestFifteenSecondsAreTheLimit(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.page("/voice", func(_ http.ResponseWriter, r request) { _ = w.clk.Sleep(r.Ctx, 20*time.Second) })
		l := w.cr.Phone(alice).Call(ctx, office)
		if err := l.Hear(ctx, time.Minute, func(l *carrier.Leg) bool { return l.SpokenSinceKey() != "" }); err != nil {
			t.Fatal(err)
		}
		if d := w.clk.Now().Sub(start).Truncate(10 * time.Millisecond); d != 15*time.Second {
			t.Errorf("gave up after %v", d)
		}
		w.complained(carrier.CodeHTTPConnection)
		w.pass(ctx, 10*time.Second) // the handler ends
	})
}

func TestFallbackIsToldAndGoesOn(t *testing.T) {
	play(t, map[string]string{"/fallback": `<Say>Plan B.</Say>`}, func(ctx context.Context, w *world) {
		err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "/gone", FallbackURL: "/fallback"})
		if err != nil {
			t.Fatal(err)
		}
		w.page("/gone", func(rw http.ResponseWriter, _ request) { rw.WriteHeader(http.StatusNotFound) })
		l := w.cr.Phone(alice).Call(ctx, office)
		if reason := w.over(ctx, l); reason != "the document ended" || l.SpokenSinceKey() != "Plan B." {
			t.Errorf("ended: %s, heard %q", reason, l.SpokenSinceKey())
		}
		f := w.one("/fallback").Form
		if f.Get("ErrorCode") != "11200" || f.Get("ErrorUrl") != w.app.URL+"/gone" {
			t.Errorf("told %s %s", f.Get("ErrorCode"), f.Get("ErrorUrl"))
		}
		w.complained(carrier.CodeHTTPStatus)
	})
}

func TestFallbackThatFailsToo(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		w.page("/voice", func(rw http.ResponseWriter, _ request) { rw.WriteHeader(http.StatusNotFound) })
		w.page("/fallback", func(rw http.ResponseWriter, _ request) { rw.WriteHeader(http.StatusBadGateway) })
		if err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "/voice", FallbackURL: "/fallback"}); err != nil {
			t.Fatal(err)
		}
		if reason := w.over(ctx, w.cr.Phone(alice).Call(ctx, office)); reason != "application error" {
			t.Errorf("ended: %s", reason)
		}
		w.complained(carrier.CodeHTTPStatus, carrier.CodeHTTPStatus)
	})
}

// Twilio sorts the query of action URLs but signs it unsorted.
func TestQueryOrderTrap(t *testing.T) {
	play(t, map[string]string{"/voice": `<Gather action="/turn?n=1&amp;a=2" numDigits="1"/>`, "/turn": `<Hangup/>`}, func(ctx context.Context, w *world) {
		l := w.cr.Phone(alice).Call(ctx, office)
		w.hears(ctx, l)
		l.Press("1")
		w.over(ctx, l)
		if q := w.one("/turn").RawQuery; q != "a=2&n=1" {
			t.Errorf("query %s", q)
		}
		if len(w.forged) != 1 {
			t.Errorf("wrongly signed: %v, want the action", w.forged)
		}
	})
}

func TestRelativeURLsAreResolvedAgainstTheDocument(t *testing.T) {
	play(t, map[string]string{"/a/voice": `<Redirect>next</Redirect>`, "/a/next": `<Redirect>../b?x=%27</Redirect>`, "/b": `<Hangup/>`}, func(ctx context.Context, w *world) {
		if err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: w.app.URL + "/a/voice"}); err != nil {
			t.Fatal(err)
		}
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
		if q := w.one("/b").RawQuery; q != "x=%27" {
			t.Errorf("query %s", q)
		}
		w.sound()
	})
}

func TestUserInURLIsBasicAuthAndNotSigned(t *testing.T) {
	play(t, map[string]string{"/voice": `<Hangup/>`}, func(ctx context.Context, w *world) {
		u := strings.Replace(w.app.URL, "http://", "http://me:pass@", 1) + "/voice#rc=2"
		if err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: u}); err != nil {
			t.Fatal(err)
		}
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
		if got := w.one("/voice").Header.Get("Authorization"); got != "Basic bWU6cGFzcw==" {
			t.Errorf("Authorization %q", got)
		}
		w.sound()
	})
}

// Connection overrides: how often, on what, and how long.
func TestConnectionOverrides(t *testing.T) {
	cases := map[string]struct {
		fragment string
		page     func(w *world, rw http.ResponseWriter, r request)
		want     int           // requests
		within   time.Duration // until the apology, to the 10 ms
	}{
		"no retry on 5xx by default":        {"", status(500), 1, 0},
		"no retry on time-outs by default":  {"", sleep(20 * time.Second), 1, 15 * time.Second},
		"5xx when asked":                    {"#rc=2&rp=ct,rt,5xx", status(503), 3, 0},
		"5xx once by default":               {"#rp=5xx", status(503), 2, 0},
		"4xx is not 5xx":                    {"#rc=2&rp=5xx", status(404), 1, 0},
		"4xx when asked":                    {"#rc=1&rp=4xx", status(404), 2, 0},
		"all":                               {"#rc=1&rp=all", status(404), 2, 0},
		"time-outs when asked":              {"#rc=1&rp=ct,rt,5xx&rt=5000", sleep(6 * time.Second), 2, 10 * time.Second},
		"15 s in all":                       {"#rc=5&rp=rt&rt=4000", sleep(5 * time.Second), 4, 15 * time.Second},
		"a total of its own":                {"#rc=5&rp=rt&rt=4000&tt=6000", sleep(5 * time.Second), 2, 6 * time.Second},
		"nonsense is ignored":               {"#rc=9&rp=5xx&rt=1", status(500), 2, 0},
		"retries stop when one is answered": {"#rc=5&rp=5xx", thenFine(2), 3, -1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, nil, func(ctx context.Context, w *world) {
				w.page("/voice", func(rw http.ResponseWriter, r request) { c.page(w, rw, r) })
				if err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "/voice" + c.fragment}); err != nil {
					t.Fatal(err)
				}
				l := w.cr.Phone(alice).Call(ctx, office)
				if err := l.Hear(ctx, time.Minute, func(l *carrier.Leg) bool { return len(l.Transcript()) > 1 }); err != nil {
					t.Fatal(err)
				}
				d := w.clk.Now().Sub(start).Truncate(10 * time.Millisecond)
				if heard := l.SpokenSinceKey(); (heard == apology) != (c.within >= 0) || d != max(c.within, 0) {
					t.Errorf("heard %q after %v, want %v", heard, d, c.within)
				}
				rs := w.got("/voice")
				if len(rs) != c.want {
					t.Errorf("%d requests, want %d", len(rs), c.want)
				}
				for _, r := range rs {
					if tok := r.Header.Get("I-Twilio-Idempotency-Token"); tok == "" || tok != rs[0].Header.Get("I-Twilio-Idempotency-Token") {
						t.Errorf("idempotency token %q", tok)
					}
				}
				w.pass(ctx, 30*time.Second)
			})
		})
	}
}

func status(n int) func(*world, http.ResponseWriter, request) {
	return func(_ *world, rw http.ResponseWriter, _ request) { rw.WriteHeader(n) }
}

func sleep(d time.Duration) func(*world, http.ResponseWriter, request) {
	return func(w *world, _ http.ResponseWriter, r request) { _ = w.clk.Sleep(r.Ctx, d) }
}

// thenFine fails n times.
func thenFine(n int) func(*world, http.ResponseWriter, request) {
	return func(_ *world, rw http.ResponseWriter, _ request) {
		if n--; n >= 0 {
			rw.WriteHeader(http.StatusServiceUnavailable)
			return
		}
		rw.Header().Set("Content-Type", "text/xml")
		_, _ = io.WriteString(rw, "<Response><Say>Fine.</Say></Response>")
	}
}

func TestRetryWhenNobodyListens(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		if err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "http://127.0.0.1:1/voice", FallbackURL: "/fallback"}); err != nil {
			t.Fatal(err)
		}
		w.document("/fallback", `<Say>Plan B.</Say>`)
		l := w.cr.Phone(alice).Call(ctx, office)
		w.over(ctx, l)
		if got := w.one("/fallback").Form.Get("ErrorCode"); got != "11205" {
			t.Errorf("ErrorCode %s", got)
		}
	})
}

func TestErrorsHaveNoQuery(t *testing.T) {
	play(t, nil, func(ctx context.Context, w *world) {
		if err := w.cr.SetNumber(office, carrier.NumberConfig{VoiceURL: "/gone?secret=1#rc=0"}); err != nil {
			t.Fatal(err)
		}
		w.page("/gone", func(rw http.ResponseWriter, _ request) { rw.WriteHeader(http.StatusNotFound) })
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
		if p := w.cr.Errors()[0]; p.URL != w.app.URL+"/gone" || strings.Contains(p.String(), "secret") {
			t.Errorf("problem %v", p)
		}
	})
}

func TestCallbacksMayBeAnsweredWithNothing(t *testing.T) {
	play(t, map[string]string{"/voice": `<Hangup/>`}, func(ctx context.Context, w *world) {
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office)) // 204
		w.document("/status", "")
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
		w.sound()
		w.page("/status", func(rw http.ResponseWriter, _ request) {
			rw.Header().Set("Content-Type", "text/plain")
			_, _ = io.WriteString(rw, "thanks")
		})
		w.over(ctx, w.cr.Phone(alice).Call(ctx, office))
		w.complained(carrier.CodeContentType)
	})
}

func TestWebhookFaults(t *testing.T) {
	docs := map[string]string{"/voice": `<Say>One.</Say><Redirect>/two</Redirect>`, "/two": `<Say>Two.</Say>`}
	cases := map[string]struct {
		fault carrier.WebhookFault
		path  string
		want  int
		ends  string
		at    time.Duration // of the last request
	}{
		"none":                 {carrier.WebhookFault{URL: "/elsewhere", Drop: true}, "/two", 1, "the document ended", 363 * time.Millisecond},
		"duplicate document":   {carrier.WebhookFault{URL: "/two", Duplicate: true}, "/two", 2, "the document ended", 363 * time.Millisecond},
		"duplicate callback":   {carrier.WebhookFault{URL: "/status", Duplicate: true}, "/status", 2, "the document ended", 747 * time.Millisecond},
		"late callback":        {carrier.WebhookFault{URL: "/status", Delay: 5 * time.Second}, "/status", 1, "the document ended", 5747 * time.Millisecond},
		"lost callback":        {carrier.WebhookFault{URL: "/status", Drop: true}, "/status", 0, "the document ended", 0},
		"lost document":        {carrier.WebhookFault{URL: "/two", Drop: true}, "/two", 0, "application error", 0},
		"once, and not again":  {carrier.WebhookFault{URL: "/two", Duplicate: true, Times: 1}, "/two", 2, "the document ended", 363 * time.Millisecond},
		"overtaken by nothing": {carrier.WebhookFault{URL: "/status", Swap: true}, "/status", 1, "the document ended", 10747 * time.Millisecond},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			play(t, docs, func(ctx context.Context, w *world) {
				undo := w.cr.Fault(c.fault)
				if reason := w.over(ctx, w.cr.Phone(alice).Call(ctx, office)); reason != c.ends {
					t.Errorf("ended: %s", reason)
				}
				w.pass(ctx, 20*time.Second)
				rs := w.got(c.path)
				if len(rs) != c.want {
					t.Fatalf("%d requests, want %d", len(rs), c.want)
				}
				if len(rs) > 0 {
					if d := rs[len(rs)-1].At.Sub(start); d != c.at {
						t.Errorf("the last after %v, want %v", d, c.at)
					}
				}
				undo()
				before := len(w.got("/status"))
				if reason := w.over(ctx, w.cr.Phone(alice).Call(ctx, office)); reason != "the document ended" {
					t.Errorf("after the fault: %s", reason)
				}
				if n := len(w.got("/status")) - before; n != 1 {
					t.Errorf("after the fault: %d callbacks", n)
				}
			})
		})
	}
}

func TestSetNumberRefuses(t *testing.T) {
	cr, err := carrier.New(carrier.Options{AccountSID: account, AuthToken: token})
	if err != nil {
		t.Fatal(err)
	}
	for name, c := range map[string]struct {
		number string
		cfg    carrier.NumberConfig
	}{
		"not E.164":                  {"9195550000", carrier.NumberConfig{}},
		"letters":                    {"+1919555000x", carrier.NumberConfig{}},
		"too short":                  {"+123", carrier.NumberConfig{}},
		"fallback without a primary": {office, carrier.NumberConfig{FallbackURL: "https://example.com/"}},
		"relative without a base":    {office, carrier.NumberConfig{VoiceURL: "/voice"}},
		"other scheme":               {office, carrier.NumberConfig{VoiceURL: "ftp://example.com/"}},
		"no URL":                     {office, carrier.NumberConfig{VoiceURL: "http://[::1"}},
	} {
		t.Run(name, func(t *testing.T) {
			if err := cr.SetNumber(c.number, c.cfg); err == nil {
				t.Error("accepted")
			}
		})
	}
}

func TestNewRefuses(t *testing.T) {
	for name, o := range map[string]carrier.Options{
		"no account":        {AuthToken: token},
		"no token":          {AccountSID: account},
		"key, no secret":    {AccountSID: account, AuthToken: token, APIKey: "SK1"},
		"secret, no key":    {AccountSID: account, AuthToken: token, APISecret: "x"},
		"relative base URL": {AccountSID: account, AuthToken: token, BaseURL: "/here"},
	} {
		t.Run(name, func(t *testing.T) {
			if _, err := carrier.New(o); err == nil {
				t.Error("accepted")
			}
		})
	}
}
