# Every command of the project. `make help` says what each is for.
.DEFAULT_GOAL := help
SHELL := bash
python := .venv/bin/python
# Each process takes the half that comes next, and what is left of the other's when it is done.
run := pytest -n 2 --dist worksteal
pytest := $(python) -m pytest -n 2 --dist loadgroup
servers := pytest -n 3 --dist loadgroup -m servers
marked := $$(grep -rl --include='test_*.py' 'mark\.servers' tests)
packages := tests/interop tests/browser tests/openapi
lint := $(addprefix lint-,types format containers imports dependencies settings migrations openapi)
go := env CGO_ENABLED=0 GOTOOLCHAIN=local GOWORK=off GOFLAGS= $(CURDIR)/.venv/bin/go
tests := test test-cluster test-servers test-postgres test-browser
apart := --ignore=tests/browser --ignore=tests/cluster
ARGS ?=

# What is compiled is kept, whatever this shell says: compiling takes a process of the site, of which
# the tests start a hundred, twice as long as all else in its start; and pytest ten seconds.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help run cluster manage walkthrough screenshots picture test test-servers test-postgres test-cluster test-browser accessibility fuzz check lint $(lint) openapi bench format messages lock update audit

help: ## List these commands
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' Makefile

run: .venv/runtime ## Set everything up and serve the site and its example third party
	@exec $(python) -m config.serve

manage: .venv/runtime ## Run a command of manage.py on the data of `make run`: ARGS='...'
	@exec $(python) -m config.manage $(ARGS)

walkthrough: .venv/runtime ## Perform the seven steps by real HTTP, in both roles, and print them
	@exec $(python) -m docs.walkthrough

screenshots: .venv/development ## Take a picture of every page in every state: ARGS=--language=ar
	@.ci/tools
	@exec $(python) -m tests.browser.screenshots $(ARGS)

picture: .venv/development ## Take the picture of README.md: sign-in, consent, account
	@.ci/tools
	@exec $(python) -m tests.browser.picture

cluster: .venv/development ## Run two nodes with their proxy, PostgreSQL and Redis, on throwaway data
	@.ci/tools
	@exec $(python) -m tests.cluster

test: .venv/development ## Run the tests on SQLite, and print how much of the code they cover
	@echo "== tests on SQLite"
	@.ci/tools
	@env -u DATABASE_URL $(python) -m $(run) -p tests.covered $(apart) $(or $(ARGS),-m "not servers")
	@$(python) -m tests.coverage $(if $(ARGS),,--floors)

test-servers: .venv/development .venv/bin/interop-go ## Run what starts whole servers: the commands, documents as written, client libraries
	@echo "== whole servers, commands and documents"
	@.ci/tools
	@env -u DATABASE_URL $(python) -m $(servers) $(apart) $(or $(ARGS),$(marked))

test-browser: .venv/development ## Look at every page in every state, in a real browser
	@echo "== every page and state in the browser"
	@.ci/tools
	@env -u DATABASE_URL $(pytest) tests/browser $(ARGS)

accessibility: .venv/development ## Look at every page, and publish what was found: ARGS="-k 'sign in'"
	@.ci/tools
	@env -u DATABASE_URL $(pytest) tests/browser/test_pages.py tests/browser/admin -p tests.browser.publish $(ARGS)

test-postgres: .venv/development ## Run the tests that ask for a database on a PostgreSQL of their own
	@echo "== tests on PostgreSQL"
	@.ci/tools
	@$(python) -m tests.postgres -- $(pytest) $(apart) -m "not one_database" $(ARGS)

test-cluster: .venv/development ## Run two nodes under load, and take away from under them what may go
	@echo "== many nodes"
	@.ci/tools
	@env -u DATABASE_URL $(python) -m pytest tests/cluster $(ARGS)

fuzz: .venv/development ## Send the API thousands of requests made up from its description: FUZZ_EXAMPLES=1000
	@env -u DATABASE_URL FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(python) -m pytest -n 0 tests/api/test_fuzz.py $(ARGS)
	@.ci/tools postgresql
	@env FUZZ_EXAMPLES=$${FUZZ_EXAMPLES:-200} $(python) -m tests.postgres -- $(python) -m pytest -n 0 tests/api/test_fuzz.py $(ARGS)

# Each of these waits now and then: for a server, a database, a browser. Three at a time keep both
# processors busy, of which two leave a fifth unused. The longest comes first.
# What each prints is shown when it has ended; one that fails fails it all.
check: lint ## Run every check: format, style, types, imports, pins, settings, migrations, all tests
	@.ci/tools
	@$(MAKE) --no-print-directory -j 3 -k -Otarget $(tests)

# What each part prints is shown when it has ended; one that fails fails it all.
lint: .venv/development
	@$(MAKE) --no-print-directory -j 2 -k -Otarget $(lint)

lint-types:
	@echo "== types"
	@.ci/production $(python) -m mypy .

lint-openapi: .venv/bin/oasdiff
	@echo "== the API's description"
	@.ci/openapi

lint-format:
	@echo "== format and style"
	@$(python) -m ruff format --check .
	@$(python) -m ruff check .
	@unlike=$$("$$($(go) env GOROOT)/bin/gofmt" -d tests/interop/go) && [ -z "$$unlike" ] || { echo "$$unlike"; exit 1; }

lint-containers:
	@echo "== containers"
	@.ci/containers

lint-imports:
	@echo "== import direction"
	@.venv/bin/lint-imports

lint-dependencies:
	@echo "== dependencies"
	@.ci/dependencies

lint-settings:
	@echo "== settings, as in production"
	@.ci/production $(python) manage.py check --deploy --fail-level WARNING

lint-migrations:
	@echo "== migrations"
	@.ci/production $(python) manage.py makemigrations --check --dry-run

openapi: .venv/development ## Keep the API's description as the one that is released: docs/openapi.json
	@.ci/openapi --write

format: .venv/development ## Put the code into the project's format
	@$(python) -m ruff format .
	@$(python) -m ruff check --fix .
	@"$$($(go) env GOROOT)/bin/gofmt" -w tests/interop/go

messages: .venv/development ## Gather what people read into the catalogs of translations, and compile those
	@.ci/tools
	@.ci/production $(python) manage.py makemessages
	@for folder in accounts/locale/*/LC_MESSAGES; do \
		msgfmt --check-format --output-file "$$folder/django.mo" "$$folder/django.po" || exit; done

bench: .venv/development ## Measure how fast it answers, and publish that: ARGS=--quick only prints
	@.ci/tools wrk postgresql
	@exec $(python) -m bench $(ARGS)

lock: .venv/development ## Pin what requirements*.txt need, with hashes: ARGS=--upgrade renews all
	@.ci/lock $(ARGS)

update: .venv/development ## Raise every pin to its newest version of a week ago (network)
	@.ci/update

audit: .venv/development ## Look the pinned packages up among known vulnerabilities (network)
	@.ci/audit

.venv/runtime: requirements.lock
	@.ci/venv $<
	@touch $@

# What runs is among what is developed with, in the same versions: one installation is enough.
.venv/development: requirements-dev.lock requirements.lock $(packages:=/package-lock.json)
	@.ci/venv $<
	@echo "Installing $(packages:=/package-lock.json) ..."
	@printf '%s\n' $(packages) | xargs -P 2 -I '{}' .venv/bin/npm ci --prefix '{}' >/dev/null
	@touch .venv/runtime $@

# Go keeps what it compiled in its own cache. Unoptimised, the first time takes a quarter less.
.venv/bin/interop-go: $(wildcard tests/interop/go/*) .venv/development
	@echo "Building tests/interop/go ..."
	@cd tests/interop/go && $(go) build -buildvcs=false -gcflags='all=-N -l' -ldflags='-s -w' -o $(CURDIR)/$@ .
	@touch $@

.venv/bin/oasdiff: $(wildcard tests/openapi/changes/*) .venv/development
	@echo "Building tests/openapi/changes ..."
	@cd tests/openapi/changes && $(go) build -buildvcs=false -gcflags='all=-N -l' -ldflags='-s -w' -o $(CURDIR)/$@ github.com/oasdiff/oasdiff
	@touch $@
