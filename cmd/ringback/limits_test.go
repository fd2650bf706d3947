package main

import (
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"net/http/httptest"
	"regexp"
	"strings"
	"sync"
	"testing"

	"ringback/cmd/internal/box"
	"ringback/ivr/caller"
)

// played is a play with all that it left behind.
type played struct {
	*box.World
	box.Result

	log *logged
}

// logged is a log that may be read while the world goes on writing it.
type logged struct {
	mu  sync.Mutex
	all bytes.Buffer
}

func (l *logged) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.Write(p) //nolint:wrapcheck // a buffer's, which never fails
}

func (l *logged) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.all.String()
}

// opened is a world of a test's own, which is closed with it.
func opened(t *testing.T, o box.Options) played {
	t.Helper()
	p := played{log: new(logged)}
	o.Virtual, o.Logger = true, slog.New(slog.NewTextHandler(p.log, &slog.HandlerOptions{Level: slog.LevelDebug}))
	var err error
	if p.World, err = box.Open(t.Context(), o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := p.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	return p
}

// play plays a script that a test has written, in such a world.
func play(t *testing.T, name, text string, o box.Options) played {
	t.Helper()
	p := opened(t, o)
	p.Result = p.more(t, name, text)
	return p
}

// more plays a script in the same world.
func (p played) more(t *testing.T, name, text string) box.Result {
	t.Helper()
	script, err := box.Parse(name, strings.NewReader(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Play(t.Context(), script)
	if err != nil {
		t.Fatal(err)
	}
	if r.Failure != "" {
		var b strings.Builder
		printTranscript(&b, r, 100)
		t.Errorf("%s\n%s", r.Failure, b.String())
	}
	return r
}

// metrics is the page of metrics.
func (p played) metrics() string {
	rec := httptest.NewRecorder()
	p.App.MetricsHandler().ServeHTTP(rec, httptest.NewRequest("GET", "/metrics", nil))
	return rec.Body.String()
}

// metric is one line of it.
func (p played) metric(series string) string {
	return regexp.MustCompile(`(?m)^` + regexp.QuoteMeta(series) + ` .*$`).FindString(p.metrics())
}

// lines joins lines of a script.
func lines(all ...string) string { return strings.Join(all, "\n") + "\n" }

// atPIN calls from a number and keys an ID, up to the PIN.
func atPIN(from, id string) string {
	return lines("call university from "+from, "hear /same as before/", "press 1") + keyID(id) + lines("hear /phone PIN/")
}

func keyID(id string) string {
	return lines("hear /unique I D/", "press "+id+"#", "hear /If that is right/", "press 1")
}

// atCode calls as Dana does, up to the texted code.
func atCode(from string) string {
	return atPIN(from, "1000001") + lines("press 24681357#", "hear /is on its way there by text/")
}

// Limits that take many calls. Those that take a few are call scripts.
func TestLimitsOverManyCalls(t *testing.T) {
	for name, text := range map[string]string{
		"thirty IDs an hour from a prefix": idsOf("+19195550161", 0, 10) + idsOf("+19195550162", 10, 10) + idsOf("+19195550163", 20, 10) +
			oneMoreID("+19195550164", "cannot verify you by phone") + oneMoreID("+19195560164", "phone PIN") +
			lines("wait 61m") + oneMoreID("+19195550164", "phone PIN"),
		"twenty reports an hour from a prefix": reports("+19195550161", 5) + reports("+19195550162", 5) + reports("+19195550163", 5) + reports("+19195550164", 5) +
			oneReport("+19195550165", "cannot take that at the moment") + oneReport("+19195560165", "A person will look into it") +
			lines("wait 61m") + oneReport("+19195550165", "A person will look into it"),
		"a code lives five minutes": atCode("+19195550101") + lines("text +19195550101 /is your code/") +
			strings.Repeat(lines("press 9#", "hear /by text/", "wait 20s"), 16) + lines("press {code}#", "hear /did not match/"),
		// No call script: the back-off's jitter adds up, and seconds would differ.
		"Duo stays away for longer than a verdict lives": atCode("+19195550101") + lines("wait 3s", "down duo", "press {code}#", "hear /Duo is not answering/",
			"text +19195550101 /is your code/", "wait 11m", "hear /Duo is still not answering, so a person will help you/", "up duo", "wait 30s", "no text +19195550101"),
		"a verdict lives ten minutes": atPIN("+19195550102", "1000002") + lines("press 13572468#", "hear /by text/", "press {code}#", "hear /Which phone/") +
			strings.Repeat(lines("press 9", "hear /Which phone/", "wait 10s"), 59) + lines("press 9", "hear /Which phone/", "wait 12s", "press 1", "hear /That took a while, so I need to verify you again.*unique I D/"),
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			play(t, name, text, box.Options{})
		})
	}
}

// idsOf keys n IDs that nobody has, three a call.
func idsOf(from string, first, n int) string {
	var b strings.Builder
	for i := range n {
		if i%3 == 0 {
			b.WriteString(lines("call university from "+from, "hear /same as before/", "press 1"))
		}
		b.WriteString(keyID(fmt.Sprint(7000000+first+i)) + lines("hear /phone PIN/"))
		if i%3 == 2 || i == n-1 {
			b.WriteString(lines("hangup", "wait 1s"))
		} else {
			b.WriteString(lines("press star"))
		}
	}
	return b.String()
}

func oneMoreID(from, hears string) string {
	return lines("call university from "+from, "hear /same as before/", "press 1") + keyID("7999999") + lines("hear /"+hears+"/", "hangup", "wait 1s")
}

// reports are n reports that are nobody's.
func reports(from string, n int) string {
	return strings.Repeat(oneReport(from, "A person will look into it"), n)
}

func oneReport(from, hears string) string {
	return lines("call university from "+from, "hear /same as before/", "press 7", "hear /eight digit reference/", "press 00000001#", "hear /"+hears+"/", "hangup", "wait 1s")
}

// Who has neither PIN nor recovery code is sent one code a call, and no more,
// whichever way they ask for it.
func TestOneSendForWhoHasNothing(t *testing.T) {
	text := lines("call university from +19195550101", "hear /same as before/", "press 1") + keyID("1000001") + lines("hear /phone PIN/", "press pound",
		"hear /recovery codes/", "press pound", "hear /by text/", "text +19195550101 /is your code/", "wait 8s", "press 9#", "hear /by text/", "wait 8s",
		"press 9#", "hear /by text/", "wait 8s", "press 9#", "hear /by text/", "wait 8s", "press 3#", "hear /send it again/", "wait 5s", "no text +19195550101",
		"press pound", "hear /e-mail address/", "wait 5s", "no email dana@example.com", "press pound", "hear /push/", "press pound", "hear /not enough for me/")
	play(t, "nothing", text, box.Options{People: []byte(`people:
  - id: "1000001"
    name: Dana Reyes
    username: dana
    phones: [{number: "+19195550101", since: "2024-08-19"}]
    emails: [{address: dana@example.com, outside_sso: true}]
`)})
}

// Of members of a group that the policy names more is demanded: PIN and texted code
// are not enough, and what they hear on the way says nothing of it.
func TestGroupNeedsMore(t *testing.T) {
	payroll := strings.Replace(string(caller.SamplePeople()), "    username: dana\n", "    username: dana\n    groups: [staff, payroll]\n", 1)
	p := play(t, "payroll", atCode("+19195550101")+lines("text +19195550101 /is your code/", "press {code}#", "hear /e-mail address/", "email dana@example.com /is your code/",
		"press {code}#", "hear /recovery codes/", "press 16180339887498948482#", "hear /You are verified. I am sending two texts/"), box.Options{People: []byte(payroll)})
	p.more(t, "others", atPIN("+19195550102", "1000002")+lines("press 13572468#", "hear /by text/", "text +19195550102 /is your code/", "press {code}#", "hear /Which phone/"))
}

// A number that is too young, or that Duo does not have, gets a code like any other;
// the right code counts for nothing, and no links go there, whatever else is proven.
func TestNumbersThatDoNotCount(t *testing.T) {
	dana := string(caller.SamplePeople())
	for _, tt := range []struct{ name, people, number, why string }{
		{"six days on file", strings.Replace(dana, "2024-08-19", "2026-11-18", 1), "+19195550101", "too new"},
		{"another one in Duo", strings.Replace(dana, "+19195550101", "+19195550109", 1), "+19195550109", ""},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			onward := lines("text "+tt.number+" /is your code/", "press {code}#", "hear /e-mail address/")
			play(t, tt.name, atCode(tt.number)+onward+lines("email dana@example.com /is your code/", "press {code}#",
				"hear /I have no phone on file that I may text links to, so a person will help you/", "wait 20s", "no text "+tt.number), box.Options{People: []byte(tt.people)})
			if tt.why != "" { // and the agent is told why
				play(t, tt.name, lines("agent alex ready")+atCode(tt.number)+onward+lines("press 0#", "hear /hold for a person/", "wait 5s",
					"agent alex hear /"+tt.why+"/"), box.Options{People: []byte(tt.people)})
			}
		})
	}
	eight := strings.Replace(dana, "2024-08-19", "2026-11-16", 1)
	play(t, "eight days on file", atCode("+19195550101")+lines("press {code}#", "hear /two texts/"), box.Options{People: []byte(eight)})
}

// threeWrong is a call with three wrong PINs for an ID that nobody has, from one of
// some exchanges.
func threeWrong(i, exchanges int) string {
	return atPIN(fmt.Sprintf("+1919%03d01%02d", 600+i%exchanges, 61+i), fmt.Sprint(7000000+i)) +
		strings.Repeat(lines("press 11112222#", "hear /did not match|cannot verify/"), 3) + lines("hangup", "wait 1s")
}

// Wrong PINs over many IDs raise the bar for everybody, by themselves, and half
// an hour later it comes down again. Over few IDs, or from few places, they do not.
func TestThreatTripsByItself(t *testing.T) {
	campaign := func(ids, exchanges int) string {
		var b strings.Builder
		for i := range ids {
			b.WriteString(threeWrong(i, exchanges))
		}
		return b.String()
	}
	dana := atCode("+19195550101") + lines("text +19195550101 /is your code/", "press {code}#")
	for _, tt := range []struct {
		name  string
		text  string
		trips string
	}{
		{"nine IDs", campaign(9, 9) + dana + lines("hear /two texts/"), "0"},
		{"ten IDs that somebody made up, from two places", campaign(10, 2) + dana + lines("hear /two texts/"), "0"},
		{"ten IDs from two places, and somebody who mistypes", campaign(10, 2) + threeWrong(12, 100) + dana + lines("hear /two texts/"), "0"},
		{
			"ten IDs", campaign(10, 3) + dana + lines("hear /e-mail address/", "press pound", "hear /recovery codes/", "press 16180339887498948482#", "hear /two texts/", "hangup", "wait 31m") +
				dana + lines("hear /two texts/"), "1",
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			p := play(t, tt.name, tt.text, box.Options{})
			for _, want := range []string{"ringback_threat_trips_total " + tt.trips, "ringback_elevated_threat 0"} {
				if got := p.metric(strings.Fields(want)[0]); got != want {
					t.Errorf("%q, want %q", got, want)
				}
			}
		})
	}
}
