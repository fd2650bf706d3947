package caller_test

import (
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr"
	"ringback/ivr/caller"
)

func TestReport(t *testing.T) {
	proven := ivr.Call{ID: "1000001", Ref: "r1", Passed: pinPassed}
	for _, tt := range []struct {
		name   string
		call   ivr.Call
		report ivr.Report
		down   string
		full   bool
		whose  string // "": the person's own; "-": the notice does not say
		want   ivr.Outcome
		owed   int
	}{
		{name: "by reference", report: ivr.Report{Reference: "12345678", Ref: "r1"}, want: ivr.OutcomeOK, owed: 2},
		{name: "by the reference of an early notice", report: ivr.Report{Reference: "12345678", Ref: "r1"}, whose: "-", want: ivr.OutcomeOK},
		{name: "by a notice that names another", report: ivr.Report{Reference: "12345678", Ref: "r1"}, whose: "1000006", want: ivr.OutcomeOK},
		{name: "by reference, no directory", report: ivr.Report{Reference: "12345678", Ref: "r1"}, down: "directory", want: ivr.OutcomeOK},
		{name: "nobody's reference", report: ivr.Report{Reference: "87654321"}, want: ivr.OutcomeFailed},
		{name: "with a factor", call: proven, report: ivr.Report{ID: "1000001", Factors: []ivr.Factor{ivr.FactorPIN}, Ref: "r1"}, want: ivr.OutcomeOK, owed: 2},
		{name: "without a factor", call: proven, report: ivr.Report{ID: "1000001"}, want: ivr.OutcomeFailed},
		{name: "somebody else", call: proven, report: ivr.Report{ID: "1000002", Factors: []ivr.Factor{ivr.FactorPIN}}, want: ivr.OutcomeFailed},
		{
			name: "an old factor", call: ivr.Call{ID: "1000001", Passed: []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Add(-10*time.Minute - time.Second).Unix()}}},
			report: ivr.Report{ID: "1000001", Factors: []ivr.Factor{ivr.FactorPIN}}, want: ivr.OutcomeFailed,
		},
		{name: "nothing", want: ivr.OutcomeFailed},
		{name: "too many", report: ivr.Report{Reference: "12345678"}, full: true, want: ivr.OutcomeLimited},
		{name: "no ledger", report: ivr.Report{Reference: "12345678"}, down: "ledger", want: ivr.OutcomeUnavailable},
		{name: "no Redis", report: ivr.Report{Reference: "12345678"}, down: "redis", want: ivr.OutcomeUnavailable},
		{name: "no directory", call: proven, report: ivr.Report{ID: "1000001", Factors: []ivr.Factor{ivr.FactorPIN}}, down: "directory", want: ivr.OutcomeOK},
	} {
		t.Run(tt.name, func(t *testing.T) {
			w := newWorld(t)
			subject := w.names.Subject("1000001")
			w.refs[w.names.Reference("12345678")] = subject
			w.down, w.full = tt.down, tt.full
			if w.whose = strings.Trim(tt.whose, "-"); tt.whose == "" {
				w.whose = "1000001"
			}
			for range 2 { // the second changes nothing
				if got := w.do(t, tt.call, tt.report).(ivr.Reported).Outcome; got != tt.want {
					t.Errorf("outcome %v, want %v", got, tt.want)
				}
			}
			want := map[string]string{}
			if tt.want == ivr.OutcomeOK {
				want[subject] = "repudiated"
			}
			if diff := cmp.Diff(want, w.frozen); diff != "" || w.owed != tt.owed {
				t.Errorf("owed %d, frozen:\n%s", w.owed, diff)
			}
		})
	}
}

func TestReportLimits(t *testing.T) {
	w := newWorldWith(t, func(o *caller.Options) { o.Shared = func(n string) bool { return n == "+19195550100" } })
	all, own := "reports 200/1h0m0s", []string{"reports 5/1h0m0s", "reports 20/1h0m0s"}
	for from, want := range map[string][]string{"": {all}, "+19195550100": {all}, "+19195550199": append(own, all)} {
		w.limits = nil
		w.do(t, ivr.Call{}, ivr.Report{Reference: "87654321", From: from})
		if diff := cmp.Diff(want, w.limits); diff != "" {
			t.Errorf("from %q:\n%s", from, diff)
		}
	}
	if err := testutil.GatherAndCompare(w.registry, strings.NewReader(`
# HELP ringback_reports_total Reports that it was somebody else, by outcome.
# TYPE ringback_reports_total counter
ringback_reports_total{outcome="failed"} 3
ringback_reports_total{outcome="limited"} 0
ringback_reports_total{outcome="ok"} 0
ringback_reports_total{outcome="unavailable"} 0
`), "ringback_reports_total"); err != nil {
		t.Error(err)
	}
}

// Whoever forges the victim's number cannot keep the victim from stopping
// something: forged calls count by themselves, and a report by a factor that
// passed is bounded by what bounds factors.
func TestReportsOfOthersBlockNobody(t *testing.T) {
	w := newWorld(t)
	for range 30 {
		w.Run(t.Context(), "CA9", ivr.Call{Suspect: true}, ivr.Report{Reference: "00000000", From: "+19195550101", Ref: "r9"})
	}
	for range 30 {
		w.Run(t.Context(), "CA8", ivr.Call{}, ivr.Report{Reference: "00000000", From: "+19195550101", Ref: "r8"})
	}
	call := ivr.Call{ID: "1000001", Passed: []ivr.Passed{{Factor: ivr.FactorPIN, At: noon.Unix()}}}
	w.full = true // no window has room
	if got := w.Run(t.Context(), "CA1", call, ivr.Report{ID: "1000001", Factors: []ivr.Factor{ivr.FactorPIN}, From: "+19195550101", Ref: "r1"}); got != (ivr.Reported{Outcome: ivr.OutcomeOK}) {
		t.Errorf("a proven report: %+v", got)
	}
}
