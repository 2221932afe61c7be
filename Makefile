# Two commands to know: make run, make test. make help lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALL = $(BIN)/pip install --quiet --no-deps --require-hashes -r
TEST = $(BIN)/python -m pytest -q -n 2 --dist loadfile --no-loadscope-reorder
OURSELVES = $(BIN)/pip install --quiet --no-deps --no-build-isolation -e .

.DEFAULT_GOAL := help
.PHONY: help run test test-long lint format up dev docs validation bench fuzz mutants lock clients clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/run.stamp: requirements.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) requirements.lock
	$(OURSELVES)
	touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(INSTALL) requirements-dev.lock
	$(OURSELVES)
	touch $@ $(VENV)/run.stamp

run: $(VENV)/run.stamp  ## Build an edition from what is on disk and say what is in it
	@$(BIN)/cpower build

up: $(VENV)/run.stamp  ## Serve the Dagster UI and its daemon on http://127.0.0.1:3000
	@$(BIN)/cpower up

dev: up  ## The same as up

test: $(VENV)/dev.stamp  ## Run the tests but the long ones
	$(TEST) -m "not long"

test-long: $(VENV)/dev.stamp  ## Run the long tests: editions anew, killed processes, browser, server, office suite
	@.ci/browser.sh
	@.ci/office.sh
	$(TEST) -m long

lint: $(VENV)/dev.stamp  ## Check code, types, layers, SQL and generated documents
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/sqlfluff lint --processes 2 sql
	$(BIN)/python -m docs.generate --check

format: $(VENV)/dev.stamp  ## Put code and SQL in their form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/sqlfluff fix --processes 2 sql

docs: $(VENV)/dev.stamp  ## Write the generated documents anew
	$(BIN)/python -m docs.generate

validation: $(VENV)/dev.stamp  ## See on made-up populations whether intervals cover, and write what was found
	$(BIN)/python -m tests.validation

bench: $(VENV)/dev.stamp  ## Measure what the engine costs beside its goals (ARGS="--quick"), and the slow parts beside plain ways
	@$(BIN)/python -m tests.bench $(ARGS)

fuzz: $(VENV)/dev.stamp  ## Feed every parser with broken files for an hour and keep what teaches something
	$(BIN)/python -m tests.fuzz

mutants: $(VENV)/dev.stamp  ## Break the statistics part by part and see whether a test notices (hours)
	$(BIN)/python -m tests.macro_mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results

lock:  ## Resolve the dependencies anew (needs uv)
	uv pip compile pyproject.toml --quiet --extra build --universal --python-version 3.11 \
		--no-strip-extras --generate-hashes --no-emit-index-url --no-header -o requirements.lock
	uv pip compile pyproject.toml --quiet --extra build --extra dev --universal --python-version 3.11 \
		--no-strip-extras --generate-hashes --no-emit-index-url --no-header -o requirements-dev.lock

clients: $(VENV)/run.stamp  ## Open the current edition with DuckDB 1.2 to 2.0 in Python, Node and WebAssembly
	.ci/clients.sh var/published/current

clean:  ## Remove the environment and everything that was built
	rm -rf $(VENV) var build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
