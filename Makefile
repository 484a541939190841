# Both commands first set up what is missing, in .venv; later calls skip that.

PYTHON ?= python3

.PHONY: learn test

learn: .venv/.ready  ## run your code until it meets the next piece to write
	@.venv/bin/learn

test: .venv/.ready  ## test the project, and the pieces that you have written
	@.venv/bin/python -m pytest -m "not slow" -n auto --maxprocesses 4

.venv/.ready: pyproject.toml constraints.txt
	@$(PYTHON) scripts/set_up.py
