// Package metricstest runs a real Prometheus in tests, so that what it thinks
// of our metrics, rules and dashboards is its own opinion and not ours.
//
// [Start] runs the program against one scrape target with our own prometheus
// directory, [Queries] lists every expression of the rules and dashboards, and
// [Prometheus.Query] evaluates one. A test that holds them together is
//
//	p := metricstest.Start(t, metricstest.Options{Target: app.MetricsAddr(), Dir: "metrics/prometheus"})
//	for _, q := range must(metricstest.Queries(os.DirFS("metrics"))) {
//		for _, expr := range q.Checks() {
//			samples, err := p.Query(t.Context(), expr)
//			// no error, and at least one sample
//		}
//	}
//
// The program is Debian's package prometheus; a test fails where it is missing.
package metricstest
