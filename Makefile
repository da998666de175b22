# Everything is one command. Each needs only Python 3.11+ and make; the first one sets up .venv.
# Words after ARGS= go on to the program: make test ARGS="-k queue"

.DEFAULT_GOAL := help
.PHONY: help demo test test-all check format bench-gate lock wheel clean
.DELETE_ON_ERROR:

# The first Python on the path that is new enough, else plain python3 (and a clear line from the rule below).
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && exit; done; echo python3)
VENV := .venv
PY := $(VENV)/bin/python
# The lock files name everything, so pip resolves nothing and takes nothing whose hash is not there.
INSTALL := $(PY) -m pip --disable-pip-version-check -qq install --no-deps
UV ?= uv
ARGS ?=

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(VENV)/.stamp-run ## set up, then rehearse: a news item and an event to all four channels
	@$(PY) -m publisher demo $(ARGS)

# Files stay together, until one of the two has nothing left and takes half of what the other has. And Python keeps what
# it compiled, even where images of containers tell it not to: a hundred tests start the program.
PYTEST = PYTHONDONTWRITEBYTECODE= $(PY) -m pytest -n 2 --dist worksteal
test: $(VENV)/.stamp-dev ## set up, then run the tests (no root, no system packages)
	$(PYTEST) -m "not system and not long" $(ARGS)

test-all: $(VENV)/.stamp-dev ## all tests, with those that take long, or need chromium and chromedriver
	$(PYTEST) $(ARGS)

check: $(VENV)/.stamp-dev ## format, lint and types, changing nothing
	$(PY) -m ruff format --check --quiet .
	$(PY) -m ruff check --quiet .
	$(PY) -m mypy

format: $(VENV)/.stamp-dev ## rewrite the code as `make check` wants it
	$(PY) -m ruff check --quiet --fix .
	$(PY) -m ruff format --quiet .

# DATA is a folder of texts that is not ours to ship: bench/README.md says what it holds.
DATA ?=
bench-gate: $(VENV)/.stamp-dev ## how good the policy gate is: make bench-gate DATA=FOLDER
	@$(PY) -m bench.gate $(DATA) $(ARGS)

wheel: $(VENV)/.stamp-run ## build dist/*.whl and the source archive
	$(PY) -m hatchling build -d dist

# Take newer versions: make lock ARGS=--upgrade. Needs uv. No addresses go into the files, so any index serves.
LOCK = $(UV) pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header $(ARGS) pyproject.toml --extra build
lock: ## work out requirements*.lock anew from pyproject.toml
	$(LOCK) -o requirements.lock
	$(LOCK) --extra dev --extra reader --extra instagrapi -c requirements.lock -o requirements-dev.lock

clean: ## remove what these commands made (not the queue's data)
	rm -rf $(VENV) dist build reports .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(PY):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || { \
		echo "Python 3.11 or newer is needed. Say where it is: make PYTHON=/path/to/python3.11" >&2; exit 1; }
	@echo "Setting up .venv (once, about a minute)..."
	@$(PYTHON) -m venv --clear $(VENV) >$(VENV).log 2>&1 && rm -f $(VENV).log || { cat $(VENV).log >&2; rm -rf $(VENV) $(VENV).log; \
		echo "No environment could be made. On Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

# What the program needs, and the `publisher` command itself.
$(VENV)/.stamp-run: requirements.lock pyproject.toml | $(PY)
	@echo "Installing what the program needs..."
	@$(PY) -m pip --version >/dev/null 2>&1 || $(PY) -m ensurepip >/dev/null
	@$(INSTALL) --require-hashes -r requirements.lock
	@$(INSTALL) --no-build-isolation -e .
	@touch $@

# And what its developers need.
$(VENV)/.stamp-dev: requirements-dev.lock $(VENV)/.stamp-run
	@echo "Installing what the tests need..."
	@$(INSTALL) --require-hashes -r requirements-dev.lock
	@touch $@
