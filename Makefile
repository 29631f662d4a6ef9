# Two commands do everything on a fresh machine: `make demo` and `make test`.
.POSIX:
PYTHON ?= python3
BIN = .venv/bin

.PHONY: help env demo dist site test integrations workers fuzz mutation lint types layers declared secure check lock clean

help:
	@sed -n 's/^\([a-z]*\):.*## /  make \1\t/p' Makefile

env: .venv/.complete ## the isolated environment in .venv, from the locked versions

.venv/.complete: requirements/dev.txt pyproject.toml .ci/environment
	PYTHON="$(PYTHON)" sh .ci/environment

demo: env ## real ratings and recorded models, then a judge live on this machine; the pages land in demo/
	$(BIN)/alia-judge demo --out demo

test: env ## every test
	$(BIN)/python -m pytest -n auto --dist worksteal

dist: env ## wheel and sdist in dist/, the wheel tried in an empty environment
	rm -rf dist
	$(BIN)/python -m hatchling build -d dist
	$(BIN)/python tools/try_wheel.py dist

site: ## the documentation as pages in site/, its links checked, in an environment of its own (minutes)
	$(PYTHON) -m venv .venv-site
	.venv-site/bin/python -m pip install --quiet --only-binary :all: -r requirements/dev.txt
	.venv-site/bin/python -m pip install --quiet --no-build-isolation --editable . uv
	.venv-site/bin/uv pip install --quiet --python .venv-site/bin/python --group docs
	.venv-site/bin/mkdocs build --strict

fuzz: env ## bytes from anybody, many more than the tests try, and guided by coverage where atheris installs
	FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-20000} $(BIN)/python -m pytest tests/security/test_fuzz.py --timeout 0 -q
	-$(BIN)/python -m pip install --quiet --only-binary :all: --no-deps atheris
	$(BIN)/python tools/fuzz_guided.py --runs $${FUZZ_EXAMPLES:-20000}

integrations: env ## the integrations in the real tools, an environment each (many minutes, 3 GiB): TOOLS="mlflow inspect"; --check writes nothing
	$(BIN)/python tools/try_integrations.py $(TOOLS)

workers: env ## two to eight processes on one study: minutes on two cores, not part of `make test`
	$(BIN)/python -m pytest -m workers tests/compiling

mutation: env ## a sample of mutants of the core, each tried on the tests that run it: MUTANTS="--sample 60 --seed 0 --write"
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --python $(BIN)/python --group mutation
	$(BIN)/python tools/mutate.py $(MUTANTS)

lint: env ## ruff's linter and formatter
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: env ## mypy, strict
	$(BIN)/mypy

layers: env ## the one-way imports
	$(BIN)/lint-imports

declared: env ## every package that is imported is declared
	$(BIN)/deptry alia_judge

secure: env ## bandit; what it is told to pass over says why where it stands
	$(BIN)/bandit -q -r alia_judge -c pyproject.toml

check: test lint types layers declared secure ## what .ci/run runs

lock: env ## resolve the locked versions anew
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-header --no-annotate --extra embedded --extra excel --extra postgres --group test pyproject.toml -o requirements/dev.txt
	$(BIN)/python tools/try_integrations.py --lock

clean: ## remove the environment and everything generated
	rm -rf .venv .venv-integrations .venv-site demo dist site benchmarks/out .mypy_cache .ruff_cache .pytest_cache .hypothesis
