package duobox_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ringback/ivr/duo/duobox"
)

// do sends a signed GET of the phone, or the POST of an activation. Its result is
// the HTTP status, or 0 for a cut connection.
func do(ctx context.Context, b *duobox.Box, at time.Time, method string) (status int) {
	path, body := "/admin/v1/phones/DPDANA", ""
	if method == http.MethodPost {
		path, body = path+"/activation_url", "{}"
	}
	r := httptest.NewRequest(method, "http://box"+path, strings.NewReader(body)).WithContext(ctx)
	r.Header.Set("Content-Type", "application/json")
	sign(r, at, "", body)
	w := httptest.NewRecorder()
	defer func() {
		if err, ok := recover().(error); ok && errors.Is(err, http.ErrAbortHandler) {
			status = 0
		}
	}()
	b.ServeHTTP(w, r)
	return w.Code
}

func TestFaults(t *testing.T) {
	tests := []struct {
		name  string
		fault duobox.Fault
		get   []int // the statuses of reads, one after another
		post  []int // of activations, after the fault was set anew
		done  bool  // whether the first activation was done
	}{
		{"none", duobox.Fault{}, []int{200}, []int{200}, true},
		{"down", duobox.Fault{Down: true}, []int{503, 503}, []int{503}, false},
		{"down for one", duobox.Fault{Down: true, Count: 1}, []int{503, 200}, []int{503}, false},
		{"status for two", duobox.Fault{Status: 500, Count: 2}, []int{500, 500, 200}, []int{500}, false},
		{"another status", duobox.Fault{Status: 403}, []int{403}, []int{403}, false},
		{"throttled", duobox.Fault{Throttle: 2}, []int{429, 429, 200}, []int{429}, false},
		{"throttled, then down", duobox.Fault{Throttle: 1, Down: true}, []int{503}, []int{503}, false},
		{"throttled, then failing", duobox.Fault{Throttle: 1, Status: 500}, []int{429, 500}, []int{429}, false},
		{"lost", duobox.Fault{LoseResponse: true}, []int{0}, []int{0}, true},
		{"lost for one", duobox.Fault{LoseResponse: true, Count: 1}, []int{0, 200}, []int{0, 200}, true},
		{"activations only", duobox.Fault{Status: 500, Only: []string{"activation_url"}}, []int{200}, []int{500}, false},
		{"a count is for those only", duobox.Fault{Status: 500, Count: 1, Only: []string{"activation_url"}}, []int{200, 200}, []int{500, 200}, false},
	}
	for _, tc := range tests {
		t.Run(tc.name, func(t *testing.T) {
			b, _ := newBox(t)
			run := func(method string, want []int) {
				b.SetFault(tc.fault)
				var got []int
				for range want {
					got = append(got, do(t.Context(), b, start, method))
					if p, _ := b.Phone(phone); method == http.MethodPost && len(got) == 1 && p.Activated == tc.done {
						t.Errorf("done: %v, want %v", !p.Activated, tc.done)
					}
				}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("%s: %s", method, diff)
				}
			}
			run(http.MethodGet, tc.get)
			run(http.MethodPost, tc.post)
		})
	}
}

// A fault is the box's own, whatever becomes of the list that it was made of.
func TestFaultIsCopied(t *testing.T) {
	b, _ := newBox(t)
	only := []string{"phone"}
	b.SetFault(duobox.Fault{Down: true, Only: only})
	only[0] = "users"
	if status := do(t.Context(), b, start, http.MethodGet); status != 503 {
		t.Errorf("status %d", status)
	}
}

// Slow waits on the clock, and what comes after it is as it would be.
func TestSlow(t *testing.T) {
	b, c := newBox(t)
	b.SetFault(duobox.Fault{Slow: 5 * time.Second, Count: 1})
	c.Do(t.Context(), func(ctx context.Context) {
		if status := do(ctx, b, start, http.MethodGet); status != 200 {
			t.Errorf("status %d", status)
		}
		if took := c.Now().Sub(start); took != 5*time.Second {
			t.Errorf("took %v", took)
		}
		b.SetFault(duobox.Fault{Slow: time.Hour})
		ctx, cancel := c.WithTimeout(ctx, time.Second)
		defer cancel()
		if status := do(ctx, b, start, http.MethodPost); status != 0 {
			t.Errorf("status %d for a client that left", status)
		}
	})
	if p, _ := b.Phone(phone); !p.Activated {
		t.Error("done for a client that left")
	}
}

// The log has what was asked and nothing that is secret.
func TestLog(t *testing.T) {
	b, _ := newBox(t)
	link := issue(t, b, start, phone)
	ask(t, b, start, "GET", "/admin/v1/users", "username=dana")
	ask(t, b, start, "GET", "/admin/v1/nothing")
	page(b, "GET", link)
	b.SetFault(duobox.Fault{Down: true, Count: 1})
	do(t.Context(), b, start, http.MethodGet)
	b.SetFault(duobox.Fault{LoseResponse: true, Count: 1})
	do(t.Context(), b, start, http.MethodPost)
	want := []duobox.Entry{
		{At: start, Operation: "activation_url", Method: "POST", Path: "/admin/v1/phones/DPDANA/activation_url", Status: 200},
		{At: start, Operation: "users", Method: "GET", Path: "/admin/v1/users", Status: 200},
		{At: start, Operation: "unknown", Method: "GET", Path: "/admin/v1/nothing", Status: 404},
		{At: start, Operation: "phone", Method: "GET", Path: "/admin/v1/phones/DPDANA", Status: 503},
		{At: start, Operation: "activation_url", Method: "POST", Path: "/admin/v1/phones/DPDANA/activation_url", Status: 0},
	}
	if diff := cmp.Diff(want, b.Log()); diff != "" {
		t.Error(diff)
	}
	if diff := cmp.Diff(map[string]int{"activation_url": 2, "users": 1, "unknown": 1, "phone": 1}, b.Counts()); diff != "" {
		t.Error(diff)
	}
	for _, v := range []any{b.Log(), b.Users()[0], b.Users()[0].Phones[0]} {
		for _, hidden := range []string{secret, link[len(link)-20:], "5550101", "dana@"} {
			if strings.Contains(fmt.Sprintf("%v", v), hidden) {
				t.Errorf("%q is in %v", hidden, v)
			}
		}
	}
}

// A demo that runs for weeks does not fill the memory with its log.
func TestLogIsBounded(t *testing.T) {
	b, _ := newBox(t)
	r := httptest.NewRequest(http.MethodGet, "/auth/v2/ping", nil)
	const n = 2*duobox.LogKept + 1
	for range n {
		b.ServeHTTP(httptest.NewRecorder(), r)
	}
	if kept := len(b.Log()); kept != duobox.LogKept+1 {
		t.Errorf("%d entries kept", kept)
	}
	if counted := b.Counts()["ping"]; counted != n {
		t.Errorf("%d counted, want %d", counted, n)
	}
}
