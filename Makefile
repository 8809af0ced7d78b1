# Every chore is a word. All it needs is Python 3.11 or later with venv, and make.
PYTHON ?= python3
ARGS ?=
BIN := .venv/bin
STAMP := .venv/.installed

# Where it is set, every process compiles all modules anew, and pytest every test: half of its time.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help install demo test test-postgresql lint audit drill bench clean
.DEFAULT_GOAL := help

help: ## show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-15s %s\n", $$1, $$2 }' Makefile

install: $(STAMP) ## build .venv: the package (editable) and the development tools, pinned

$(STAMP): setup.cfg pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "servicing needs Python 3.11 or later: make PYTHON=/path/to/python3.11")'
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt setuptools wheel
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt --no-build-isolation --editable '.[dev]'
	@touch $(STAMP)

demo: $(STAMP) ## a sample book walked through today: messages, tasks, a card
	$(BIN)/servicing demo

test: $(STAMP) ## the tests, three at a time since many wait; ARGS="-k walk" picks some
	$(BIN)/python -m pytest -n 3 --dist worksteal $(ARGS)

test-postgresql: $(STAMP) ## those that ran on SQLite alone, on PostgreSQL
	$(BIN)/python -m pytest -n 3 --dist worksteal --on postgresql $(ARGS)

lint: $(STAMP) ## style, format, types and the import rule
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

.venv/audit/.installed: $(STAMP) .ci/audit/tools.txt
	$(PYTHON) -m venv .venv/audit
	.venv/audit/bin/python -m pip install --quiet --disable-pip-version-check --no-deps --requirement .ci/audit/tools.txt
	@touch .venv/audit/.installed

audit: .venv/audit/.installed ## bandit, and the known vulnerabilities of all pinned packages
	.venv/audit/bin/bandit --quiet --configfile .ci/audit/bandit.toml --recursive cli.py policies servicing
	.venv/audit/bin/python .ci/audit/vulnerabilities.py

drill: $(STAMP) ## the long drills: kill it, fill the disk, run it twice at once; examples at random
	$(BIN)/python -m pytest --drills --hypothesis-profile=drill -n 3 --dist worksteal $(ARGS)

bench: $(STAMP) ## the benchmarks, each against its floor
	$(BIN)/python -m benchmarks $(ARGS)

clean: ## remove what these targets made: .venv, caches, builds, the demo
	rm -rf .venv build dist servicing.egg-info servicing-demo
	rm -rf .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name .git -prune -o -name __pycache__ -type d -prune -exec rm -rf {} +
