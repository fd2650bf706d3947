# `make test` needs nothing but Go, and adds what it misses; `make check` is
# what CI runs. Each target says what it does: `make help`.

SHELL       := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

# The linters are pinned in a module file of their own, which keeps their 200
# indirect modules out of the product's go.mod. The first use builds them.
TOOL     := go tool -modfile=.ci/tools.mod
PACKAGES ?= ./... ./.ci/tally
# Where the closing line of the tests also goes, for .ci/run.
SUMMARY  ?=
FUZZTIME ?= 10s
# Random walks that hash: a million steps without the race detector, which slows
# them down tenfold, beside fewer with it.
WALKS    := ^TestRandomWalks$$

.PHONY: help
help: ## list the targets
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: demo
demo: ## the whole world in a box, in real time
	go run ./cmd/ringback demo

.PHONY: test
test: ## all tests with the race detector; installs the servers they start
	@.ci/install test
	@{ failed=0; \
	    go test -race -shuffle=on -vet=off -timeout 15m -json $(PACKAGES) || failed=1; \
	    go test -run '$(WALKS)' -vet=off -timeout 5m -json ./ivr/caller || failed=1; \
	    exit $$failed; } \
	  | go run ./.ci/tally $(if $(SUMMARY),-summary $(SUMMARY))

.PHONY: check
check: ## what CI runs: linters, drift of go.mod, alert rules, tests
	@.ci/run

.PHONY: lint
lint: ## formatting, go vet, golangci-lint (staticcheck among it); all three, always
	@status=0; \
	  bad=$$($(TOOL) gofumpt -l . .ci/tally | sort -u) || status=1; \
	  if [ -n "$$bad" ]; then printf 'not gofumpt-clean (make fmt):\n%s\n' "$$bad"; status=1; fi; \
	  go vet $(PACKAGES) || status=1; \
	  $(TOOL) golangci-lint run $(PACKAGES) || status=1; \
	  exit $$status

.PHONY: fmt
fmt: ## format everything
	$(TOOL) golangci-lint fmt $(PACKAGES)

.PHONY: rules
rules: ## Prometheus' own opinion of its config and our alert rules
	@.ci/install test
	promtool check config --syntax-only metrics/prometheus/prometheus.yml
	promtool check rules --lint=all --lint-fatal metrics/prometheus/rules.yml
	promtool test rules metrics/prometheus/rules_test.yml metrics/prometheus/rules_slow_test.yml

.PHONY: vuln
vuln: ## known vulnerabilities in what we call, where the database can be reached
	@.ci/vuln

.PHONY: bench
bench: ## benchmarks, to bench.txt as well
	@.ci/install test
	go test -run '^$$' -bench . -benchmem -timeout 30m ./... | tee bench.txt

.PHONY: fuzz
fuzz: ## every fuzz target for FUZZTIME each
	@.ci/fuzz $(FUZZTIME)

.PHONY: cover
cover: ## statements covered by tests, per package and over all
	@.ci/install test
	go test -coverpkg=./... -coverprofile=cover.out -timeout 15m ./... | awk '/coverage:/ { print $$2, $$5 }'
	go tool cover -func=cover.out | tail -n 1
