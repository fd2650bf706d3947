package main

import (
	"fmt"
	"html"
	"io"
	"net/http"
	"net/url"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/box"
	"ringback/ivr/caller"
	"ringback/twiml/signature"
)

var action = regexp.MustCompile(`<Gather[^>]* action="([^"]+)"`)

// webhook posts as the carrier does and returns where the next keys go, if
// anywhere, and how long the answer took.
func webhook(b *testing.B, w *box.World, path, sid, from, digits string) (next string, took time.Duration) {
	b.Helper()
	form := url.Values{
		"AccountSid": {w.Config.Twilio.AccountSID}, "CallSid": {sid}, "From": {from}, "To": {"+19196842200"}, "CallStatus": {"in-progress"},
		"Direction": {"inbound"}, "ApiVersion": {"2010-04-01"},
	}
	if digits != "" {
		form.Set("Digits", digits)
		form.Set("FinishedOnKey", "#")
	}
	target, _, _ := strings.Cut(path, "#")
	if !strings.HasPrefix(target, "http") {
		target = w.URL + target
	}
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set(signature.Header, signature.Sign(w.Config.Twilio.AuthToken.Reveal(), target, form))
	began := time.Now()
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	body, err := io.ReadAll(res.Body)
	took = time.Since(began)
	if err := res.Body.Close(); err != nil {
		b.Fatal(err)
	}
	if err != nil || res.StatusCode != http.StatusOK {
		b.Fatalf("%d, %v", res.StatusCode, err)
	}
	if m := action.FindSubmatch(body); m != nil {
		next = html.UnescapeString(string(m[1]))
	}
	return next, took
}

// BenchmarkOracle times the answer to a wrong PIN over HTTP, with the hash that is
// used in earnest and a ledger on disk, for people whom nobody may tell apart.
// They call in turn; the distributions stand side by side.
func BenchmarkOracle(b *testing.B) {
	w, err := box.Open(b.Context(), box.Options{LedgerURL: "sqlite:" + filepath.Join(b.TempDir(), "ledger.db"), AlwaysOpen: true})
	if err != nil {
		b.Fatal(err)
	}
	defer func() { _ = w.Close(b.Context()) }()
	names, err := caller.NewPseudonyms(w.Config.Keys.Pseudonym.Bytes())
	if err != nil {
		b.Fatal(err)
	}
	kinds := []struct{ name, id string }{
		{"known", "1000001"}, {"unknown", "7654321"}, {"no_pin", "1000006"}, {"privileged", "1000003"}, {"frozen", "1000005"}, {"locked", "1000002"},
	}
	if err := w.App.Lead().Freeze(b.Context(), "1000005", "jo", "bench"); err != nil {
		b.Fatal(err)
	}
	at := time.Now().AddDate(0, 0, -1)
	for range 10 {
		a, err := w.App.Ledger().Reserve(b.Context(), names.Subject("1000002"), "pin", at)
		if err != nil {
			b.Fatal(err)
		}
		at = at.Add(a.Wait)
	}
	took := make([][]time.Duration, len(kinds))
	n := 0
	for b.Loop() {
		for i := range kinds {
			k := (i + n) % len(kinds) // none is always first
			call := n*len(kinds) + k
			sid, from := fmt.Sprintf("CA%032x", call+1), fmt.Sprintf("+1%03d%03d0161", 200+call%700, 200+call/700%700)
			next := "/voice"
			for _, keys := range []string{"", "1", kinds[k].id, "1"} {
				next, _ = webhook(b, w, next, sid, from, keys)
			}
			_, d := webhook(b, w, next, sid, from, "11112222")
			took[k] = append(took[k], d)
			_ = w.App.Ledger().Unlock(b.Context(), names.Subject(kinds[k].id), "pin", "jo", "bench") // or waits would follow
			if kinds[k].name == "locked" {
				b.StopTimer()
				for at := time.Now().AddDate(0, 0, -1); ; {
					a, err := w.App.Ledger().Reserve(b.Context(), names.Subject("1000002"), "pin", at)
					if err != nil {
						b.Fatal(err)
					}
					if a.Disabled {
						break
					}
					at = at.Add(a.Wait)
				}
				b.StartTimer()
			}
			hangUp(b, w, sid, from)
		}
		n++
	}
	for i, k := range kinds {
		slices.Sort(took[i])
		for _, p := range []int{50, 95} {
			b.ReportMetric(float64(took[i][len(took[i])*p/100].Microseconds())/1000, fmt.Sprintf("%s-p%d-ms", k.name, p))
		}
	}
}

// hangUp ends a call, so that the next one may ask for the same ID.
func hangUp(b *testing.B, w *box.World, sid, from string) {
	b.Helper()
	form := url.Values{
		"AccountSid": {w.Config.Twilio.AccountSID}, "CallSid": {sid}, "From": {from}, "To": {"+19196842200"}, "CallStatus": {"completed"},
		"Direction": {"inbound"}, "ApiVersion": {"2010-04-01"}, "SequenceNumber": {"3"}, "CallDuration": {"9"},
	}
	target := w.URL + "/voice/status"
	r, err := http.NewRequestWithContext(b.Context(), http.MethodPost, target, strings.NewReader(form.Encode()))
	if err != nil {
		b.Fatal(err)
	}
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded; charset=UTF-8")
	r.Header.Set(signature.Header, signature.Sign(w.Config.Twilio.AuthToken.Reveal(), target, form))
	res, err := http.DefaultClient.Do(r)
	if err != nil {
		b.Fatal(err)
	}
	if err := res.Body.Close(); err != nil {
		b.Fatal(err)
	}
}
