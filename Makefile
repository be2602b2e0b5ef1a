# Everything is set up by the targets themselves: `make demo` and `make test` need Python ≥ 3.10,
# pip and make, nothing else.  PYTHON=... chooses another interpreter.

PYTHON ?= $(shell command -v python3 || command -v python)
BIN := .venv/bin
# Relative paths throughout: the folder's own path may have spaces in it.
export PIP_DISABLE_PIP_VERSION_CHECK := 1
# Python compiles what is imported, and only that.
export PIP_NO_COMPILE := 1

.DEFAULT_GOAL := help
.PHONY: help demo nist gallery claims notebooks errata test lint bench fuzz docs clean

help:  ## show this list
	@sed -n 's/^\([a-z]*\):.*## /\1\t/p' Makefile | while IFS="$$(printf '\t')" read -r name what; do \
	printf '  make %-8s %s\n' "$$name" "$$what"; done

demo: .venv/demos  ## the notes' network, differentiated and trained; then every other demo
	@$(BIN)/python demos/networks/two_layer_network.py
	@echo && echo 'The other demos, one by one:'
	@$(BIN)/python demos/run_all.py

nist: .venv/demos  ## fits beside the certified values of NIST's 27 regression problems
	@$(BIN)/python demos/data/nist.py

gallery: .venv/demos  ## every figure of the notes, with its numbers, on one page: demos/out/index.html
	@$(BIN)/python -X utf8 demos/gallery.py

claims: .venv/demos  ## the claims of the notes, each with the number that shows it; writes docs/claims.md
	@$(BIN)/python -X utf8 demos/claims.py --write

notebooks: .venv/test  ## run the three notebooks and store what their cells give
	@$(BIN)/python -X utf8 demos/notebooks.py

errata: .venv/test  ## what is wrong in the lecture notes; writes docs/errata.md
	@$(BIN)/python -X utf8 demos/errata.py --write

test: .venv/test  ## every test and every example in the documentation
	@$(BIN)/python -m pytest -q -n auto --dist loadscope

lint: .venv/dev  ## formatting, style and types
	@$(BIN)/python -m ruff format --check .
	@$(BIN)/python -m ruff check .
	@$(BIN)/python -m mypy

bench: .venv/bench $(if $(PEERS),.venv/peers)  ## speed and memory beside others, in docs/performance.md; QUICK=1, PEERS=1
	@$(BIN)/python -m tests.bench $(if $(QUICK),--quick)

fuzz: .venv/test  ## random cases of everything against independent referees; MINUTES=10
	@$(BIN)/python -m tests.fuzz --minutes $(or $(MINUTES),10)

docs: .venv/test  ## write the README's table and pictures anew
	@$(BIN)/python docs/build.py

clean:  ## remove what the targets above have made
	rm -rf .venv build dist *.egg-info demos/out .pytest_cache .mypy_cache .ruff_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# One stamp for each set of extras: installed once, and again when pyproject.toml changes.
.venv/%: pyproject.toml | .venv/pyvenv.cfg
	@echo "installing autograd_lite with its extra: $*"
	@$(BIN)/python -m pip install --quiet --editable '.[$*]'
	@touch '$@'

.venv/pyvenv.cfg:
	@test -n '$(PYTHON)' || { echo 'Python 3.10 or newer is needed: no python3 on PATH'; exit 1; }
	@'$(PYTHON)' -c 'import sys; sys.exit(sys.version_info < (3, 10))' || \
	{ echo 'Python 3.10 or newer is needed; choose one with make PYTHON=...'; exit 1; }
	@'$(PYTHON)' -m venv .venv || \
	{ echo 'the venv module is needed (on Debian: apt install python3-venv)'; rm -rf .venv; exit 1; }
