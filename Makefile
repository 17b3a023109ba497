# Two commands: `make demo` and `make test`. Both create their own virtual environment on first use.
PYTHON ?= python3
VENV ?= .venv
COMFYUI := $(firstword $(foreach place,$(COMFYUI_PATH) ../.. $(HOME)/comfy/ComfyUI,$(if $(wildcard $(place)/comfy/sd.py),$(abspath $(place)))))
# The full set of reference numbers, if it is beside the project.
FULL_GOLDEN ?= $(wildcard ../shared/golden)

BIN := $(abspath $(VENV))/bin
PYTEST := $(BIN)/python -m pytest
# One process per core, each with one thread. A free process takes the next tests, or the next file of tests.
BY_TEST := OMP_NUM_THREADS=1 $(PYTEST) -n auto
BY_FILE := $(BY_TEST) --dist loadfile
DEMO_READY := $(VENV)/.ready-demo
READY := $(VENV)/.ready
TYPES := .types/comfyui_tora
FRONTENDS ?= 1.30.0 1.40.0 1.45.21 1.53.6
HANDS := tests/browser/test_editor_hands.py tests/browser/test_timeline.py
WORKFLOW_TESTS := tests/browser/test_workflow_layout.py tests/browser/test_app_view.py
EDITOR_TESTS := tests/browser/test_editor.py tests/browser/test_editor_in_comfyui.py tests/browser/test_results.py $(HANDS)

.PHONY: demo test lint core web host gpu hosts browser frontends golden fuzz generate pictures format clean

demo: $(DEMO_READY)
	$(BIN)/python -m tora_lab.toy

test: lint core web host browser golden

# The pack is a package only inside ComfyUI, so mypy sees nodes/ through links, under the pack's name.
lint: $(READY)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	mkdir -p $(TYPES)
	ln -sfn ../../__init__.py $(TYPES)/__init__.py
	ln -sfn ../../nodes $(TYPES)/nodes
	ln -sfn ../../tora_core $(TYPES)/tora_core
	$(BIN)/mypy & other=$$!; (cd .types && $(BIN)/mypy --config-file ../pyproject.toml -p comfyui_tora); \
	  this=$$?; wait $$other && exit $$this

core: $(READY)
	$(BY_FILE) tests/core tests/lab tests/fuzz/test_texts.py
	$(BIN)/python -m pytest -c tests/pytest.ini --rootdir . --doctest-modules tora_core/paths

# The editor: types, its tests, and a build that must equal web/js (installs run no npm).
web: node_modules/.ready
	npx tsc --noEmit
	npx vitest run
	npx vite build --logLevel warn --outDir node_modules/.editor
	diff -r node_modules/.editor web/js

node_modules/.ready: package-lock.json
	npm ci --no-audit --no-fund
	touch $@

# Host tests run with the host's own dependencies, which are added once a ComfyUI is found.
host: $(READY)
ifeq ($(COMFYUI),)
	@echo "host tests skipped: no ComfyUI at COMFYUI_PATH, two folders up or ~/comfy/ComfyUI"
else
	@echo "host tests run in $(COMFYUI)"
	$(BIN)/pip install -q -r $(COMFYUI)/requirements.txt -c constraints.txt
	COMFYUI_PATH=$(COMFYUI) $(BY_FILE) tests/host tests/fuzz/test_nodes.py
endif

# About 5 minutes on one NVIDIA card, no download. It writes gpu_report.md.
gpu: $(READY)
	@if $(BIN)/python -c "import sys, torch; sys.exit(not torch.cuda.is_available())"; then \
	  COMFYUI_PATH=$(COMFYUI) $(PYTEST) tests/gpu; else echo "GPU tests skipped: no CUDA on this machine"; fi

# The host tests on several ComfyUIs: make hosts COMFYUI_PATHS=~/comfy/0.22:~/comfy/0.33
hosts: $(READY)
	COMFYUI_PATHS=$(COMFYUI_PATHS) $(BIN)/python -m scripts.run_hosts

# In processes of its own: Playwright's loop and the host's asyncio do not share one. By test, because all tests of a
# renderer come after another: each process opens a page once per renderer.
browser: $(READY)
ifeq ($(and $(COMFYUI),$(shell command -v chromium)),)
	@echo "browser tests skipped: they need a ComfyUI and Debian's chromium"
else
	COMFYUI_PATH=$(COMFYUI) $(BY_TEST) tests/browser
	$(MAKE) .frontends/newest && TORA_FRONTEND=.frontends/newest COMFYUI_PATH=$(COMFYUI) $(BY_TEST) $(HANDS) $(WORKFLOW_TESTS)
endif

# The editor with older and newer clients of ComfyUI, from PyPI.
frontends: $(READY) $(addprefix .frontends/,$(FRONTENDS))
	for each in $(FRONTENDS); do echo "frontend $$each"; \
	  TORA_FRONTEND=.frontends/$$each COMFYUI_PATH=$(COMFYUI) $(BY_TEST) $(EDITOR_TESTS) || failed=1; done; test -z "$$failed"

.frontends/newest: $(READY)
	$(BIN)/pip install -q --no-deps --upgrade --target $@ comfyui-frontend-package
	touch $@

.frontends/%:
	$(BIN)/pip install -q --no-deps --target $@ comfyui-frontend-package==$*

# 100,000 damaged texts and 5,000 node calls. TORA_FUZZ_SEED chooses others.
fuzz: $(READY)
	TORA_FUZZ_PROFILE=fuzz TORA_FUZZ_TEXTS=100000 TORA_FUZZ_CALLS=5000 COMFYUI_PATH=$(COMFYUI) $(PYTEST) tests/fuzz

golden: $(READY)
ifeq ($(FULL_GOLDEN),)
	@echo "full golden tests skipped: no ../shared/golden"
else
	TORA_GOLDEN=$(abspath $(FULL_GOLDEN)) $(BY_TEST) tests/core tests/lab tests/host -k "reference or layout"
endif

# Writes what is generated from the code: the editor's presets, English node texts, the pages of settings.
generate: $(READY)
	$(BIN)/python -m scripts.write_presets
	$(BIN)/python -m scripts.write_settings_pages
	$(BIN)/python -m scripts.write_locales $(COMFYUI)

# Draws the pictures of the documentation anew. scripts/record_editor.py makes README's first picture.
pictures: $(READY)
	$(BIN)/python -m scripts.write_examples
	$(BIN)/python -m scripts.write_thumbnails
	$(BIN)/python -m tora_lab.toy.gallery

format: $(READY)
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

clean:
	rm -rf $(VENV) .types .frontends node_modules demo .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(DEMO_READY): requirements.txt requirements-demo.txt constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install -q --upgrade pip
	$(BIN)/pip install -q -r requirements-demo.txt -c constraints.txt
	touch $@

$(READY): $(DEMO_READY) requirements-lab.txt requirements-dev.txt
	$(BIN)/pip install -q -r requirements-dev.txt -c constraints.txt
	touch $@
