# Two commands: `make run` and `make test`. Both set up what they need the first time.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
UV := $(shell command -v uv 2>/dev/null)
export UV_PYTHON_DOWNLOADS = never

.PHONY: run test test-long bench messages clean

run: $(VENV)/.run
	@$(BIN)/heroes serve --simulate-if-empty $(ARGS)

test: $(VENV)/.test
	@$(BIN)/python -m pytest -n auto --dist loadfile $(ARGS)

test-long: $(VENV)/.test
	@$(BIN)/python -m pytest -m long $(ARGS)

bench: $(VENV)/.test
	@$(BIN)/python -m benchmarks.pages
	@$(BIN)/python -m benchmarks.survival
	@$(BIN)/python -m benchmarks.intake
	@$(BIN)/python -m benchmarks.forecast

messages: $(VENV)/.run
	@$(BIN)/python -m heroes.locale.update

clean:
	rm -rf $(VENV) build *.egg-info

$(BIN)/python:
	$(if $(UV),$(UV) venv $(VENV),$(PYTHON) -m venv $(VENV))

$(VENV)/.run: requirements.txt pyproject.toml | $(BIN)/python
	$(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check) -r requirements.txt
	$(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check) --no-deps --editable .
	@touch $@

$(VENV)/.test: requirements-test.txt $(VENV)/.run
	$(if $(UV),$(UV) pip install --python $(BIN)/python,$(BIN)/python -m pip install --quiet --disable-pip-version-check) -r requirements-test.txt
	@touch $@
