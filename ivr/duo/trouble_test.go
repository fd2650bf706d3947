package duo_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/clock"
	"ringback/ivr/duo"
	"ringback/ivr/duo/duobox"
)

// read and write are the two kinds of request that failures are told apart by.
func read(ctx context.Context, w *world) error {
	_, err := w.Phone(ctx, danaPhone)
	return err
}

func write(ctx context.Context, w *world) error {
	_, err := w.ActivationURL(ctx, danaPhone, 600)
	return err
}

const activationBody = `{"install":"1","valid_secs":"600"}`

// What a server may answer, what it means for a read and for a write, and how
// often it is asked.
func TestAnswers(t *testing.T) {
	good := fmt.Sprintf(`{"stat":"OK","response":{"phone_id":%q,"activation_url":"https://m/a","installation_url":"https://m"}}`, danaPhone)
	tests := []struct {
		name   string
		status int
		body   string
		read   error
		reads  int
		write  error
		writes int
		code   int
	}{
		{"good", 200, good, nil, 1, nil, 1, 0},
		{"refused", 400, `{"stat":"FAIL","code":40002,"message":"m","message_detail":"d"}`, duo.ErrInvalid, 1, duo.ErrInvalid, 1, 40002},
		{"wrong key", 401, `{"stat":"FAIL","code":40102}`, duo.ErrCredentials, 1, duo.ErrCredentials, 1, 40102},
		{"wrong signature", 401, `{"stat":"FAIL","code":40103}`, duo.ErrCredentials, 1, duo.ErrCredentials, 1, 40103},
		{"no timestamp", 401, `{"stat":"FAIL","code":40104}`, duo.ErrClock, 1, duo.ErrClock, 1, 40104},
		{"bad timestamp", 401, `{"stat":"FAIL","code":40105}`, duo.ErrClock, 1, duo.ErrClock, 1, 40105},
		{"forbidden", 403, `{"stat":"FAIL","code":40301}`, duo.ErrForbidden, 1, duo.ErrForbidden, 1, 40301},
		{"not found", 404, `{"stat":"FAIL","code":40401}`, duo.ErrNotFound, 1, duo.ErrNotFound, 1, 40401},
		{"empty code", 404, `{"stat":"FAIL","code":""}`, duo.ErrNotFound, 1, duo.ErrNotFound, 1, 0},
		{"code in quotes", 400, `{"stat":"FAIL","code":"40401"}`, duo.ErrNotFound, 1, duo.ErrNotFound, 1, 40401},
		{"code of another shape", 400, `{"stat":"FAIL","code":{"a":1}}`, duo.ErrInvalid, 1, duo.ErrInvalid, 1, 0},
		{"code out of range", 400, `{"stat":"FAIL","code":7}`, duo.ErrInvalid, 1, duo.ErrInvalid, 1, 7},
		{"server error", 500, `{"stat":"FAIL","code":50001}`, duo.ErrUnavailable, 2, duo.ErrUnavailable, 1, 50001},
		{"throttled", 429, `{"stat":"FAIL","code":42901}`, duo.ErrThrottled, 4, duo.ErrThrottled, 4, 42901},
		{"throttled by something in between", 429, `slow down`, duo.ErrThrottled, 4, duo.ErrThrottled, 4, 0},
		{"200 with FAIL", 200, `{"stat":"FAIL","code":40401}`, duo.ErrNotFound, 1, duo.ErrNotFound, 1, 40401},
		{"200 with FAIL and no code", 200, `{"stat":"FAIL"}`, duo.ErrUnavailable, 1, duo.ErrUnavailable, 1, 0},
		{"200 with another stat", 200, `{"stat":"MAYBE","response":{}}`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with a stat of another shape", 200, `{"stat":["OK"],"response":{}}`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 without an envelope", 200, `{}`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with a page", 200, `<html>sign in</html>`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with nothing", 200, ``, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 cut short", 200, good[:len(good)-9], duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with more behind it", 200, good + good, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with a response of another shape", 200, `{"stat":"OK","response":[]}`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with an empty response", 200, `{"stat":"OK","response":{}}`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 without a response", 200, `{"stat":"OK"}`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with null", 200, `{"stat":"OK","response":null}`, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"200 with far too much", 200, good + strings.Repeat(" ", 1<<20), duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
		{"OK under a bad status", 500, good, duo.ErrUnavailable, 2, duo.ErrUnclear, 1, 0},
		{"401 of something in between", 401, `<html>`, duo.ErrUnavailable, 1, duo.ErrUnavailable, 1, 0},
		{"404 of something in between", 404, `<html>`, duo.ErrUnavailable, 1, duo.ErrUnavailable, 1, 0},
		{"bad gateway", 502, `<html>`, duo.ErrUnavailable, 2, duo.ErrUnclear, 1, 0},
		{"service unavailable", 503, `<html>`, duo.ErrUnavailable, 2, duo.ErrUnavailable, 1, 0},
		{"gateway timeout", 504, ``, duo.ErrUnavailable, 2, duo.ErrUnclear, 1, 0},
		{"redirect", 302, ``, duo.ErrUnavailable, 1, duo.ErrUnclear, 1, 0},
	}
	for _, tc := range tests {
		for _, side := range []struct {
			name string
			call func(context.Context, *world) error
			want error
			n    int
			body string
		}{{"read", read, tc.read, tc.reads, ""}, {"write", write, tc.write, tc.writes, activationBody}} {
			t.Run(tc.name+"/"+side.name, func(t *testing.T) {
				bad := &badServer{answers: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
					w.Header().Set("Location", "/elsewhere")
					says(tc.status, tc.body)(w, r)
				}}}
				w := newWorld(t, func(*clock.Virtual) http.Handler { return bad }, nil)
				var err error
				w.do(t, func(ctx context.Context) { err = side.call(ctx, w) })
				switch {
				case side.want == nil && err != nil:
					t.Fatal(err)
				case side.want != nil:
					if e := mustBe(t, err, side.want); e.Code != tc.code || e.Status != tc.status {
						t.Errorf("code %d and status %d, want %d and %d", e.Code, e.Status, tc.code, tc.status)
					}
				}
				got := bad.got()
				if len(got) != side.n {
					t.Errorf("%d requests, want %d", len(got), side.n)
				}
				for i, a := range got {
					if a.body != side.body {
						t.Errorf("request %d has the body %q, want %q", i, a.body, side.body)
					}
				}
			})
		}
	}
}

// Every try has its body, its own date and its own signature, the waits end
// within 8 s, and the box accepts the last one.
func TestThrottled(t *testing.T) {
	t.Run("six times", func(t *testing.T) {
		bad := &badServer{answers: []http.HandlerFunc{says(429, `{"stat":"FAIL","code":42901}`)}}
		w := newWorld(t, func(*clock.Virtual) http.Handler { return bad }, nil)
		w.do(t, func(ctx context.Context) { mustBe(t, write(ctx, w), duo.ErrThrottled) })
		got := bad.got()
		if len(got) != 4 {
			t.Fatalf("%d requests, want 4", len(got))
		}
		dates, signatures := map[string]bool{}, map[string]bool{}
		for _, a := range got {
			dates[a.date], signatures[a.authorization] = true, true
			if a.body != activationBody {
				t.Errorf("body %q", a.body)
			}
		}
		if len(dates) != 4 || len(signatures) != 4 {
			t.Errorf("%d dates and %d signatures, want 4 of each", len(dates), len(signatures))
		}
		if took := w.clock.Now().Sub(start); took < 6*time.Second || took > 8*time.Second {
			t.Errorf("took %v, want the longest waits: 7 s", took)
		}
		if want := strings.TrimSuffix(strings.Repeat("activation_url throttled, ", 4), ", "); w.seen.all() != want {
			t.Errorf("counted %q", w.seen.all())
		}
	})
	t.Run("twice", func(t *testing.T) {
		w, box := newBoxWorld(t, nil)
		box.SetFault(duobox.Fault{Throttle: 2})
		w.do(t, func(ctx context.Context) {
			if err := write(ctx, w); err != nil {
				t.Fatal(err)
			}
		})
		if n := box.Counts()["activation_url"]; n != 3 {
			t.Errorf("%d requests, want 3", n)
		}
		if want := "activation_url throttled, activation_url throttled, activation_url ok"; w.seen.all() != want {
			t.Errorf("counted %q", w.seen.all())
		}
	})
	t.Run("the caller leaves", func(t *testing.T) {
		w, box := newBoxWorld(t, nil)
		box.SetFault(duobox.Fault{Throttle: 9})
		w.do(t, func(ctx context.Context) {
			ctx, cancel := w.clock.WithTimeout(ctx, 2*time.Second)
			defer cancel()
			mustBe(t, write(ctx, w), duo.ErrThrottled)
		})
		if took := w.clock.Now().Sub(start); took != 2*time.Second {
			t.Errorf("left after %v, want 2 s", took)
		}
		if n := box.Counts()["activation_url"]; n != 2 {
			t.Errorf("%d requests, want 2", n)
		}
	})
}

// A read is tried once more when the first answer was a failure of Duo's.
func TestReadRecovers(t *testing.T) {
	w, box := newBoxWorld(t, nil)
	box.SetFault(duobox.Fault{Status: 500, Count: 1})
	w.do(t, func(ctx context.Context) {
		if err := read(ctx, w); err != nil {
			t.Fatal(err)
		}
	})
	if want := "phone unavailable, phone ok"; w.seen.all() != want {
		t.Errorf("counted %q", w.seen.all())
	}
}

// Thirty seconds of silence cost four, once.
func TestHang(t *testing.T) {
	for _, tc := range []struct {
		name    string
		call    func(context.Context, *world) error
		want    error
		counted string
	}{
		{"read", read, duo.ErrUnavailable, "phone timeout"},
		{"write", write, duo.ErrUnclear, "activation_url unknown"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			w, box := newBoxWorld(t, nil)
			box.SetFault(duobox.Fault{Slow: 30 * time.Second})
			w.do(t, func(ctx context.Context) {
				err := tc.call(ctx, w)
				mustBe(t, err, tc.want)
				if !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%v does not say that time ran out", err)
				}
				if took := w.clock.Now().Sub(start); took != 4*time.Second {
					t.Errorf("took %v, want 4 s", took)
				}
			})
			if w.seen.all() != tc.counted {
				t.Errorf("counted %q, want %q", w.seen.all(), tc.counted)
			}
			if p, _ := box.Phone(danaPhone); !p.Activated {
				t.Error("what was asked was done for a client that had left")
			}
		})
	}
}

// The head of an answer, and then nothing.
func TestHangInTheBody(t *testing.T) {
	var v *clock.Virtual
	bad := &badServer{answers: []http.HandlerFunc{func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Length", "100")
		says(200, `{"stat":"OK",`)(w, r)
		_ = http.NewResponseController(w).Flush()
		_ = v.Sleep(r.Context(), time.Hour)
	}}}
	w := newWorld(t, func(c *clock.Virtual) http.Handler { v = c; return bad }, nil)
	w.do(t, func(ctx context.Context) {
		ctx, cancel := context.WithTimeout(ctx, time.Second) // of real time: the client reads, and does not wait on the clock
		defer cancel()
		err := write(ctx, w)
		mustBe(t, err, duo.ErrUnclear)
		if !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v does not say that time ran out", err)
		}
	})
	if n := len(bad.got()); n != 1 {
		t.Errorf("%d requests, want 1", n)
	}
}

// Duo does it and the answer is lost: it is not asked again, and reading tells.
func TestLostResponse(t *testing.T) {
	w, box := newBoxWorld(t, nil)
	w.do(t, func(ctx context.Context) {
		first, err := w.ActivationURL(ctx, danaPhone, 600)
		if err != nil {
			t.Fatal(err)
		}
		if err := box.Open(string(first.ActivationURL)); err != nil {
			t.Fatal(err)
		}
		box.SetFault(duobox.Fault{LoseResponse: true, Count: 1})
		mustBe(t, write(ctx, w), duo.ErrUnclear)
		if n := box.Counts()["activation_url"]; n != 2 {
			t.Errorf("%d activations in all, want 2", n)
		}
		p, err := w.Phone(ctx, danaPhone)
		if err != nil || p.Activated {
			t.Errorf("phone activated %v, %v: its credentials are void", p.Activated, err)
		}
		box.SetFault(duobox.Fault{LoseResponse: true, Only: []string{"create_phone"}})
		_, err = w.CreatePhone(ctx, duo.NewPhone{Number: "+19195550199"})
		mustBe(t, err, duo.ErrUnclear)
		made, err := w.PhoneByNumber(ctx, "+19195550199")
		if err != nil || made.Number != "+19195550199" {
			t.Errorf("the phone that was made is not found: %v", err)
		}
	})
	if n := box.Counts()["create_phone"]; n != 1 {
		t.Errorf("%d phones created, want 1", n)
	}
}

// Without a connection nothing can have happened, and a read looks twice.
func TestRefusedConnection(t *testing.T) {
	for _, tc := range []struct {
		name    string
		call    func(context.Context, *world) error
		dials   int
		counted string
	}{
		{"read", read, 2, "phone unavailable, phone unavailable"},
		{"write", write, 1, "activation_url unavailable"},
	} {
		t.Run(tc.name, func(t *testing.T) {
			dials := 0
			w := newWorld(t, func(*clock.Virtual) http.Handler { return http.NotFoundHandler() }, func(o *duo.Options) {
				o.HTTPClient.Transport = &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
					dials++
					return nil, errors.New("refused")
				}}
			})
			w.do(t, func(ctx context.Context) { mustBe(t, tc.call(ctx, w), duo.ErrUnavailable) })
			if dials != tc.dials || w.seen.all() != tc.counted {
				t.Errorf("%d dials, counted %q; want %d, %q", dials, w.seen.all(), tc.dials, tc.counted)
			}
		})
	}
}

// A certificate that nobody vouches for ends before anything is sent.
func TestUntrustedServer(t *testing.T) {
	bad := &badServer{answers: []http.HandlerFunc{says(200, `{}`)}}
	w := newWorld(t, func(*clock.Virtual) http.Handler { return bad }, nil)
	w.server.Close()
	s := newTLSServer(t, bad)
	c, err := duo.New(duo.Options{
		BaseURL: s, IntegrationKey: integrationKey, SecretKey: secretKey, Clock: w.clock,
		HTTPClient: &http.Client{Transport: &http.Transport{DisableKeepAlives: true}},
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = c.ActivationURL(t.Context(), danaPhone, 600)
	mustBe(t, err, duo.ErrUnavailable)
	if n := len(bad.got()); n != 0 {
		t.Errorf("%d requests arrived", n)
	}
}

// A transport that tells nothing about its connections may have sent what it got.
func TestOpaqueTransport(t *testing.T) {
	sent := 0
	w := newWorld(t, func(*clock.Virtual) http.Handler { return http.NotFoundHandler() }, func(o *duo.Options) {
		o.HTTPClient.Transport = transport(func(*http.Request) (*http.Response, error) {
			sent++
			return nil, errors.New("lost")
		})
	})
	w.do(t, func(ctx context.Context) { mustBe(t, write(ctx, w), duo.ErrUnclear) })
	if sent != 1 {
		t.Errorf("sent %d times", sent)
	}
}

// An answer without end is read to a limit.
func TestEndlessAnswer(t *testing.T) {
	body := &endless{}
	w := newWorld(t, func(*clock.Virtual) http.Handler { return http.NotFoundHandler() }, func(o *duo.Options) {
		o.HTTPClient.Transport = transport(func(*http.Request) (*http.Response, error) {
			return &http.Response{StatusCode: 200, Body: io.NopCloser(body)}, nil
		})
	})
	w.do(t, func(ctx context.Context) { mustBe(t, write(ctx, w), duo.ErrUnclear) })
	if body.read > 2<<20 {
		t.Errorf("%d bytes were read", body.read)
	}
}

// endless is spaces, until it is clear that nobody stops reading.
type endless struct{ read int }

func (e *endless) Read(p []byte) (int, error) {
	if e.read > 8<<20 {
		return 0, io.EOF
	}
	for i := range p {
		p[i] = ' '
	}
	e.read += len(p)
	return len(p), nil
}

// Nobody is asked when the caller has gone already.
func TestCallerGone(t *testing.T) {
	w, box := newBoxWorld(t, nil)
	w.do(t, func(ctx context.Context) {
		ctx, cancel := context.WithCancel(ctx)
		cancel()
		err := write(ctx, w)
		mustBe(t, err, duo.ErrUnavailable)
		if !errors.Is(err, context.Canceled) {
			t.Errorf("%v does not say that the caller left", err)
		}
	})
	if n := len(box.Log()); n != 0 {
		t.Errorf("%d requests", n)
	}
}

// What must not be read anywhere is in every answer and every failure.
func TestNothingLeaks(t *testing.T) {
	hidden := []string{secretKey, "9195550101", "Dana", "TOKENTOKEN", "m-box.example", "/admin/v1", "username="}
	page := "Dana +19195550101 https://m-box.example/activate/TOKENTOKEN"
	quoted, err := json.Marshal(page)
	if err != nil {
		t.Fatal(err)
	}
	raw := func(w http.ResponseWriter, _ *http.Request) {
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			return
		}
		_, _ = conn.Write([]byte(page + "\r\n\r\n"))
		_ = conn.Close()
	}
	answers := map[string]http.HandlerFunc{
		"a page":    says(200, page),
		"a failure": says(400, fmt.Sprintf(`{"stat":"FAIL","code":40002,"message":%s,"message_detail":%s}`, quoted, quoted)),
		"throttled": says(429, page),
		"no HTTP":   raw,
		"redirect": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Location", "https://m-box.example/%zz/TOKENTOKEN")
			says(302, page)(w, r)
		},
		"another answer": says(200, fmt.Sprintf(`{"stat":"OK","response":%s}`, quoted)),
	}
	for name, answer := range answers {
		t.Run(name, func(t *testing.T) {
			w := newWorld(t, func(*clock.Virtual) http.Handler { return &badServer{answers: []http.HandlerFunc{answer}} }, nil)
			w.do(t, func(ctx context.Context) {
				_, e1 := w.UserByUsername(ctx, "Dana")
				_, e2 := w.PhoneByNumber(ctx, danaNumber)
				_, e3 := w.ActivationURL(ctx, danaPhone, 600)
				_, e4 := w.CreatePhone(ctx, duo.NewPhone{Number: danaNumber, Name: "Dana's"})
				for _, err := range []error{e1, e2, e3, e4} {
					if err == nil {
						t.Fatal("no error")
					}
					said := fmt.Sprintf("%v %+v %#v %s", err, err, err, w.log)
					for _, h := range hidden {
						if strings.Contains(said, h) {
							t.Errorf("%q is in %q", h, said)
						}
					}
				}
			})
		})
	}
}

func TestOperationsAreCounted(t *testing.T) {
	seen := map[string]bool{}
	for _, op := range duo.Operations() {
		if seen[op] {
			t.Errorf("%s twice", op)
		}
		seen[op] = true
	}
	w, _ := newBoxWorld(t, nil)
	w.do(t, func(ctx context.Context) {
		_, _ = w.UserByUsername(ctx, "dana")
		_, _ = w.Phones(ctx, danaID)
		_, _ = w.Phone(ctx, danaPhone)
		_, _ = w.PhoneByNumber(ctx, danaNumber)
		push, _ := w.SendVerificationPush(ctx, danaID, danaPhone)
		_, _ = w.VerificationPushResponse(ctx, danaID, push.ID)
		_, _ = w.ActivationURL(ctx, danaPhone, 600)
		p, _ := w.CreatePhone(ctx, duo.NewPhone{Number: "+19195550199"})
		_ = w.AssociatePhone(ctx, danaID, p.ID)
		_ = w.DisassociatePhone(ctx, danaID, p.ID)
		_ = w.DeletePhone(ctx, p.ID)
		_ = w.Check(ctx)
		_, _ = w.Ping(ctx)
	})
	want := "user ok, phones ok, phone ok, find_phone ok, send_push ok, push_response ok, activation_url ok, " +
		"create_phone ok, associate_phone ok, disassociate_phone ok, delete_phone ok, check ok, ping ok"
	if diff := cmp.Diff(want, w.seen.all()); diff != "" {
		t.Error(diff)
	}
	for counted := range strings.SplitSeq(w.seen.all(), ", ") {
		delete(seen, strings.TrimSuffix(counted, " ok"))
	}
	if len(seen) != 0 {
		t.Errorf("never counted: %v", seen)
	}
}
