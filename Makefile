PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.PHONY: run test install check docs bench clean

run: install
	$(BIN)/lhb run configs/experiments/ketamine.yaml

test: install
	$(BIN)/python -m pytest -n auto --dist loadfile

check: install
	$(BIN)/ruff check .
	$(BIN)/mypy

docs: install
	$(BIN)/python -m pip install --quiet --editable '.[docs]'
	$(BIN)/python -m sphinx -W --keep-going -q -b html docs docs/_build/html

bench: install
	$(BIN)/python -m pip install --quiet --editable '.[bench]'
	$(BIN)/python benchmarks/compare_simulators.py
	$(BIN)/python benchmarks/precision.py
	$(BIN)/python benchmarks/growth.py
	$(BIN)/python benchmarks/convergence.py
	$(BIN)/python benchmarks/sweep_cost.py
	$(BIN)/python benchmarks/circuit_size.py
	$(BIN)/python benchmarks/start_time.py

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml
	@echo "setting up $(VENV): lhb_model and what it stands on, once, a minute or two"
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade pip
	$(BIN)/python -m pip install --quiet --editable '.[test]'
	touch $@

clean:
	rm -rf $(VENV) docs/_build docs/reference/generated build *.egg-info
