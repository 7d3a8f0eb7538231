# The menu of this repository: `make` lists what there is, and CI calls the same targets.
# It needs make, a POSIX shell and Python 3.11 or newer; everything else is installed into .venv.

PYTHON ?= python3
PYTEST_ARGS ?=

VENV := .venv
BIN := $(VENV)/bin
# Each stamp is as old as the last installation from its file, so an unchanged file costs nothing.
RUN_STAMP := $(VENV)/.requirements-installed
DEV_STAMP := $(VENV)/.requirements-dev-installed

# The settings of a demonstration, unless there is a .env with others. Whatever the environment or
# the command line says comes first.
ifeq ($(wildcard .env),)
SETTINGS := DEBUG="$${DEBUG:-True}" DB_URI="$${DB_URI:-sqlite:///movr.db}"
endif
# The port that the command line or the environment names, else .env, else the default.
DOTENV_PORT := $(shell sed -n 's/^PORT=//p' .env 2>/dev/null | tail -n 1)
SHOWN_PORT = $(or $(PORT),$(DOTENV_PORT),8000)
FLASK := env $(SETTINGS) $(BIN)/flask --app server
# What these print is the same whatever the settings, so those of this machine stay out of it.
PRINT := env DEBUG=True DB_URI=sqlite:///movr.db PYTHONUTF8=1 $(BIN)/flask --app server
# Pipenv works in .venv like everything else, whatever environment happens to be active, and leaves
# the settings in .env to the application. It only reads the lock, so it need not know of an index;
# the one that pip is configured with would count as a change of the Pipfile.
PIPENV := env PIPENV_VENV_IN_PROJECT=1 PIPENV_IGNORE_VIRTUALENVS=1 PIPENV_DONT_LOAD_ENV=1 \
	PIPENV_VERBOSITY=-1 PIPENV_NOSPIN=1 PIP_CONFIG_FILE=/dev/null $(BIN)/pipenv
NEW_ENOUGH := -c 'import sys; sys.exit(sys.version_info < (3, 11))'

.DEFAULT_GOAL := help
.PHONY: help run regions seed test test-slow check lint types templates scripts drift lock-check deploy-check growth load bench-cpu bench-regions failures lighthouse screenshots format lock style schema settings catalogue clean
# The parts of `check` run one after another even under -j, so that their reports do not mix and
# the tests come last.
.NOTPARALLEL:

help: ## Show this menu
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: $(RUN_STAMP) ## Serve MovR with demonstration data on port 8000 (another: make run PORT=9000)
	@$(FLASK) upgrade-db
	@$(FLASK) seed --if-empty
	@echo
	@echo "  MovR is at http://127.0.0.1:$(SHOWN_PORT) - log in as demo with the password demo-rides."
	@echo "  Stop it with Ctrl-C."
	@echo
	@exec env $(SETTINGS) $(BIN)/gunicorn -c web/gunicorn.py server:app

regions: $(RUN_STAMP) ## Serve three regions behind nginx on port 8080 (another: make regions LB_PORT=9080)
	@exec env $(SETTINGS) $(BIN)/python -m deploy.nginx.regions

seed: $(RUN_STAMP) ## Add demonstration data to the database that `make run` uses
	@$(FLASK) upgrade-db
	@$(FLASK) seed

# Whole suites run on all cores, in three processes for two of them (tests/conftest.py), file by file in
# the order of their folders, so that the longest do not come last; a part of one runs in one process,
# with less ado.
ON_ALL_CORES := -n auto --dist loadfile --no-loadscope-reorder

test: $(DEV_STAMP) ## Run the tests that need no server and no browser (a part: make test PYTEST_ARGS=tests/unit)
	@$(BIN)/pytest $(QUICK_COVERAGE) $(or $(PYTEST_ARGS),$(ON_ALL_CORES) -m "not slow")

test-slow: $(DEV_STAMP) ## Run all other tests: servers, browsers, races, kills, upgrades, deployment
	@$(BIN)/pytest $(SLOW_COVERAGE) $(or $(PYTEST_ARGS),$(ON_ALL_CORES) -m slow)

# What is covered by the first half counts for both, and the second half says whether it is enough.
check: QUICK_COVERAGE := --cov --cov-report= --cov-fail-under=0
check: SLOW_COVERAGE := --cov --cov-append
check: lint types templates scripts drift lock-check deploy-check test test-slow ## Run everything that CI runs, the tests with coverage last

lint: $(DEV_STAMP) ## Check the Python code with ruff
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check

types: $(DEV_STAMP) ## Check the types with mypy
	@$(BIN)/mypy

templates: $(DEV_STAMP) ## Check the templates with djlint
	@$(BIN)/djlint templates --lint --quiet
	@$(BIN)/djlint templates --check --quiet

# Deno keeps what it remembers in .venv, and does not ask the network for a newer version of itself.
DENO := env DENO_DIR=$(VENV)/.deno DENO_NO_UPDATE_CHECK=1 $(BIN)/deno
# Two rules would have no script name its window, for Deno itself has none. Browsers do.
scripts: $(DEV_STAMP) ## Check the scripts of the pages with deno, and run their unit tests
	@$(DENO) lint --no-config --rules-include=eqeqeq,no-console \
		--rules-exclude=no-window,no-window-prefix static/js tests/scripts
	@$(DENO) test --no-config --no-remote --no-npm tests/scripts

# Without the lines of the sources, which change every day.
CATALOGUE := $(BIN)/pybabel --quiet extract --mapping=babel.cfg --omit-header --no-location \
	--sort-output --keyword=_ --keyword=lazy_gettext --keyword=plural_forms:1,2 --output-file
catalogue: $(DEV_STAMP) ## Write the texts of the pages for translators (translations/messages.pot)
	@$(CATALOGUE)=translations/messages.pot .

drift: $(DEV_STAMP) ## Check that the generated files are in step with their sources
	@$(PIPENV) verify || { echo "Pipfile.lock is out of step with Pipfile: run make lock." >&2; exit 1; }
	@$(PIPENV) requirements --hash | cmp -s - requirements.txt || \
		{ echo "requirements.txt is out of step with Pipfile.lock: run make lock." >&2; exit 1; }
	@$(PIPENV) requirements --hash --dev | cmp -s - requirements-dev.txt || \
		{ echo "requirements-dev.txt is out of step with Pipfile.lock: run make lock." >&2; exit 1; }
	@! grep -n '://' Pipfile Pipfile.lock requirements.txt requirements-dev.txt || \
		{ echo "The address of an index is on record: run make lock." >&2; exit 1; }
	@$(PRINT) schema | diff -u dbinit.sql - || \
		{ echo "dbinit.sql is out of step with movr/models.py or movr/regions.py: run make schema." >&2; exit 1; }
	@$(BIN)/python -m docs.schema --check || \
		{ echo "The diagram of docs/tutorial.md is out of step with movr/models.py: run make schema." >&2; exit 1; }
	@$(PRINT) settings | diff -u .env.example - || \
		{ echo ".env.example is out of step with web/config.py or movr.Limits: run make settings." >&2; exit 1; }
	@$(CATALOGUE)=$(VENV)/messages.pot . && diff -u translations/messages.pot $(VENV)/messages.pot || \
		{ echo "translations/messages.pot is out of step with the pages: run make catalogue." >&2; exit 1; }
	@echo "The generated files are in step."

lock-check: $(DEV_STAMP) ## Check with the package index that the lock holds for Python 3.11 to 3.14
	@$(BIN)/python .ci/lock.py check
	@echo "The lock holds for every Python."

# What is rendered or run for this is in tests/deploy.
deploy-check: $(DEV_STAMP) ## Check the Dockerfile with hadolint and the shell scripts with shellcheck
	@$(BIN)/hadolint Dockerfile
	@$(BIN)/shellcheck .ci/bare .ci/run $(wildcard deploy/*/*.sh)

# Each of these measures or draws something that is kept in the repository.
growth: $(DEV_STAMP) ## Measure pages of large cities beside those of small ones (bench/results)
	@$(BIN)/python -m bench.growth

bench-cpu: $(DEV_STAMP) ## Measure what requests cost the processor (a commit beside it: make bench-cpu BASE=HEAD~1)
	@$(BIN)/python -m bench.cpu $(if $(BASE),--base $(BASE))

load: $(DEV_STAMP) ## Measure what more riders wait than can be served (bench/results)
	@$(BIN)/python -m bench.load

bench-regions: $(DEV_STAMP) ## Measure what the distance to the database costs (bench/results)
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check -r bench/requirements.txt
	@$(BIN)/python -m bench.regions

failures: $(DEV_STAMP) ## Kill the database under riders, and count what is lost (bench/results)
	@$(BIN)/python -m tests.failure.report

lighthouse: $(DEV_STAMP) ## Have Lighthouse judge the pages, which needs Node (bench/results)
	@$(BIN)/python -m bench.lighthouse

screenshots: $(DEV_STAMP) ## Take the pictures of the README (docs/screenshots)
	@$(BIN)/python -m docs.screenshots

# Ruff and djlint end with 1 when they leave something to do by hand or have changed a file; what is
# left is for `make check` to report.
format: $(DEV_STAMP) ## Rewrite the Python code and the templates in the common format
	@$(BIN)/ruff check --fix --quiet || true
	@$(BIN)/ruff format
	@$(BIN)/djlint templates --reformat --quiet || true

lock: $(DEV_STAMP) ## Choose new versions: write Pipfile.lock and the requirements files
	@$(BIN)/python .ci/lock.py write
	@$(PIPENV) requirements --hash > requirements.tmp && mv requirements.tmp requirements.txt
	@$(PIPENV) requirements --hash --dev > requirements.tmp && mv requirements.tmp requirements-dev.txt

style: $(DEV_STAMP) ## Write what the pages use of Bootstrap's style sheet (static/css/bootstrap.css)
	@$(BIN)/python -m web.assets.bootstrap_parts

schema: $(RUN_STAMP) ## Write dbinit.sql and the diagram of docs/tutorial.md from models and regions
	@$(PRINT) schema > dbinit.tmp && mv dbinit.tmp dbinit.sql
	@$(BIN)/python -m docs.schema

settings: $(RUN_STAMP) ## Write .env.example from the settings and their words in web/config.py
	@$(PRINT) settings > settings.tmp && mv settings.tmp .env.example

clean: ## Remove the virtual environment, the caches and the demonstration database
	@rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .hypothesis htmlcov .coverage movr.db movr.db-*
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

# Only its existence counts: the file is a link to an interpreter that may be years old.
$(BIN)/python:
	@$(PYTHON) $(NEW_ENOUGH) 2>/dev/null || { \
		echo "MovR needs Python 3.11 or newer, and $(PYTHON) is not. Name another: make PYTHON=python3.13 ..." >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
		echo "$(PYTHON) cannot make virtual environments. On Debian or Ubuntu, install python3-venv." >&2; \
		exit 1; }
	@echo "Creating $(VENV) ..."
	@$(PYTHON) -m venv --clear $(VENV) || { rm -rf $(VENV); exit 1; }

$(RUN_STAMP): requirements.txt | $(BIN)/python
	@$(call install,requirements.txt)
	@touch $(RUN_STAMP)

# The development packages include those that MovR itself runs on.
$(DEV_STAMP): requirements-dev.txt | $(BIN)/python
	@$(call install,requirements-dev.txt)
	@touch $(DEV_STAMP) $(RUN_STAMP)

# Said in a sentence, since pip would only complain of the first package that is too new.
define install
	$(BIN)/python $(NEW_ENOUGH) || { \
		echo "$(VENV) was made with a Python older than 3.11. Remove it and try again." >&2; exit 1; }; \
	echo "Installing $(1) into $(VENV); the first time takes a minute ..."; \
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r $(1)
endef
