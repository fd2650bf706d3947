package metricstest_test

import (
	"strings"
	"testing"

	"ringback/metrics/metricstest"
)

func TestRetargetRefuses(t *testing.T) {
	for _, c := range []struct{ name, config, target, says string }{
		{"no target", config, "", "no scrape target"},
		{"no YAML", "a: [", "x:1", "read prometheus.yml"},
		{"no jobs", "global: {}", "x:1", "no scrape_configs"},
		{"no job of ours", "scrape_configs: [{job_name: other}]", "x:1", `"ringback"`},
	} {
		t.Run(c.name, func(t *testing.T) {
			out, err := metricstest.Retarget([]byte(c.config), c.target)
			if err == nil || !strings.Contains(err.Error(), c.says) {
				t.Errorf("error %v, want one with %q; config:\n%s", err, c.says, out)
			}
		})
	}
}
