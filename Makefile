# Two commands to know: make run, make test. make help lists the rest.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV = .ci/uv --quiet
INSTALL = echo "Installing $$(grep -c '^[^ \#]*==' $<) packages of $<" && \
	$(UV) pip install --python $(BIN)/python --no-deps --require-hashes -r $< && \
	$(UV) pip install --python $(BIN)/python --no-deps --no-build-isolation -e .
LOCK = $(UV) pip compile --universal --python-version 3.11 --no-strip-extras --generate-hashes --no-emit-index-url --no-header
TEST = $(BIN)/python -m pytest -q --dist loadfile --no-loadscope-reorder

# Without compiled modules every process of a test compiles the project, and every worker the tests, anew.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help run test test-long lint format up dev docs validation bench bench-spark bench-scale fuzz mutants lock clients clean

help:  ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

$(VENV)/uv.stamp: requirements-installer.lock
	@echo "Making the environment in $(VENV)"
	@test -x $(BIN)/pip || $(PYTHON) -m venv --clear $(VENV)
	@$(BIN)/pip install --quiet --no-deps --require-hashes -r $<
	@touch $@

$(VENV)/run.stamp: requirements.lock pyproject.toml $(VENV)/uv.stamp
	@$(INSTALL)
	@touch $@

$(VENV)/dev.stamp: requirements-dev.lock pyproject.toml $(VENV)/uv.stamp
	@$(INSTALL)
	@touch $@ $(VENV)/run.stamp

$(VENV)/spark.stamp: requirements-spark.lock $(VENV)/dev.stamp
	@.ci/java.sh
	@$(INSTALL)
	@touch $@

run: $(VENV)/run.stamp  ## Build an edition from what is on disk and say what is in it
	@echo "Building an edition from what is on disk"
	@$(BIN)/cpower build

up: $(VENV)/run.stamp  ## Serve the Dagster UI and its daemon on http://127.0.0.1:3000
	@$(BIN)/cpower up

dev: up  ## The same as up

test: $(VENV)/dev.stamp  ## Run the tests but the long ones
	$(TEST) -n 2 -m "not long"

test-long: $(VENV)/spark.stamp  ## Run the long tests: editions anew, killed processes, browser, server, office suite
	@.ci/browser.sh
	@.ci/office.sh
	@.ci/postgres.sh
	@.ci/azurite.sh
# Of the time of these tests a third is waiting for servers and schedules, so two cores can do three at once.
	$(TEST) -n 3 -m long

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
	@$(BIN)/python -m tests.benchmark $(ARGS)

bench-spark: $(VENV)/spark.stamp  ## Make the tables of awards with DuckDB and with Spark, and compare them (ARGS="100000 1000000")
	@$(BIN)/python -m tests.benchmark.spark $(ARGS)

bench-scale: $(VENV)/dev.stamp  ## Measure what one more of each thing that grows costs, and simulate a year (ARGS="builds readers")
	@$(BIN)/python -m tests.benchmark.scale $(ARGS)

fuzz: $(VENV)/dev.stamp  ## Feed every parser with broken files for an hour and keep what teaches something
	$(BIN)/python -m tests.fuzz

mutants: $(VENV)/dev.stamp  ## Break the statistics part by part and see whether a test notices (hours)
	$(BIN)/python -m tests.macro_mutants
	$(BIN)/mutmut run
	$(BIN)/mutmut results

lock: $(VENV)/uv.stamp  ## Resolve the dependencies anew
	$(LOCK) pyproject.toml --extra build -o requirements.lock
	$(LOCK) pyproject.toml --extra build --extra postgres --extra s3 --extra kubernetes -c requirements.lock -o requirements-server.lock
	$(LOCK) pyproject.toml --extra build --extra dev -o requirements-dev.lock
	echo pyspark | $(LOCK) - -c requirements-dev.lock -o requirements-spark.lock
	echo uv | $(LOCK) - -o requirements-installer.lock

clients: $(VENV)/run.stamp  ## Open the current edition with DuckDB 1.2 to 2.0 in Python, Node and WebAssembly
	.ci/clients.sh var/published/current

clean:  ## Remove the environment and everything that was built
	rm -rf $(VENV) var build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache *.egg-info
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
