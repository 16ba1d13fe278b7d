# Kemai 客脉. `make help` lists what can be done.
.DEFAULT_GOAL := help
.PHONY: help run test test-sqlite test-postgres test-browser lint types format bench soak setup lock vendor pictures clean

help: ## list these targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | awk -F'\t' '{printf "  make %-14s %s\n", $$1, $$2}'

run: ## start with demonstration data on http://127.0.0.1:8000/ (KEMAI_PORT, KEMAI_DATA)
	@exec scripts/run.sh

test: ## every check and test: style, floors, types, SQLite, PostgreSQL, browser
	@exec scripts/test.sh

test-sqlite: ## the tests on SQLite alone
	@exec scripts/test.sh sqlite

test-postgres: ## the tests on PostgreSQL alone
	@exec scripts/test.sh postgres

test-browser: ## the tests in the browser alone
	@exec scripts/test.sh browser

soak: ## what takes hours: the whole permission matrix over HTTP, kill -9 fifty times, an hour of work (KEMAI_SOAK_MINUTES)
	@exec scripts/test.sh soak

lint: ## style, import rules, declarations, migrations
	@exec scripts/test.sh lint

types: ## mypy
	@exec scripts/test.sh types

format: setup ## put the code into shape
	@.venv/bin/ruff check --fix --quiet . ; .venv/bin/ruff format --quiet .

bench: ## the benchmarks (SIZE=1000000, ARGS="--database postgres …")
	@scripts/setup.sh dev
	@exec .venv/bin/python -m bench $(if $(SIZE),--sizes $(SIZE)) $(ARGS)

setup: ## .venv with everything that tests and checks need
	@scripts/setup.sh dev

lock: ## write requirements/*.txt anew from *.in
	@scripts/lock.sh

vendor: setup ## fetch the front end's parts from npm anew
	@.venv/bin/python scripts/vendor_assets.py

pictures: setup ## take the pictures of README and help from the running product
	@.venv/bin/python scripts/make_pictures.py

clean: ## remove what can be made again (.venv, caches); data/ stays
	@rm -rf .venv .cache build dist *.egg-info src/*.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
