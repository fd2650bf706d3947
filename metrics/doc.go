// Package metrics keeps the process's Prometheus registry and serves it on a
// listener of its own.
//
// The collectors themselves live beside the code that they measure: each
// package has a metrics.go whose newMetrics takes a [prometheus.Registerer],
// which the app gets from [Exporter.Registry]. The one exception is here, the
// recorder of [Dependencies], because the clients of Duo and of Twilio share
// its two families.
//
// # Rules for a metric
//
// ringback_<thing>_<unit>[_total], in seconds and bytes. Labels come from
// closed sets and every series is created at zero, since increase() cannot see
// a counter that is born at 1. Never a label from a person, a call, an address
// or an error's text.
//
// # The second listener
//
// /metrics, /healthz and /debug/pprof/ are for the people who run the line, not
// for the carrier; profiles show what the process is doing. Bind it where only
// they can reach it: it asks nobody who they are.
//
// # Files
//
// prometheus/ holds the alert and recording rules with their tests, grafana/
// the provisioned dashboard. docs/runbook.md says what to do about each alert.
// The package metricstest runs the rules and dashboards against a real
// Prometheus.
package metrics
