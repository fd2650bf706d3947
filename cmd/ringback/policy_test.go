package main

import (
	"bytes"
	"context"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/box"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/ledger"
	"ringback/twiml/carrier"
)

// policySite is an institution's folder with the sample people, whose numbers
// have been on file for a year, and a Duo that knows them.
func policySite(t *testing.T) (conf string, l *ledger.Ledger) {
	t.Helper()
	conf, file := auditSite(t, false)
	users := box.Users()
	users[0].Aliases = []string{"dreyes"}
	d, err := duobox.New(duobox.Options{
		Clock: clock.Real(), Accounts: []duobox.Account{{IntegrationKey: "DI000000000000000001", SecretKey: "duo-secret-key-duo-secret-key-duo-secret"}}, Users: users,
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(d)
	t.Cleanup(server.Close)
	swap(t, conf, "  integration_key: ", "  api_url: "+server.URL+"\n  integration_key: ")
	swap(t, conf, "#mail:\n  #host: smtp.example.edu", "mail:\n  host: smtp.example.edu")
	swap(t, conf, "#from: service-desk@example.edu", "from: service-desk@example.edu")
	if err := os.WriteFile(filepath.Join(filepath.Dir(conf), "people.yaml"), caller.SamplePeople(), 0o600); err != nil {
		t.Fatal(err)
	}
	l, _ = audited(t, file)
	for _, p := range box.People() {
		for _, n := range p.Numbers {
			if _, err := l.SeeNumber(t.Context(), names(t).Subject(p.ID), names(t).Number(n), time.Now().AddDate(-1, 0, 0), false); err != nil {
				t.Fatal(err)
			}
		}
	}
	return conf, l
}

// What an operator is told, for each of the sample people and for each thing
// that may stand in the way.
func TestPolicyExplain(t *testing.T) {
	subject := names(t).Subject
	for _, tt := range []struct {
		name    string
		args    string
		code    int
		prepare func(t *testing.T, conf string, l *ledger.Ledger)
	}{
		{name: "dana", args: "--id 1000001"},
		{name: "sam", args: "--id 1000002"},
		{name: "lee-privileged", args: "--id 1000003", code: 1},
		{name: "kim", args: "--id 1000005"},
		{name: "noor", args: "--id 1000006"},
		{name: "dana-number", args: "--id 1000001 --level number"},
		{name: "sam-number", args: "--id 1000002 --level number", code: 1},
		{name: "another-line", args: "--id 1000001 --line health"},
		{name: "frozen", args: "--id 1000001", code: 1, prepare: func(t *testing.T, _ string, l *ledger.Ledger) {
			if _, err := l.Freeze(t.Context(), ledger.Freeze{Subject: subject("1000001"), By: "line", Reason: "repudiated"}); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "threat", args: "--id 1000001", prepare: threatened},
		{name: "threat-sam", args: "--id 1000002", prepare: threatened},
		{name: "threat-number", args: "--id 1000001 --level number", code: 1, prepare: threatened},
		{name: "young-number", args: "--id 1000002", prepare: func(t *testing.T, conf string, _ *ledger.Ledger) {
			people := strings.Replace(string(caller.SamplePeople()), "+19195550112", "+19195550199", 1)
			if err := os.WriteFile(filepath.Join(filepath.Dir(conf), "people.yaml"), []byte(people), 0o600); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "duo-unreachable", args: "--id 1000001", prepare: func(t *testing.T, conf string, _ *ledger.Ledger) {
			swap(t, conf, "  secret_key_file: secrets/duo_secret_key", "  secret_key: another-secret-key-another-secret-key")
		}},
		{name: "not-in-duo", args: "--id 1000001", code: 1, prepare: named("somebody")},
		{name: "alias-in-duo", args: "--id 1000001", code: 1, prepare: named("dreyes")},
		{name: "sim-swap", args: "--id 1000005", code: 1, prepare: func(t *testing.T, conf string, _ *ledger.Ledger) {
			lookups(t, conf).Phone("+19195550105").SIM(time.Now().Add(-48 * time.Hour))
		}},
		{name: "sim-same", args: "--id 1000005", prepare: func(t *testing.T, conf string, _ *ledger.Ledger) { lookups(t, conf) }},
		{name: "sim-unknown", args: "--id 1000002", prepare: func(t *testing.T, conf string, _ *ledger.Ledger) {
			lookups(t, conf).Fault(carrier.LookupFault{})
		}},
		{name: "sim-not-looked-up", args: "--id 1000005 --no-lookup", prepare: func(t *testing.T, conf string, _ *ledger.Ledger) {
			lookups(t, conf).Fault(carrier.RESTFault{Down: true}) // nobody is asked: there is no word of unknown
		}},
		{name: "links-used-up", args: "--id 1000001", code: 1, prepare: func(t *testing.T, _ string, l *ledger.Ledger) { used(t, l, 2) }},
		{name: "links-allowed", args: "--id 1000001", prepare: func(t *testing.T, _ string, l *ledger.Ledger) {
			used(t, l, 2)
			if err := l.Allow(t.Context(), subject("1000001"), "links", today(t), "jo", "lost the text"); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "pin-disabled", args: "--id 1000001", prepare: func(t *testing.T, _ string, l *ledger.Ledger) { wrongPINs(t, l, 10) }},
		{name: "pin-waits", args: "--id 1000001", prepare: func(t *testing.T, _ string, l *ledger.Ledger) { wrongPINs(t, l, 3) }},
		{name: "group", args: "--id 1000001", prepare: inPayroll},
		{name: "group-number", args: "--id 1000001 --level number", code: 1, prepare: inPayroll},
		{name: "group-json", args: "--id 1000001 --json", prepare: inPayroll},
		{name: "line", args: "--id 1000002 --line health", prepare: func(t *testing.T, conf string, _ *ledger.Ledger) {
			swap(t, conf, "  - id: health\n", "  - id: health\n    policy: {links: {need: strong}, number: {factors: [recovery_code, duo_push]}}\n")
		}},
		{name: "everything-json", args: "--id 1000002 --level number --json", code: 1, prepare: func(t *testing.T, conf string, l *ledger.Ledger) {
			lookups(t, conf).Phone("+19195550112").SIM(time.Now())
			threatened(t, conf, l)
			if _, err := l.Freeze(t.Context(), ledger.Freeze{Subject: subject("1000002"), By: "line", Reason: "repudiated"}); err != nil {
				t.Fatal(err)
			}
		}},
		{name: "unknown-id", args: "--id 7654321", code: 2},
		{name: "unknown-line", args: "--id 1000001 --line nowhere", code: 2},
	} {
		t.Run(tt.name, func(t *testing.T) {
			conf, l := policySite(t)
			if tt.prepare != nil {
				tt.prepare(t, conf, l)
			}
			args := append([]string{"policy", "explain", "--config", conf}, strings.Fields(tt.args)...)
			out, said := typed(t, tt.code, "", args...)
			for _, who := range box.People() {
				for _, secret := range append(strings.Fields(who.Name), who.Numbers...) {
					if strings.Contains(out+said, secret) {
						t.Errorf("%q is told", secret)
					}
				}
			}
			golden(t, "testdata/policy/"+tt.name+".txt", moments.ReplaceAllString(out+said, "{when}"))
		})
	}
}

// moments are dates and times, which are those of the test.
var moments = regexp.MustCompile(`20\d\d-\d\d-\d\d([ T]\d\d:\d\d:\d\d(\.\d+)?( UTC|Z))?`)

// lookups has SIMs looked up at a carrier that the site knows.
func lookups(t *testing.T, conf string) *carrier.Carrier {
	t.Helper()
	c, err := carrier.New(carrier.Options{
		AccountSID: "AC00000000000000000000000000000001", AuthToken: "0123456789abcdef0123456789abcdef", APIKey: "SK00000000000000000000000000000001", APISecret: "secret",
	})
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(c.Handler())
	t.Cleanup(func() {
		server.Close()
		if err := c.Close(context.WithoutCancel(t.Context())); err != nil {
			t.Error(err)
		}
	})
	swap(t, conf, "#sim_swap: false", "sim_swap: true")
	swap(t, conf, "  api_secret_file: ", "  api_url: "+server.URL+"\n  api_secret_file: ")
	return c
}

// today is the day on the lines of the example.
func today(t *testing.T) string {
	t.Helper()
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	return time.Now().In(zone).Format(time.DateOnly)
}

// used makes sets of links for Dana, and one more that certainly failed.
func used(t *testing.T, l *ledger.Ledger, n int) {
	t.Helper()
	for i := range n + 1 {
		row, _, err := l.Claim(t.Context(), ledger.Action{
			Kind: "links", Subject: names(t).Subject("1000001"), Day: today(t), Ordinal: i + 1, CallRef: "r1", EffectID: uint32(i + 1), Actor: "line",
		})
		if err != nil {
			t.Fatal(err)
		}
		state := ledger.Done
		if i == n {
			state = ledger.Failed
		}
		if err := l.Finish(t.Context(), row.ID, state, nil); err != nil {
			t.Fatal(err)
		}
	}
}

// wrongPINs keys wrong PINs for Dana.
func wrongPINs(t *testing.T, l *ledger.Ledger, n int) {
	t.Helper()
	at := time.Now().Add(-time.Duration(n-3) * 2 * time.Hour)
	for range n {
		if _, err := l.Reserve(t.Context(), names(t).Subject("1000001"), "pin", at); err != nil {
			t.Fatal(err)
		}
		if n > 3 {
			at = at.Add(2 * time.Hour)
		}
	}
}

// named gives Dana another username in the directory.
func named(username string) func(t *testing.T, conf string, _ *ledger.Ledger) {
	return func(t *testing.T, conf string, _ *ledger.Ledger) {
		t.Helper()
		people := strings.Replace(string(caller.SamplePeople()), "username: dana", "username: "+username, 1)
		if err := os.WriteFile(filepath.Join(filepath.Dir(conf), "people.yaml"), []byte(people), 0o600); err != nil {
			t.Fatal(err)
		}
	}
}

// inPayroll puts Dana into a group of which more is demanded.
func inPayroll(t *testing.T, conf string, _ *ledger.Ledger) {
	t.Helper()
	people := strings.Replace(string(caller.SamplePeople()), "    username: dana\n", "    username: dana\n    groups: [staff, payroll]\n", 1)
	if err := os.WriteFile(filepath.Join(filepath.Dir(conf), "people.yaml"), []byte(people), 0o600); err != nil {
		t.Fatal(err)
	}
	swap(t, conf, "        #without: [texted_code]\n      number:\n        #need: two_of", "        without: [emailed_code]\n      number:\n        need: identity_check")
}

func threatened(t *testing.T, _ string, l *ledger.Ledger) {
	t.Helper()
	now := time.Now()
	if err := l.SetThreat(t.Context(), ledger.Threat{Until: now.Add(time.Hour), By: "jo", Reason: "a campaign", Set: now}); err != nil {
		t.Fatal(err)
	}
}

// swap changes a file.
func swap(t *testing.T, file, from, to string) {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil || !bytes.Contains(text, []byte(from)) {
		t.Fatalf("%q is not in the file, or %v", from, err)
	}
	if err := os.WriteFile(file, bytes.ReplaceAll(text, []byte(from), []byte(to)), 0o600); err != nil {
		t.Fatal(err)
	}
}
