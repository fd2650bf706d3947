package main

import (
	"bytes"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ringback/cmd/internal/box"
	"ringback/ivr/caller"
	"ringback/ivr/clock"
	"ringback/ivr/duo/duobox"
	"ringback/ivr/ledger"
)

// policySite is an institution's folder with the sample people, whose numbers
// have been on file for a year, and a Duo that knows them.
func policySite(t *testing.T) (conf string, l *ledger.Ledger) {
	t.Helper()
	conf, file := auditSite(t, false)
	d, err := duobox.New(duobox.Options{
		Clock: clock.Real(), Accounts: []duobox.Account{{IntegrationKey: "DI000000000000000001", SecretKey: "duo-secret-key-duo-secret-key-duo-secret"}}, Users: box.Users(),
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
			if _, err := l.Freeze(t.Context(), ledger.Freeze{Subject: subject("1000001"), Reason: "repudiated"}); err != nil {
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
		{name: "sim-swap", args: "--id 1000005", prepare: func(t *testing.T, conf string, _ *ledger.Ledger) {
			swap(t, conf, "#sim_swap: false", "sim_swap: true")
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
			golden(t, "testdata/policy/"+tt.name+".txt", out+said)
		})
	}
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
