package line

import (
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/testutil"

	"ringback/ivr"
)

// A caller who hung up before Duo said yes has not been seen to activate: the link
// may have been opened a moment later.
func TestActivationsAreSeenOrNot(t *testing.T) {
	m := newMetrics(prometheus.NewRegistry(), nil)
	m.ended(ivr.Call{Line: "a"}, time.Second)
	m.ended(ivr.Call{Line: "a", Links: ivr.Links{MadeAt: 1}}, time.Second)
	m.ended(ivr.Call{Line: "a", Links: ivr.Links{MadeAt: 1, Done: true}}, time.Second)
	for outcome, want := range map[string]float64{"activated": 1, "not_seen": 1} {
		if got := testutil.ToFloat64(m.activations.WithLabelValues(outcome)); got != want {
			t.Errorf("%s: %v, want %v", outcome, got, want)
		}
	}
	if n := testutil.CollectAndCount(m.activations); n != 2 {
		t.Errorf("%d series, want 2", n)
	}
}
