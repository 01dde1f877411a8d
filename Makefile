# Everything a newcomer needs: `make demo` and `make test`.
# Set-up installs Debian's packages where something is missing: node, npm, PostgreSQL, Mosquitto, Chromium, Chinese fonts.

CARGO ?= cargo
BIN := target/release/firebreak
PEOPLE ?= 1000000
export FIREBREAK_BENCH_PYTHON ?= $(CURDIR)/target/bench-python/bin/python
ADDRESS ?= 127.0.0.1:8080

.PHONY: demo test test-rust test-ui test-screens lint bench build ui setup fmt

## the main job, embedded, in the browser
demo: build
	$(BIN) demo --people $(PEOPLE) --address $(ADDRESS)

## everything that must hold
test: setup ui test-rust test-ui test-screens

build: ui
	$(CARGO) build --release --locked -p firebreak

## the web app, which the program carries inside
ui: ui/dist/index.html

ui/node_modules/.package-lock.json: ui/package.json ui/package-lock.json
	cd ui && npm ci --no-audit --no-fund
	touch $@

UI_SOURCES := $(shell find ui/src ui/public -type f 2>/dev/null) ui/index.html ui/vite.config.ts
ui/dist/index.html: ui/node_modules/.package-lock.json $(UI_SOURCES)
	cd ui && npm run build

## what the tests need and a fresh machine may lack
setup:
	./scripts/setup

test-rust:
	$(CARGO) test --release --locked --workspace

test-ui: ui/node_modules/.package-lock.json
	cd ui && npm run check && npm test

## the browser, in both languages, on a desk and on a phone, against a real demo
test-screens: build
	./scripts/test-screens

lint:
	$(CARGO) fmt --all --check
	$(CARGO) clippy --release --locked --workspace --all-targets -- -D warnings
	./scripts/tidy

fmt:
	$(CARGO) fmt --all

bench: build
	$(CARGO) test --release --locked -p journal -p registry --test rates -- --ignored --nocapture --test-threads=1
