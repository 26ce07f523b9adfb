# Everything a person or CI runs here. `make help` lists it.
JOBS ?= 2
SECONDS ?= 60
PRODUCTS ?= 1000000
export JOBS

.DEFAULT_GOAL := help
.PHONY: help bootstrap build release up import-real down test generate generate-check format lint bench-rpc \
  bench-postgres bench-redis bench-edge bench-mesh \
  screenshots test-sanitize test-operate images test-images fuzz clean

help: ## list these targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-15s %s\n", $$1, $$2}' Makefile

bootstrap: ## install what is missing: system packages, .venv
	@dev/bootstrap.sh

build: ## debug build of everything, tests too; a warning in our own code is an error
	swift build --build-tests -j $(JOBS)

release: ## optimised build of the executables
	@dev/release.sh

up: ## the whole mesh on this machine with the demo market, or with DATA=DIR; BUILD=debug for the debug build
	@DATA='$(DATA)' dev/up.sh

import-real: ## the whole mesh on the catalogues in DATA=DIR (docs/import.md); the same as up with DATA
	@test -n '$(DATA)' || { echo 'import-real: say where the catalogues are: make import-real DATA=DIR' >&2; exit 2; }
	@DATA='$(DATA)' dev/up.sh

down: ## stop what `make up` started; data stays
	@python3 dev/mesh.py down

test: ## everything that CI runs: bootstrap, lint, generated code, build, unit, integration and end-to-end tests
	@dev/test.sh

generate: ## rebuild everything under Generated/ from proto/
	@dev/generate.sh

generate-check: ## fail if what is under Generated/ is not what proto/ gives
	@dev/generate.sh --check

format: ## format Swift sources in place
	@dev/format.sh

lint: ## check the format of Swift sources and the syntax of scripts
	@dev/format.sh --check

screenshots: ## pictures of every page in .run/screenshots; ARGUMENTS=http://HOST:PORT for pages that run already
	@.venv/bin/python dev/screenshots.py $(ARGUMENTS)

bench-rpc: ## measure the RPC runtime beside gRPC C++ and nghttpd; ARGUMENTS="--json FILE …"
	@dev/bench-rpc.sh $(ARGUMENTS)

bench-redis: ## measure the Redis client beside redis-benchmark; ARGUMENTS="--json FILE …"
	@dev/bench-redis.sh $(ARGUMENTS)

bench-edge: ## measure the gateway's kept answers beside nginx; ARGUMENTS="--json FILE …"
	@dev/bench-edge.sh $(ARGUMENTS)

bench-postgres: ## measure the PostgreSQL client beside pgbench and psql; ARGUMENTS="--json FILE …"
	@dev/bench-postgres.sh $(ARGUMENTS)

bench-mesh: ## measure the whole mesh with PRODUCTS (1000000); ARGUMENTS="--reuse --json FILE …"
	@dev/bench-mesh.sh --products $(PRODUCTS) $(ARGUMENTS)

test-sanitize: ## tests of what wraps C under AddressSanitizer with LeakSanitizer, then under ThreadSanitizer
	@dev/sanitize.sh

fuzz: ## run each fuzz target for SECONDS (60)
	@dev/fuzz.sh $(SECONDS)

images: ## build the images with buildah; BINARIES=DIR takes programs from there
	@dev/images.sh

test-images: ## what `make images` has built: in podman's containers by compose.yaml and the manifests; needs root
	@dev/test-images.sh

test-operate: ## manifests, compose files and scripts by real tools; Prometheus beside the mesh; restore and fail-over drills
	@dev/test-operate.sh
	@dev/test-monitoring.sh

clean: ## remove everything that was built
	rm -rf .build .build-* Benchmarks/rpc/grpc-cpp/build
