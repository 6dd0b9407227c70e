# `make screen` and `make test` install what they need into $(VENV) and work from a fresh clone.
VENV ?= .venv
PYTHON ?= python3
BIN := $(VENV)/bin
PACKAGES := structures workflows analysis
# One test process per core, each with one thread; four load as much memory as a laptop has.
SIDE_BY_SIDE := -n auto --maxprocesses 4

.PHONY: screen test test-fast test-cluster lint types format clean

screen: $(VENV)/.run
	$(BIN)/lithicoat screen --preset quick

test: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE) -m "not cluster"

test-fast: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest $(SIDE_BY_SIDE)

# On a SLURM that is up; .ci/cluster starts one. One after the other: they share its two cores.
test-cluster: $(VENV)/.dev
	OMP_NUM_THREADS=1 $(BIN)/python -m pytest -m cluster

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/lint-imports

# The namespace is a mapping in pyproject.toml; a folder of links shows it to the type checker.
types: $(VENV)/.dev
	mkdir -p build/types/lithicoat
	for folder in $(PACKAGES); do ln -sfn ../../../$$folder build/types/lithicoat/$$folder; done
	MYPYPATH=build/types $(BIN)/mypy

format: $(VENV)/.dev
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache

$(BIN)/python:
	@echo "lithicoat: making a virtual environment in $(VENV)"
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml constraints.txt | $(BIN)/python
	@echo "lithicoat: installing (a few minutes the first time)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable .
	touch $@

$(VENV)/.dev: pyproject.toml constraints.txt | $(BIN)/python
	@echo "lithicoat: installing with the developers' tools (a few minutes the first time)"
	$(BIN)/python -m pip install --quiet --constraint constraints.txt --editable ".[dev]"
	touch $@
