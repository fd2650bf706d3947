package metricstest

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// Sample is one series of an answer with its value now, which may be NaN.
type Sample struct {
	Labels map[string]string
	Value  float64
}

// Rule is a recording or alert rule as Prometheus sees it.
type Rule struct {
	Name  string
	Alert bool
	// Health is "ok", "err" or "unknown" (not evaluated yet); Err is why.
	Health, Err string
	// State is an alert's: "inactive", "pending" or "firing".
	State string
	// Evaluated is when it last was; zero for never.
	Evaluated time.Time
}

// Query evaluates an expression now. A scalar is one sample without labels; an
// expression that Prometheus cannot read is an error that says why.
func (p *Prometheus) Query(ctx context.Context, expr string) ([]Sample, error) {
	var data struct {
		ResultType string
		Result     json.RawMessage
	}
	if err := p.get(ctx, "/api/v1/query?"+url.Values{"query": {expr}}.Encode(), &data); err != nil {
		return nil, fmt.Errorf("query %s: %w", expr, err)
	}
	samples, err := decode(data.ResultType, data.Result)
	if err != nil {
		return nil, fmt.Errorf("query %s: %w", expr, err)
	}
	return samples, nil
}

func decode(kind string, result json.RawMessage) ([]Sample, error) {
	type point [2]any // seconds, and the value as text
	var series []struct {
		Metric map[string]string
		Value  point
	}
	switch kind {
	case "vector":
		if err := json.Unmarshal(result, &series); err != nil {
			return nil, fmt.Errorf("decode vector: %w", err)
		}
	case "scalar":
		series = append(series, struct {
			Metric map[string]string
			Value  point
		}{})
		if err := json.Unmarshal(result, &series[0].Value); err != nil {
			return nil, fmt.Errorf("decode scalar: %w", err)
		}
	default:
		return nil, fmt.Errorf("its result is a %q, which has no value now", kind)
	}
	samples := make([]Sample, 0, len(series))
	for _, s := range series {
		text, ok := s.Value[1].(string)
		if !ok {
			return nil, errors.New("decode value: it is no text")
		}
		v, err := strconv.ParseFloat(text, 64)
		if err != nil {
			return nil, fmt.Errorf("decode value: %w", err)
		}
		samples = append(samples, Sample{s.Metric, v})
	}
	return samples, nil
}

// Rules lists every loaded rule.
func (p *Prometheus) Rules(ctx context.Context) ([]Rule, error) {
	var data struct {
		Groups []struct {
			Rules []struct {
				Name, Type, Health, LastError, State string
				LastEvaluation                       time.Time
			}
		}
	}
	if err := p.get(ctx, "/api/v1/rules", &data); err != nil {
		return nil, fmt.Errorf("list rules: %w", err)
	}
	var rules []Rule
	for _, g := range data.Groups {
		for _, r := range g.Rules {
			rules = append(rules, Rule{
				Name: r.Name, Alert: r.Type == "alerting", Health: r.Health, Err: r.LastError,
				State: r.State, Evaluated: r.LastEvaluation,
			})
		}
	}
	return rules, nil
}

// WaitForScrapes returns when the target was scraped n more times and every
// rule was evaluated after the last of them.
func (p *Prometheus) WaitForScrapes(ctx context.Context, n int) error {
	ctx, cancel := context.WithTimeout(ctx, p.wait)
	defer cancel()
	began, seen := time.Now(), map[time.Time]bool{}
	var trouble error
	return p.until(ctx, &trouble, func() bool {
		var last time.Time
		if last, trouble = p.lastScrape(ctx); trouble != nil {
			return false
		}
		if len(seen) < n {
			if last.After(began) {
				seen[last] = true
			}
			if len(seen) < n {
				return false
			}
			began = last
		}
		var rules []Rule
		if rules, trouble = p.Rules(ctx); trouble != nil {
			return false
		}
		for _, r := range rules {
			if !r.Evaluated.After(began) {
				trouble = fmt.Errorf("rule %s is not evaluated yet", r.Name)
				return false
			}
		}
		return true
	})
}

// until asks ten times a second; Prometheus lives in real time and tells
// nobody when it is done.
func (p *Prometheus) until(ctx context.Context, trouble *error, done func() bool) error {
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-tick.C:
		case <-ctx.Done():
			return fmt.Errorf("wait for prometheus: %w", errors.Join(context.Cause(ctx), *trouble))
		}
	}
	return nil
}

func (p *Prometheus) lastScrape(ctx context.Context) (time.Time, error) {
	var data struct {
		ActiveTargets []struct {
			Health, LastError string
			LastScrape        time.Time
		}
	}
	if err := p.get(ctx, "/api/v1/targets?state=active", &data); err != nil {
		return time.Time{}, fmt.Errorf("list targets: %w", err)
	}
	if len(data.ActiveTargets) != 1 {
		return time.Time{}, fmt.Errorf("it has %d targets, want 1", len(data.ActiveTargets))
	}
	target := data.ActiveTargets[0]
	if target.Health != "up" {
		return time.Time{}, fmt.Errorf("the target is %s: %s", target.Health, target.LastError)
	}
	return target.LastScrape, nil
}

// get decodes the data of one API answer into into.
func (p *Prometheus) get(ctx context.Context, path string, into any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, p.url+path, nil)
	if err != nil {
		return fmt.Errorf("make request: %w", err)
	}
	resp, err := p.client.Do(req)
	if err != nil {
		return fmt.Errorf("ask prometheus: %w", err)
	}
	defer resp.Body.Close()
	var answer struct {
		Status, Error string
		Data          json.RawMessage
	}
	if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
		return fmt.Errorf("decode answer (status %d): %w", resp.StatusCode, err)
	}
	if answer.Status != "success" {
		return errors.New(answer.Error)
	}
	if err := json.Unmarshal(answer.Data, into); err != nil {
		return fmt.Errorf("decode data: %w", err)
	}
	return nil
}
