BOTH := ./... ./partnercenter/...

.DEFAULT_GOAL := help
.PHONY: run check test fmt lint interop bench chaos powercut soak help

run: ## serve the demo world on 127.0.0.1:4177
	go run ./cmd/provost dev

test: ## run every test of both modules
	go test $(BOTH)

check: ## everything that CI checks
	.ci/run

fmt: ## format every Go file
	gofmt -w .

lint: ## run golangci-lint over both modules
	.ci/run lint

interop: ## try the sign-in libraries of other hands against a server
	interop/run

bench: ## measure requests and writes against bare servers and databases (needs wrk; pgbench for PostgreSQL), and write docs/benchmarks.md
	go run ./bench/speed -write docs/benchmarks.md

chaos: ## kill servers and databases under load, and look for what is lost (SHORT=1: a minute of it)
	go run ./bench/chaos $(if $(SHORT),-short) $(CHAOS)

powercut: ## cut the power under load 200 times, and look for what is lost (root, Linux)
	cd bench/powercut && GOWORK=off go run . $(POWERCUT)

soak: ## 60 s for each fuzz target, 10,000 checks for each property
	FUZZTIME=60s RAPID_CHECKS=10000 .ci/run fuzz rapid

help: ## show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)
