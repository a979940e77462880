# Every target makes what it needs: a fresh clone takes Python with venv, make and a C compiler, and nothing else.
# `make help` lists the targets. PYTHON=... names the Python that .venv is made with.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --quiet --no-input --disable-pip-version-check install

# Kernels that check every index (SCHEDCORE_CHECKED=1) and those that do not have a stamp each, so that changing over
# rebuilds them.
CORES := $(shell getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)
FLAVOUR := $(if $(filter 1,$(SCHEDCORE_CHECKED)),checked,plain)
BUILT := $(VENV)/.built-$(FLAVOUR)
KERNELS := $(shell find src -name '*.pyx' -o -name '*.pxd')

# For Spark: what is here, or else gets installed; says what is missing where it cannot be.
JAVA = JAVA_HOME="$$($(BIN)/python tools/java.py)" && export JAVA_HOME

# pip, Cython and the tests share one environment and two cores: one thing at a time, also under `make -j`.
.NOTPARALLEL:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help
.PHONY: help demo test test-long test-sanitize test-faults fuzz bad-inputs audit test-calendars test-dateutil test-scan build lint types proto proto-check proto-release bench bench-service bench-rivals bench-check docs diagrams demo-spark demo-ray test-cluster dist-check clean

help: ## list the targets
	@sed -n 's/^\([a-z-]*\):[^#]*## /\1\t/p' Makefile | expand -t 16

demo: $(VENV)/.installed-cli ## build, then print when the team of examples/ is busy
	$(BIN)/schedcore freebusy examples/team/*.ics --from 2026-10-22 --to 2026-11-04 --tz Europe/Zurich

demo-spark: $(VENV)/.installed-spark ## 200,000 series to busy blocks on Spark, two workers, beside one thread alone
	$(JAVA) && $(BIN)/python -m examples.on_a_cluster spark

demo-ray: $(VENV)/.installed-ray ## the same on Ray
	$(BIN)/python -m examples.on_a_cluster ray

test: lint types proto-check ## lint, types, the contract and every test but the long ones (installs what they need)
	$(BIN)/python -m pytest --quiet --numprocesses $(CORES)

test-long: $(VENV)/.installed-test ## every test, with the long ones
	SCHEDCORE_LONG=1 $(BIN)/python -m pytest --quiet --numprocesses $(CORES) -m ''

test-cluster: $(VENV)/.installed-cluster ## the tests that need Spark and Ray: one answer, whatever it runs on
	$(JAVA) && $(BIN)/python -m pytest --quiet tests/cluster

# 1,000 rounds and 100 kills take half an hour on two cores; every other fault is made TIMES times.
ROUNDS ?= 1000
KILLS ?= 100
TIMES ?= 20
test-faults: $(VENV)/.installed-test ## everybody at once, and faults of every kind, on both stores (ROUNDS, KILLS, TIMES)
	SCHEDCORE_ROUNDS=$(ROUNDS) SCHEDCORE_KILLS=$(KILLS) SCHEDCORE_TIMES=$(TIMES) \
		$(BIN)/python -m pytest --quiet tests/faults -m ''

test-calendars: $(VENV)/.installed-test ## Calendar beside recurring-ical-events, on the calendars of its sdist (fetched)
	$(BIN)/python tools/calendar_suite.py

test-dateutil: $(VENV)/.installed-test ## python-dateutil's own tests of rrule, on schedcore.compat.dateutil (fetched)
	$(BIN)/python tools/dateutil_suite.py

test-scan: $(VENV)/.installed-test ## calendars read as bytes beside Calendar, on all calendars that can be had (fetched)
	$(BIN)/python tools/scan_suite.py

test-sanitize: $(VENV)/.installed-test ## the suite on kernels with the address and undefined-behaviour sanitizers (slow)
	$(BIN)/python tools/sanitize.py

SECONDS ?= 300
fuzz: $(VENV)/.installed-fuzz ## coverage-guided fuzzing of all that reads what strangers wrote, SECONDS=300 in all
	PYTHONPATH=tests $(BIN)/python -m fuzz $(SECONDS)

bad-inputs: $(VENV)/.installed-test ## try every bad input, and write the tables of docs/reliability.md
	$(BIN)/python tools/bad_inputs.py

audit: $(VENV)/.made ## known vulnerabilities of what is installed, where the advisories can be asked for
	$(BIN)/python tools/audit.py --strict

build: $(BUILT) ## compile the kernels in place

lint: $(VENV)/.installed-test ## ruff, cython-lint and import-linter
	$(BIN)/ruff check --quiet .
	PATH="$(abspath $(BIN)):$$PATH" cython-lint src
	$(BIN)/lint-imports --no-cache

types: $(VENV)/.installed-test ## mypy --strict on src
	$(BIN)/mypy

proto: $(VENV)/.installed-test $(VENV)/.proto ## generate src/schedcore/v1 from proto/
	$(BIN)/python tools/proto.py generate

proto-check: $(VENV)/.installed-test $(VENV)/.proto ## buf lint, buf breaking, and whether generated code is up to date
	$(BIN)/python tools/proto.py check

proto-release: $(VENV)/.installed-test ## keep the contract as a release has it: later ones must not break it
	$(BIN)/python tools/proto.py release

bench: $(VENV)/.installed-bench ## occurrences per second, beside dateutil and numpy.arange
	$(BIN)/python -m benchmarks

bench-rivals: $(VENV)/.installed-rivals ## the same, then all engines that can be had; writes results, picture and page
	$(BIN)/python -m benchmarks --write
	$(BIN)/python -m benchmarks.rivals
	$(BIN)/python -m benchmarks.plot
	$(BIN)/python -m benchmarks.page

bench-check: $(VENV)/.installed-bench ## name the ratios that fell by more than a third since the results were written
	$(BIN)/python -m benchmarks --check

bench-service: $(VENV)/.installed-test ## the service under load, beside an echo; writes results and page (ROUNDS=5)
	$(BIN)/python -m benchmarks.service --write

docs: $(VENV)/.installed-docs ## check the generated pages, build the site into docs/_build, check all links
	$(BIN)/python docs/generate.py --check
	$(BIN)/python -m sphinx --quiet --fail-on-warning --keep-going -b html docs docs/_build/html
	$(BIN)/python docs/links.py && $(BIN)/python docs/links.py docs/_build/html
	@echo "docs/_build/html/index.html"

diagrams: $(VENV)/.installed-cli ## draw docs/diagrams from the tables of transitions (takes Graphviz)
	@command -v dot >/dev/null || { echo "the diagrams cannot be drawn here: no dot; install Graphviz" >&2; exit 1; }
	$(BIN)/python docs/diagrams.py

dist-check: $(VENV)/.installed-test ## build sdist and wheel, and try both in empty environments (fetches)
	$(BIN)/python tools/dist_check.py

clean: ## remove .venv and everything else that was made
	rm -rf $(VENV) build dist docs/_build src/*.egg-info benchmarks/rivals/node_modules benchmarks/rivals/built
	find src -name '*.so' -o -name '*.pyd' -o -name '*.c' | xargs rm -f
	find . -name __pycache__ -prune | xargs rm -rf

# The environment, with what building needs and no more.
$(VENV)/.made: pyproject.toml
	@command -v $(PYTHON) >/dev/null || { echo "schedcore cannot be built here: no $(PYTHON); install Python 3.11 or newer, or say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) tools/preflight.py
	$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c "import tomllib; print(*tomllib.load(open('pyproject.toml', 'rb'))['build-system']['requires'], sep='\n')" > $(VENV)/build-requires.txt
	$(PIP) --upgrade -r $(VENV)/build-requires.txt
	@touch $@

# Editable installs leave a stale .so behind when a .pyx changes: this is what compiles. Cython does not notice a change
# of directives, so setup.py (or another flavour) forces it.
$(BUILT): $(VENV)/.made setup.py $(KERNELS)
	@$(BIN)/python tools/preflight.py
	$(BIN)/python setup.py --quiet build_ext --inplace --parallel $(CORES) $(if $(filter setup.py,$?),--force)
	@rm -f $(VENV)/.built-* && touch $@

# The generators have an environment of their own: tools/proto.py says why, and why these versions.
$(VENV)/.proto: Makefile | $(VENV)/.made
	@test -d $(VENV)/proto || $(PYTHON) -m venv $(VENV)/proto
	$(VENV)/proto/bin/python -m pip --quiet --no-input --disable-pip-version-check install \
		grpcio-tools==1.76.0 mypy-protobuf==5.1.0 'setuptools>=77'
	@touch $@

# One stamp for each set of extras. They share the environment: each only adds to it.
$(VENV)/.installed-cli: EXTRAS := cli
$(VENV)/.installed-test: EXTRAS := cli,test,lint
$(VENV)/.installed-fuzz: EXTRAS := cli,test,fuzz
$(VENV)/.installed-bench: EXTRAS := bench
$(VENV)/.installed-rivals: EXTRAS := bench,plot
$(VENV)/.installed-spark: EXTRAS := spark
$(VENV)/.installed-ray: EXTRAS := ray
$(VENV)/.installed-cluster: EXTRAS := cli,test,spark,ray
$(VENV)/.installed-docs: EXTRAS := docs
$(VENV)/.installed-%: pyproject.toml | $(BUILT)
	SCHEDCORE_KERNELS=0 $(PIP) --no-build-isolation -e '.[$(EXTRAS)]'
	@touch $@
