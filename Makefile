# The commands of omaspec. `make` alone says what there is.

GO      ?= go
VERSION ?= $(shell git describe --tags --always --dirty 2>/dev/null || echo dev)
LDFLAGS  = -s -w -X main.version=$(VERSION)

# The race detector needs a C compiler, which not every machine has.
RACE := $(shell command -v $$($(GO) env CC) >/dev/null && echo -race)

.DEFAULT_GOAL := help

.PHONY: help
help: ## Show this help
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: build
build: ## Build the omaspec binary
	CGO_ENABLED=0 $(GO) build -trimpath -ldflags '$(LDFLAGS)' -o bin/omaspec .

.PHONY: conformance
conformance: build ## Judge the embedded reference target, or TARGET=URL (in CI call the binary: make ends with 2 for every failure)
	./bin/omaspec run $(if $(filter undefined,$(origin TARGET)),,--target '$(TARGET)')

# The race detector would hold up the end of each of many processes by a second, in
# which nothing of ours runs.
export GORACE ?= atexit_sleep_ms=20

.PHONY: test
test: ## Vet, and run the tests that need nothing but Go, under the race detector; of the fault matrix a sample
	@$(if $(RACE),,echo 'left out: the race detector, since there is no C compiler')
	@echo 'judging one target in $(SAMPLE) of the fault matrix; make matrix judges all of them'
	@$(if $(RACE),echo 'under the race detector the longest loops take a sample; make matrix runs them whole')
	$(GO) test -vet=all -timeout 20m $(RACE) $$($(GO) list ./... | grep -v /suites/selftest)
	$(GO) test -vet=all -timeout 20m $(RACE) ./suites/selftest -args -sample $(SAMPLE)

# How many targets of the fault matrix there are for each that make test judges.
SAMPLE ?= 50

# The packages whose tests import that package of fixtures.
importing = grep -rl --include='*_test.go' '/fixtures/$(1)"' . | xargs -n 1 dirname | sort -u

.PHONY: matrix
matrix: ## Judge every target of the fault matrix, live and from its evidence, and run whole what make test samples
	$(GO) test -timeout 20m -count=1 ./suites/selftest $$($(call importing,race))

# The matrix comes first, since others are made of it. Of the two packages whose tests
# take long, those run that write something.
.PHONY: update
update: ## Write every generated and golden file anew; read the difference before you commit it
	$(GO) test -timeout 20m -count=1 -run '^TestMatrix$$' ./suites/selftest -update
	$(GO) test -count=1 -run '^TestScript$$' . -update
	$(GO) test -count=1 $$($(call importing,golden) | grep -vx -e . -e ./suites/selftest) -update

.PHONY: interop
interop: ## Run the tests with programs that are not ours, which .ci/run installs
	$(GO) test -count=1 -v -tags interop ./fixtures/interop
	$(GO) test -count=1 -v -tags interop ./suites/interop

.PHONY: browser
browser: ## Test report.html in Chromium, with axe-core from AXE=path/to/axe.min.js
	OMASPEC_AXE='$(AXE)' $(GO) test -count=1 -tags browser -run '^TestBrowser' ./reports

.PHONY: frameworks
frameworks: build ## Judge the endpoint in frameworks and behind proxies of other people, all or ONLY=express,nginx; installs what is missing
	$(GO) run ./fixtures/frameworks/run -omaspec ./bin/omaspec -only '$(ONLY)'

.PHONY: fuzz
fuzz: ## Fuzz every fuzz target for FUZZTIME (default 10s) each
	@set -e; for package in $$($(GO) list ./...); do \
	  for target in $$($(GO) test -list '^Fuzz' $$package | grep '^Fuzz' || true); do \
	    echo "$$package $$target"; \
	    $(GO) test -run '^$$' -fuzz "^$$target\$$" -fuzztime $(or $(FUZZTIME),10s) -fuzzminimizetime 1x $$package; \
	  done; done

.PHONY: bench
bench: build ## Measure whole runs against a program that judges nothing
	$(GO) run ./fixtures/bench -omaspec ./bin/omaspec

LINT = bin/golangci-lint-v2.15.0

$(LINT):
	GOBIN='$(CURDIR)/bin' $(GO) install github.com/golangci/golangci-lint/v2/cmd/golangci-lint@$(@:bin/golangci-lint-%=%)
	mv bin/golangci-lint $@

.PHONY: lint
lint: $(LINT) ## Run golangci-lint in the version that this file names
	$(LINT) run ./...
	$(LINT) run --build-tags interop,browser ./...

.PHONY: clean
clean: ## Remove what was built and the last run's reports
	rm -rf bin reports/latest
