# make run    the explorer, in the browser       (PORT=8501; ADDRESS=0.0.0.0 lets the whole class in)
# make test   every test, browser tests included (WORKERS=3; PYTEST="tests/model -x" for a part)
# make lint   ruff's checks and formatting       make bench   the measurements of benchmarks/

PYTHON ?= python3
PORT ?= 8501
ADDRESS ?= 127.0.0.1
WORKERS ?= 3
PYTEST ?=

VENV := .venv
BIN := $(VENV)/bin
CHROMIUM ?= $(firstword $(foreach name,chromium chromium-browser google-chrome google-chrome-stable,$(shell command -v $(name) 2>/dev/null)))

.DEFAULT_GOAL := help
.PHONY: help run test lint bench environment dev-environment chromium

help:
	@sed -n '/^# make/s/^# //p' $(firstword $(MAKEFILE_LIST))

# Many visitors mean many threads: with an arena of memory for each, much of what they have freed stays taken (glibc).
run: environment
	@MALLOC_ARENA_MAX=2 $(BIN)/python -m streamlit run app.py --server.port $(PORT) --server.address $(ADDRESS)

# One thread for each worker: the models are small. Three workers keep two cores busy, since a browser test mostly waits.
test: chromium dev-environment
	@CHROMIUM="$(CHROMIUM)" OMP_NUM_THREADS=1 $(BIN)/python -m pytest -n $(WORKERS) --dist worksteal $(PYTEST)

lint: dev-environment
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m ruff format --check .

bench: chromium dev-environment
	@$(BIN)/python -m benchmarks.decoding
	@$(BIN)/python -m benchmarks.lines
	@CHROMIUM="$(CHROMIUM)" $(BIN)/python -m benchmarks.interaction

environment:
	$(call install,requirements.txt,requirements.txt)

dev-environment:
	$(call install,requirements-dev.txt,requirements.txt requirements-dev.txt)
	@cp requirements.txt $(VENV)/installed-requirements.txt

chromium:
	@test -x "$(CHROMIUM)" || { \
	  echo "The browser tests need Chromium or Chrome on the PATH: install it (Debian: apt install chromium)," \
	       "or say where it is: make $(MAKECMDGOALS) CHROMIUM=/path/to/chrome" >&2; exit 1; }

# $(call install,FILE,PARTS): the environment with FILE's packages. What was installed is remembered beside them as
# text, so that pip runs only when one of PARTS (FILE and what it includes) has changed, or was interrupted.
define install
	@$(create_venv)
	@cat $(2) | cmp -s - $(VENV)/installed-$(1) || { \
	  echo "Installing $(1) into $(VENV): a few minutes the first time."; \
	  rm -f $(VENV)/installed-$(1); \
	  $(BIN)/python -m pip install --quiet --disable-pip-version-check -r $(1) \
	    && cat $(2) > $(VENV)/installed-$(1) \
	    || { echo "The installation of $(1) failed: see pip's message above, then run make again." >&2; exit 1; }; }
endef

define create_venv
$(BIN)/python -c "" 2>/dev/null || { \
	  command -v "$(PYTHON)" >/dev/null || { \
	    echo "Python 3.11 or newer is needed, and there is no $(PYTHON) on the PATH." >&2; exit 1; }; \
	  "$(PYTHON)" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	    echo "Python 3.11 or newer is needed, and $(PYTHON) is $$("$(PYTHON)" --version 2>/dev/null || echo not usable):" \
	         "name a newer one with make $(MAKECMDGOALS) PYTHON=python3.11" >&2; exit 1; }; \
	  "$(PYTHON)" -m venv --clear $(VENV) || { \
	    rm -rf $(VENV); \
	    echo "$(PYTHON) could not create $(VENV) (Debian: apt install python3-venv)." >&2; exit 1; }; }
endef
