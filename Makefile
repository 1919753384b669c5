# make run    everything, at http://127.0.0.1:8000/
# make test   everything that is checked before a change goes in
# make bench  how long REST takes, SCALE=22 for some 20,000 devices; then how long the power chain
#             takes to reckon, at 1,000 to 100,000 devices (make bench-power: that alone), and the
#             reckoning of capacity (make bench-capacity), the placement finder to find places
#             (make bench-placement), the rules of alerts (make bench-alerts), and what the history
#             costs bulk writes (make bench-history)
# make bench-pages  how long pages take until they are seen, in Chromium
# make screenshots  the pictures of pages in README and docs, anew

SHELL := /bin/sh
# Tests start many processes, and each would compile everything anew.
unexport PYTHONDONTWRITEBYTECODE
VENV := .venv
BIN := $(VENV)/bin
PYTEST_ARGS ?= -n 2 --dist worksteal

.PHONY: run test lint types imports migrations pytest bench bench-power bench-capacity bench-placement bench-alerts bench-history bench-pages screenshots lock clean venv

run: $(VENV)/base.installed
	@exec $(BIN)/python -m headroom.supervisor

# What needs no test goes two at a time: the types alone take most of a minute of one processor.
test: $(VENV)/test.installed
	@$(MAKE) --no-print-directory -j 2 types lint imports migrations
	@$(MAKE) --no-print-directory pytest

lint: $(VENV)/test.installed
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/test.installed
	$(BIN)/mypy

imports: $(VENV)/test.installed
	$(BIN)/lint-imports

migrations: $(VENV)/test.installed
	DJANGO_SETTINGS_MODULE=tests.settings $(BIN)/python manage.py makemigrations --check --dry-run

pytest: $(VENV)/test.installed
	$(BIN)/python -m pytest $(PYTEST_ARGS)

SCALE ?= 1
BENCH_ARGS ?=
bench: $(VENV)/base.installed
	$(BIN)/python -m bench --scale $(SCALE) $(BENCH_ARGS)
	$(BIN)/python -m bench.power $(POWER_ARGS)
	$(BIN)/python -m bench.capacity $(CAPACITY_ARGS)
	$(BIN)/python -m bench.placement $(PLACEMENT_ARGS)
	$(BIN)/python -m bench.alerts $(ALERTS_ARGS)
	$(BIN)/python -m bench.history $(HISTORY_ARGS)

bench-power: $(VENV)/base.installed
	$(BIN)/python -m bench.power $(POWER_ARGS)

bench-capacity: $(VENV)/base.installed
	$(BIN)/python -m bench.capacity $(CAPACITY_ARGS)

bench-alerts: $(VENV)/base.installed
	$(BIN)/python -m bench.alerts $(ALERTS_ARGS)

bench-history: $(VENV)/base.installed
	$(BIN)/python -m bench.history $(HISTORY_ARGS)

bench-pages: $(VENV)/test.installed
	$(BIN)/python -m bench.paint --scale $(SCALE) $(PAGES_ARGS)

screenshots: $(VENV)/test.installed
	$(BIN)/python -m frontend.screenshots

bench-placement: $(VENV)/base.installed
	$(BIN)/python -m bench.placement $(PLACEMENT_ARGS)

# A stamp is a copy of the lock file it was installed from.
$(VENV)/%.installed: requirements/%.txt | venv
	@cmp -s $< $@ || { \
	  echo "Installing $< ..."; \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-input \
	    --require-hashes -r $< && cp $< $@; }
	@touch $@

venv:
	@if ! [ -x $(BIN)/pip ] || ! $(BIN)/python -c '' 2>/dev/null; then \
	  for python in python3 python3.14 python3.13 python3.12 python3.11; do \
	    if $$python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then \
	      echo "Creating a virtual environment with $$($$python --version) ..."; \
	      rm -rf $(VENV); \
	      $$python -m venv $(VENV) && exit 0; \
	      rm -rf $(VENV); \
	      echo "$$python cannot create a virtual environment (on Debian: apt install python3-venv)." >&2; \
	      exit 1; \
	    fi; \
	  done; \
	  echo "Python 3.11 or newer is needed and was not found." >&2; \
	  exit 1; \
	fi

# Needs uv. Versions move only when the .in files or this command's day say so.
lock:
	cd requirements && for name in base test ldap; do \
	  uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --output-file $$name.txt $$name.in || exit 1; done

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
