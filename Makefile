# Two commands: `make up` runs Ringmark, `make test` tests it. `make help` lists the rest.
.DEFAULT_GOAL := help
PY := .venv/bin/python

.PHONY: help
help: ## this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / { printf "  make %-14s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

.PHONY: up
up: ## everything, in the foreground, on http://127.0.0.1:8000; Ctrl-C ends it
	@setup/bootstrap runtime
	@exec $(PY) manage.py up

.PHONY: test
test: ## the whole test suite, from nothing
	@setup/bootstrap test
	@$(PY) manage.py images build
	@$(MAKE) --no-print-directory lint
	$(PY) -m pytest -n 2 --dist loadfile tests/webapp
	$(PY) -m pytest --ignore tests/webapp

.PHONY: corpus
corpus: ## mark every module whose verdicts are known; print the confusion matrix (one to two hours)
	@setup/bootstrap runtime
	@exec $(PY) manage.py corpus

# Every module three times, then the correct ones ten times; what is in the record is not repeated.
RECORD ?= docs/measurements/steadiness.jsonl
.PHONY: steadiness
steadiness: ## the same again and again with busy processors, into RECORD; print the table (a night)
	@setup/bootstrap runtime
	-$(PY) manage.py corpus --runs 3 --busy 2 --record $(RECORD)
	-$(PY) manage.py corpus --runs 10 --kind correct --busy 2 --record $(RECORD)
	@$(PY) manage.py steadiness $(RECORD)

.PHONY: lint
lint: ## format, lint, types, import rules
	$(PY) -m ruff format --check .
	$(PY) -m ruff check .
	$(PY) -m mypy
	.venv/bin/lint-imports

.PHONY: compose-images
compose-images: ## guest images and container images, for a site in containers (docs/deploy.md)
	@setup/bootstrap runtime
	@$(PY) manage.py images build
	@$(PY) manage.py images pack
	@exec $(PY) -m deploy

.PHONY: compose-up
compose-up: ## the site in containers; makes .env with its passwords the first time
	@deploy/compose up -d

.PHONY: bench
bench: ## measure a check and a marking of each TP, beside cold boots and virtme-ng
	@setup/bootstrap test
	@exec $(PY) manage.py bench

.PHONY: bench-web
bench-web: ## measure the web pages with classes of 100 and of 1,000 students
	@setup/bootstrap runtime
	@exec $(PY) manage.py bench_web

.PHONY: bench-queue
bench-queue: ## regrade 100 TP1 with 1, 2 and 4 workers while pages are opened
	@setup/bootstrap runtime
	@exec $(PY) manage.py bench_queue

.PHONY: screenshots
screenshots: ## take the pictures in docs/screenshots anew, of modules that are really marked
	@setup/bootstrap test
	$(PY) -m pytest -q tests/browser/screenshots.py

.PHONY: lock
lock: ## renew the lock files from requirements/*.in
	cd requirements && for f in runtime dev; do \
	  ../.venv/bin/pip-compile -q --generate-hashes --no-emit-index-url --no-emit-find-links \
	  --no-emit-trusted-host --allow-unsafe -o $$f.txt $$f.in; done
