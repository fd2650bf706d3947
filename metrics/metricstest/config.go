package metricstest

import (
	"errors"
	"fmt"

	"github.com/goccy/go-yaml"
)

// Job is the name of the scrape job, which every rule and dashboard selects by.
const Job = "ringback"

const bareConfig = `global: {}
scrape_configs:
  - job_name: ` + Job + `
    static_configs: [{targets: []}]
`

// retarget rewrites a Prometheus config to scrape one target as [Job] and
// nothing else, and to do everything each second.
func retarget(config []byte, target string) ([]byte, error) {
	if target == "" {
		return nil, errors.New("retarget the config: no scrape target is given")
	}
	var doc map[string]any
	if err := yaml.Unmarshal(config, &doc); err != nil {
		return nil, fmt.Errorf("read prometheus.yml: %w", err)
	}
	global, ok := doc["global"].(map[string]any)
	if !ok {
		global = map[string]any{}
	}
	global["scrape_interval"], global["scrape_timeout"], global["evaluation_interval"] = "1s", "1s", "1s"
	doc["global"] = global
	delete(doc, "alerting") // there is nobody to tell

	jobs, ok := doc["scrape_configs"].([]any)
	if !ok {
		return nil, errors.New("read prometheus.yml: it has no scrape_configs")
	}
	for _, j := range jobs {
		job, ok := j.(map[string]any)
		if !ok || job["job_name"] != Job {
			continue
		}
		delete(job, "scrape_interval")
		delete(job, "scrape_timeout")
		delete(job, "dns_sd_configs")
		job["static_configs"] = []any{map[string]any{"targets": []string{target}}}
		doc["scrape_configs"] = []any{job}
		out, err := yaml.Marshal(doc)
		if err != nil {
			return nil, fmt.Errorf("write prometheus.yml: %w", err)
		}
		return out, nil
	}
	return nil, fmt.Errorf("read prometheus.yml: no scrape job is called %q", Job)
}
