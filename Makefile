# Everything a newcomer does: `make book` builds the book, `make test` tests all of it.
PROFILE ?= smoke
IMPRINT := .venv/bin/imprint

.PHONY: help book test bench figures looks setup tex browser lint freeze clean

help:
	@echo "make book                website, PDFs and notebooks, sample data, under build/"
	@echo "make book PROFILE=full   the same with real data and published parameters"
	@echo "make test                all tests; the whole book is one of them"
	@echo "make bench               measure against jupyter-book and d2lbook, about half an hour"
	@echo "make looks               pictures of the built book, under build/looks"
	@echo "make clean               delete what was built; results of notebooks are kept"

book: setup tex
	$(IMPRINT) build --profile $(PROFILE)

test: setup tex browser lint
	$(IMPRINT) sync --check
	.venv/bin/python -m pytest

# Side by side with jupyter-book and d2lbook, on a quiet machine; CASES="trivial text" for some.
bench: setup
	.venv/bin/python -m benchmarks $(CASES)

# Both environments; does nothing where they are as the requirements say.
setup: .venv/bin/imprint
	@tools/setup libraries
	@$(IMPRINT) environments

.venv/bin/imprint: tools/imprint/pyproject.toml constraints.txt
	@tools/setup venv
	.venv/bin/python -m pip install --quiet --disable-pip-version-check \
	  --constraint constraints.txt --editable tools/imprint
	@touch $@

# TeX and Chromium from the system's packages, where this user may install them.
tex:
	@tools/setup tex

browser:
	@tools/setup browser

lint:
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .

# Drawings that follow from numbers, written into chapters/img.
figures: setup
	.venv/bin/python -m tools.figures

# Pictures of the site and of a PDF, as they were built, to be looked at: under build/looks.
looks: setup browser
	.venv/bin/python tools/looks.py

# Write down every resolved version after a change of requirements.
freeze:
	tools/setup freeze .venv constraints.txt
	tools/setup freeze .venv-mxnet constraints-mxnet.txt

clean:
	$(IMPRINT) clean
