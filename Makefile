# `make` alone explains what there is to make.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:

BIN := .venv/bin
# What mypy and ruff look at; a folder that is not there yet is left out.
TYPED := watchbill $(wildcard bench sim proof)
JOBS ?= 2
ARGS ?=

##@ Run it

.PHONY: setup demo demo-once

setup: ## Make .venv with exactly the locked packages; nothing to do if they are there
	@scripts/setup run

demo: setup ## Start Watchbill with a made-up team, its database and some trouble
	@$(BIN)/watchbill demo

demo-once: setup ## The same story told once, then stop
	@$(BIN)/watchbill demo --once

##@ Change it

.PHONY: test check lint format types contracts pytest setup-test system bench faults planted proof ratchet reference lock clean

test: setup-test system check pytest ## Everything that must hold: checks, then the whole suite

check: lint types contracts ## The quick half of `make test`: style, types, who may import whom

lint: setup-test
	@echo "== style"
	@$(BIN)/ruff check --quiet .
	@$(BIN)/ruff format --check --quiet . || { echo "Not formatted as above: run 'make format'."; exit 1; }

format: setup-test ## Format the code, and mend what can be mended by itself
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

types: setup-test
	@echo "== types"
	@$(BIN)/mypy $(TYPED)

contracts: setup-test
	@echo "== who may import whom"
	@$(BIN)/lint-imports

# ARGS goes to pytest: make pytest ARGS="-n0 -k gap"
pytest: setup-test
	@echo "== tests"
	@$(BIN)/python -m pytest -n $(JOBS) $(ARGS)

setup-test:
	@scripts/setup test

system:
	@scripts/system-for-tests

bench: setup-test ## Measure what it costs on this machine
	@scripts/system-for-tests bench
	@$(BIN)/python -m bench

# ARGS goes there: make faults ARGS="--fault kill-nodes --times 20", or ARGS=--list
faults: setup-test ## Break all that can break under load: kills, outages, partitions; about 15 minutes
	@$(BIN)/python -m tests.faults $(ARGS)

# ARGS goes there: make planted ARGS="--only no-fence-in-the-lease"
planted: setup-test ## Put bugs into copies of Watchbill, and see that each is caught; about 6 minutes
	@$(BIN)/python -m tests.planted $(ARGS)

# ARGS goes there: make proof ARGS=--quick
proof: setup-test ## Run all that shows whether a page is lost, and write docs/reliability.md; 40 minutes
	@$(BIN)/python -m proof $(ARGS)

ratchet: setup-test ## Write down what has got better, so that it stays so
	@$(BIN)/python -m tests.architecture.ratchet

reference: setup-test ## Write docs/reference/ again from the code
	@$(BIN)/python scripts/reference

lock: setup-test ## Make the lock files again from pyproject.toml; UPGRADE=1 takes the newest versions
	@$(BIN)/python scripts/lock

clean: ## Remove what the targets above have made; the demo's data folder stays
	@rm -rf .venv build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

##@ Find your way

.PHONY: help

help: ## Show this list
	@awk -v terminal=$$([ -t 1 ] && echo 1 || echo 0) -f scripts/help.awk $(MAKEFILE_LIST)
