package caller_test

import (
	"bytes"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr/caller"
)

const somePIN = "$argon2id$v=19$m=19456,t=2,p=1$m36U5vFHdXfxagO5LLmgBw$0CnYir8YjJhtr37pJYA00+seQjk5L2V5wQ98EHq+hNQ"

func TestIntake(t *testing.T) {
	day := time.Date(2024, 8, 19, 0, 0, 0, 0, time.UTC)
	for _, tt := range []struct {
		name   string
		region string
		r      caller.Record
		want   caller.Person
		phones int // dropped
		emails int
	}{
		{name: "the least", r: caller.Record{IDs: []string{"x", "7"}, Username: "u"}, want: caller.Person{ID: "7", Username: "u"}},
		{
			name: "numbers of a country, once each", region: "US",
			r: caller.Record{
				IDs: []string{"7"}, Username: "u", Phones: []string{"(919) 555-0101", "+1 919 555 0101", "+44 20 7946 0000", "919-555-0102"},
				Since: []time.Time{day, {}, day},
			},
			want: caller.Person{ID: "7", Username: "u", Phones: []caller.Phone{{Number: "+19195550101", Since: day}, {Number: "+442079460000", Since: day}, {Number: "+19195550102"}}},
		},
		{
			name: "numbers that are none", phones: 5,
			r:    caller.Record{IDs: []string{"7"}, Username: "u", Phones: []string{"", "ask Dana", "9195550101", "+1919555010199999999", "+19195550101 ext. 5", "+19195550103"}},
			want: caller.Person{ID: "7", Username: "u", Phones: []caller.Phone{{Number: "+19195550103"}}},
		},
		{
			name: "addresses", emails: 3,
			r:    caller.Record{IDs: []string{"7"}, Username: "u", Emails: []string{"a@example.edu", "none", "x@y, z@y"}, OutsideSSO: []string{"A@example.edu", " b@example.com ", "b@example.com\r\nBcc: c@example.com"}},
			want: caller.Person{ID: "7", Username: "u", Emails: []caller.Email{{Address: "a@example.edu"}, {Address: "b@example.com", OutsideSSO: true}}},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			reg := prometheus.NewRegistry()
			var log bytes.Buffer
			in := caller.NewIntake(tt.region, caller.Tools{Registerer: reg, Logger: slog.New(slog.NewTextHandler(&log, nil))})
			p, err := in.Person(t.Context(), "7", tt.r)
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, p); diff != "" {
				t.Error(diff)
			}
			want := fmt.Sprintf("# HELP ringback_directory_values_dropped_total Phone numbers and e-mail addresses of the directory that cannot be used, each time an entry was read.\n"+
				"# TYPE ringback_directory_values_dropped_total counter\n"+
				"ringback_directory_values_dropped_total{value=\"email\"} %d\nringback_directory_values_dropped_total{value=\"phone\"} %d\n", tt.emails, tt.phones)
			if err := testutil.GatherAndCompare(reg, strings.NewReader(want)); err != nil {
				t.Error(err)
			}
			if got := strings.Count(log.String(), "dropped"); got != tt.phones+tt.emails {
				t.Errorf("%d lines in the log, want %d", got, tt.phones+tt.emails)
			}
			if strings.ContainsAny(log.String(), "@+") || strings.Contains(log.String(), "555") {
				t.Errorf("the log tells what was dropped:\n%s", log.String())
			}
		})
	}
}

func TestIntakeRefuses(t *testing.T) {
	in := caller.NewIntake("", caller.Tools{})
	for name, r := range map[string]caller.Record{
		"another ID":          {IDs: []string{"8", "07"}, Username: "u"},
		"no ID":               {Username: "u"},
		"no username":         {IDs: []string{"7"}},
		"a PIN in the clear":  {IDs: []string{"7"}, Username: "u", PINHash: "24681357"},
		"a code in the clear": {IDs: []string{"7"}, Username: "u", PINHash: somePIN, Recovery: []string{"16180339887498948482"}},
	} {
		if _, err := in.Person(t.Context(), "7", r); !errors.Is(err, caller.ErrUnusable) || strings.Contains(err.Error(), "8") {
			t.Errorf("%s: err = %v", name, err)
		}
	}
}

func TestValidID(t *testing.T) {
	for id, want := range map[string]bool{
		"7": true, "0000007": true, strings.Repeat("1", 20): true, strings.Repeat("1", 21): false,
		"": false, " 7": false, "7*": false, "٧": false, "-7": false, "7\x00": false, "7)(uid=*": false, "7' or '1'='1": false,
	} {
		if got := caller.ValidID(id); got != want {
			t.Errorf("%q: %v", id, got)
		}
	}
}

func TestRegions(t *testing.T) {
	for region, want := range map[string]bool{"": true, "US": true, "DE": true, "us": false, "XX": false, "USA": false} {
		if got := caller.KnownRegion(region); got != want {
			t.Errorf("%q: %v", region, got)
		}
	}
}
