# Two commands do all the set-up: `make run` opens the page, `make test` runs the whole suite.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP = $(BIN)/python -m pip install --quiet --disable-pip-version-check
# How many processes run the tests; 0 for one, as where they share a GPU.
WORKERS ?= 2

.PHONY: run test lint lock clean

run: $(VENV)/.run
	$(BIN)/python app.py

test: $(VENV)/.test
	@tests/install-chromium
	$(BIN)/python -m pytest --numprocesses $(WORKERS) $(ARGS)

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# The newest versions that requirements.txt and pyproject.toml allow, locked if the whole suite passes on them.
lock: clean
	$(MAKE) test CONSTRAINT=
	$(BIN)/python tools/lock.py

# torch first and by itself: pip then takes the build for this machine.
CONSTRAINT ?= --constraint requirements.lock

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit("hymt needs Python 3.11 or newer" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: pyproject.toml requirements.txt requirements.lock | $(BIN)/python
	$(PIP) torch==2.13.0
	$(PIP) $(CONSTRAINT) --editable .
	touch $@

$(VENV)/.test: $(VENV)/.run
	$(PIP) $(CONSTRAINT) --editable '.[dev]'
	touch $@

clean:
	rm -rf $(VENV)
