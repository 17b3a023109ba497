# Two commands: `make demo` and `make test`. Both make their own virtual environment on first use.
PYTHON ?= python3
VENV ?= .venv
COMFYUI := $(firstword $(foreach place,$(COMFYUI_PATH) ../.. $(HOME)/comfy/ComfyUI,$(if $(wildcard $(place)/comfy/sd.py),$(abspath $(place)))))
# The reference's whole set of numbers, where it stands beside the project.
FULL_GOLDEN ?= $(wildcard ../shared/golden)

BIN := $(VENV)/bin
PYTEST := $(BIN)/python -m pytest
READY := $(VENV)/.ready

.PHONY: demo test lint core web host browser golden format clean

demo: $(READY)
	$(BIN)/python -m tora_core.toy

test: lint core web host browser golden

lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

# A process a core, each computing on one: files of tests go to whoever is free.
core: $(READY)
	OMP_NUM_THREADS=1 $(PYTEST) tests/core -n auto --dist loadfile

# The editor: types, its tests, and a build that must equal the committed one (installs run no npm).
web: node_modules/.ready
	npx tsc --noEmit
	npx vitest run
	npx vite build --logLevel warn
	git diff --exit-code --stat web/js

node_modules/.ready: package-lock.json
	npm ci --no-audit --no-fund
	touch $@

# Host tests run in the host's own dependencies, so they are added once a ComfyUI is found.
host: $(READY)
ifeq ($(COMFYUI),)
	@echo "host tests skipped: no ComfyUI at COMFYUI_PATH, two folders up or ~/comfy/ComfyUI"
else
	@echo "host tests run in $(COMFYUI)"
	$(BIN)/pip install -q -r $(COMFYUI)/requirements.txt
	COMFYUI_PATH=$(COMFYUI) $(PYTEST) tests/host
endif

# In a process of its own: Playwright's loop and the host's asyncio do not share one.
browser: $(READY)
ifeq ($(and $(COMFYUI),$(shell command -v chromium)),)
	@echo "browser tests skipped: they need a ComfyUI and Debian's chromium"
else
	COMFYUI_PATH=$(COMFYUI) $(PYTEST) tests/browser
endif

golden: $(READY)
ifeq ($(FULL_GOLDEN),)
	@echo "full golden tests skipped: no ../shared/golden"
else
	TORA_GOLDEN=$(abspath $(FULL_GOLDEN)) $(PYTEST) tests/core tests/host -k "reference or layout"
endif

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) node_modules demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(READY): requirements.txt requirements-train.txt requirements-dev.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -q -r requirements-dev.txt
	touch $@
