# Everything here needs Python 3.11 or newer and make; the rest is installed into .venv.
# Another Python: make PYTHON=python3.12

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed

APP_PORT ?= 8000
SANDBOX_PORT ?= 8081
export APP_PORT SANDBOX_PORT ONCE
# Without compiled files every process would compile all of our code anew, and pytest rewrite all
# tests: half a second for each command, ten for each process of tests.
unexport PYTHONDONTWRITEBYTECODE

# PYTEST_ARGS reaches both runs of `make test`: make test PYTEST_ARGS="tests/pim -k page"
PYTEST := $(BIN)/python -m pytest -n 2 --dist worksteal --forbid-skips $(PYTEST_ARGS)
# `make test` goes through each room once, on the database that tells more about it, in a few
# minutes: `make test-runs` has the tests that take a catalog through several whole runs each, a
# fifth of those that need PostgreSQL and four fifths of their time, and `make test-slow` the slow
# ones. `make test-databases` has each that asks for a database on the other one.
ON_POSTGRESQL := tests/catalogs tests/connections tests/enrichment tests/sync
WITHOUT_DATABASE := tests/channels tests/outbound tests/pim tests/sandbox
QUICK := -m "not slow and not whole_runs"
NOT_SLOW := -m "not slow"

ROOMS := akeneo_app pages sync enrichment catalogs connections channels pim outbound
CHECKED := $(ROOMS) sandbox bench tests scripts
TEMPLATES := $(wildcard $(foreach depth,* */* */*/* */*/*/*,templates/$(depth).html))

.DEFAULT_GOAL := help
.PHONY: help demo run test test-runs test-databases test-slow test-faults test-channels test-pages \
  soak screenshots migrate bench bench-media bench-pages messages lock clean lint lint-style \
  lint-types lint-layers lint-security lint-templates lint-migrations lint-deployment lint-holes

help:
	@echo "make demo         a sandbox PIM, the app and a small shop, connected and synced"
	@echo "make test         the tests, on SQLite and on a real PostgreSQL and Redis"
	@echo "make test-runs    catalogs that are taken through several whole runs"
	@echo "make test-databases  each of both on the other database"
	@echo "make test-slow    processes that are killed, calls and answers that are lost, long sequences"
	@echo "make test-faults  every fault at every step of a run"
	@echo "make test-channels  adapters against real shops, such as Vendure (installs it once)"
	@echo "make test-pages   the pages in a real Chromium: people's ways, accessibility, Akeneo's rules"
	@echo "make screenshots  pictures of the pages, into docs/pages"
	@echo "make soak         20 minutes of random faults and kills (docs/reliability.md)"
	@echo "make run          the app alone: web, worker and scheduler"
	@echo "make migrate      bring the database up to date"
	@echo "make lint         style, types, layers, security, templates, migrations, deployment, known holes"
	@echo "make bench        the benchmark"
	@echo "make messages     collect the texts to translate, and compile what was translated"
	@echo "make bench-media  pictures of 10,000 products, counted and measured"
	@echo "make bench-pages  the speed of every page with a million listings"
	@echo "make lock         write requirements*.txt anew (UPGRADE=--upgrade takes the newest)"
	@echo "make clean        remove .venv and what tools leave behind (var/ stays)"

$(INSTALLED): requirements.txt requirements-dev.txt scripts/install.py
	@command -v $(PYTHON) >/dev/null || \
	  { echo "There is no $(PYTHON). Install Python 3.11 or newer, or name one: make PYTHON=…" >&2; exit 1; }
	@$(PYTHON) scripts/install.py $(VENV) requirements-dev.txt

demo: $(INSTALLED)
	@$(BIN)/python scripts/demo.py

run: $(INSTALLED)
	@$(BIN)/python scripts/run.py

migrate: $(INSTALLED)
	@$(BIN)/python manage.py migrate

test: $(INSTALLED)
	@echo "== Tests on SQLite"
	@TEST_DATABASE=sqlite $(PYTEST) $(if $(PYTEST_ARGS),,$(QUICK) $(addprefix --ignore=,$(ON_POSTGRESQL)))
	@echo "== Tests on PostgreSQL and Redis"
	@TEST_DATABASE=postgresql $(PYTEST) $(if $(PYTEST_ARGS),,$(QUICK) $(ON_POSTGRESQL))

test-runs: $(INSTALLED)
	@echo "== Whole runs, on PostgreSQL and Redis"
	@TEST_DATABASE=postgresql $(PYTEST) -m "whole_runs and not slow"

test-databases: $(INSTALLED)
	@echo "== Tests on SQLite of what is tested on PostgreSQL"
	@TEST_DATABASE=sqlite $(PYTEST) $(NOT_SLOW) --about-databases $(ON_POSTGRESQL)
	@echo "== Tests on PostgreSQL and Redis of what is tested on SQLite"
	@TEST_DATABASE=postgresql $(PYTEST) $(NOT_SLOW) --about-databases $(addprefix --ignore=,$(ON_POSTGRESQL) $(WITHOUT_DATABASE))

test-slow: $(INSTALLED)
	@echo "== Slow tests that are about SQLite"
	@TEST_DATABASE=sqlite $(PYTEST) -m "slow and only_on"
	@echo "== Slow tests on PostgreSQL and Redis"
	@TEST_DATABASE=postgresql $(PYTEST) -m slow

# Every fault at every step, which `make test` leaves out.
test-faults: $(INSTALLED)
	@echo "== Faults, on PostgreSQL and Redis"
	@TEST_DATABASE=postgresql $(PYTEST) tests/faults

# Real shops, which `make test` leaves out: they are installed from elsewhere, once, into .cache.
test-channels: $(INSTALLED)
	@echo "== Channels against real shops, on PostgreSQL and Redis"
	@TEST_DATABASE=postgresql $(PYTEST) tests/shops

# A real browser, which `make test` leaves out. On a machine of CI that has none it is installed.
test-pages: $(INSTALLED)
	@echo "== Pages in Chromium, on PostgreSQL and Redis"
	@$(BIN)/python -m tests.browser.chromium
	@TEST_DATABASE=postgresql $(PYTEST) tests/browser

screenshots: $(INSTALLED)
	@$(BIN)/python -m tests.browser.chromium
	@TEST_DATABASE=postgresql $(PYTEST) tests/browser/take_screenshots.py

# SOAK_ARGS: make soak SOAK_ARGS="--minutes 3 --seed 7"
soak: $(INSTALLED)
	@$(BIN)/python -m tests.soak $(SOAK_ARGS)

# `make -k lint` goes on after a failure.
lint: lint-style lint-types lint-layers lint-security lint-templates lint-migrations \
  lint-deployment lint-holes

lint-style: $(INSTALLED)
	@echo "== Style"
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .

lint-types: $(INSTALLED)
	@echo "== Types"
	@$(BIN)/mypy $(CHECKED)

lint-layers: $(INSTALLED)
	@echo "== Layers"
	@$(BIN)/lint-imports --no-logo

# Its warnings are about excuses inside of longer statements; what it finds goes to the output.
lint-security: $(INSTALLED)
	@echo "== Security of the code"
	@$(BIN)/bandit --quiet --recursive $(ROOMS) sandbox scripts manage.py gunicorn.conf.py 2>/dev/null

lint-templates: $(INSTALLED)
	@echo "== Templates"
ifneq ($(TEMPLATES),)
	@$(BIN)/djade --check --target-version 5.2 $(TEMPLATES)
	@$(BIN)/djhtml --check $(TEMPLATES)
endif

lint-migrations: $(INSTALLED)
	@echo "== Migrations"
	@DEBUG=1 DATABASE_URL=sqlite://:memory: \
	  $(BIN)/python manage.py makemigrations --check --dry-run

lint-deployment: $(INSTALLED)
	@echo "== Settings of a deployment"
	@$(BIN)/python scripts/check_deployment.py

lint-holes: $(INSTALLED)
	@echo "== Known holes in dependencies"
	@$(BIN)/python scripts/audit.py requirements.txt

# BENCH_ARGS: make bench BENCH_ARGS="--products 5000 --only speed"
bench: $(INSTALLED)
	@$(BIN)/python -m bench $(BENCH_ARGS)

# Texts for translators: docs/languages.md.
messages: $(INSTALLED)
	@$(BIN)/python scripts/translations.py

# BENCH_ARGS: make bench-media BENCH_ARGS="--products 2000"
bench-media: $(INSTALLED)
	@$(BIN)/python -m bench.media $(BENCH_ARGS)

# BENCH_ARGS: make bench-pages BENCH_ARGS="--listings 100000 --only held --verbose"
bench-pages: $(INSTALLED)
	@$(BIN)/python -m bench.pages $(BENCH_ARGS)

lock: $(INSTALLED)
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 $(UPGRADE) \
	  requirements.in -o requirements.txt
	@$(BIN)/uv pip compile --quiet --generate-hashes --universal --python-version 3.11 $(UPGRADE) \
	  requirements-dev.in -o requirements-dev.txt

clean:
	rm -rf $(VENV) .cache/migrated staticfiles .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
