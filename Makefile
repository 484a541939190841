# All commands first set up what is missing, in .venv; later calls skip that.

PYTHON ?= python3

.PHONY: learn test see notebooks

learn: .venv/.ready  ## run your code until it meets the next piece to write
	@.venv/bin/python -m scripts.learn

test: .venv/.ready  ## test the project, and the pieces that you have written
	@.venv/bin/python -m pytest -m "not slow" -n auto --maxprocesses 4

see: .venv/.ready  ## train three models with their norms in different places, and draw what happens
	@.venv/bin/python -m scripts.norm_placement

notebooks: .venv/.notebooks  ## open the notebooks in JupyterLab, on this machine only
	@.venv/bin/jupyter lab --ip=127.0.0.1 notebooks

.venv/.notebooks: .venv/.ready
	@echo "Installing JupyterLab (once) ..."
	@.venv/bin/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[notebooks]'
	@touch $@

# An environment that came here with its folder still has the old place in it.
ifneq ($(shell cat .venv/.place 2>/dev/null),$(CURDIR))
.PHONY: .venv/.ready
endif

.venv/.ready: pyproject.toml constraints.txt scripts/set_up.py
	@$(PYTHON) scripts/set_up.py
