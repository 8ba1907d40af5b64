# The project's commands. `make` lists them; what each does is in `ops/`.

.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Any Python from 3.8 on, to begin with: a name on PATH may be a shim that does not run.
PYTHON := $(shell for name in python3 python3.10 python3.11 python3.12 python3.13 /usr/bin/python3 python; do \
	"$$name" -c 'import sys; sys.exit(sys.version_info < (3, 8))' >/dev/null 2>&1 && echo "$$name" && break; done)
SERVICES := .venv/services/bin/python
RASA := .venv/rasa/bin/python

.PHONY: help
help: ## List the commands
	@awk 'BEGIN { FS = ":.*## " } /^[a-z-]+:.*## / { printf "  make %-20s %s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

.PHONY: tools
tools:
	@test -n "$(PYTHON)" || { echo "Rapport needs a Python, 3.8 or newer, to begin with; there is none on PATH." >&2; exit 1; }
	@$(PYTHON) -m ops.environment services

.PHONY: environments
environments:
	@test -n "$(PYTHON)" || { echo "Rapport needs a Python, 3.8 or newer, to begin with; there is none on PATH." >&2; exit 1; }
	@$(PYTHON) -m ops.environment

.PHONY: run
run: tools ## From nothing to a page to talk to; Ctrl-C stops it
	@$(SERVICES) -m ops.run

.PHONY: talk
talk: environments ## Talk from the terminal: FILE=question.wav, or the microphone
	@$(RASA) -m channels.client talk $(FILE)

.PHONY: test
test: tools ## All tests, from nothing, and one summary
	@$(SERVICES) -m ops.tests

.PHONY: check
check: tools ## Format, lint, types, import rules, lock files, secrets
	@$(SERVICES) -m ops.check

.PHONY: format
format: tools ## Format the code, and mend what can be mended by a tool
	@.venv/services/bin/ruff check --fix --quiet . ; .venv/services/bin/ruff format --quiet .

.PHONY: validate
validate: tools ## Is the assistant's data right in itself?
	@$(SERVICES) -m ops.tests validate

.PHONY: train
train: tools ## Train the assistant, as far as its data changed
	@$(PYTHON) -m ops.environment rasa
	@$(SERVICES) -m ops.models
	@$(SERVICES) -m ops.training --force

.PHONY: test-conversations
test-conversations: tools ## Do conversations go as tests/conversations has them?
	@$(SERVICES) -m ops.tests conversations

.PHONY: test-nlu
test-nlu: tools ## Is what tests/nlu holds, and was not trained on, understood?
	@$(SERVICES) -m ops.tests nlu

.PHONY: cross-validate
cross-validate: tools ## Are the training examples of one kind? Each fifth is asked, untrained: seven minutes
	@$(SERVICES) -m ops.tests cross-validation

.PHONY: test-live
test-live: tools ## With a real key: speak through the provider itself, on a budget
	@$(SERVICES) -m ops.live

.PHONY: explain
explain: tools ## Why a sentence is read as it is: SAY="will it rain in oslo"
	@test -n "$(SAY)" || { echo 'say what: make explain SAY="will it rain in oslo"' >&2; exit 2; }
	@$(PYTHON) -m ops.environment rasa
	@$(SERVICES) -m ops.models
	@$(SERVICES) -m ops.training
	@PYTHONWARNINGS=ignore $(RASA) -m components.explain "$(SAY)"

.PHONY: review
review: tools ## What was not understood, to be looked at and learnt: ACCEPT=results/review.yml
	@$(PYTHON) -m ops.environment rasa
	@$(SERVICES) -m ops.models
	@$(SERVICES) -m ops.review $(if $(ACCEPT),--accept $(ACCEPT))

.PHONY: replay
replay: tools ## Held-out sentences, spoken, and what people agreed to have recorded: is it understood as before?
	@$(SERVICES) -m ops.run --prepare-only
	@$(SERVICES) -m ops.replay

.PHONY: bench
bench: tools ## Measure; figures go to results/bench
	@$(SERVICES) -m ops.run --prepare-only
	@$(SERVICES) -m ops.benchmarks $(NAME)

.PHONY: doctor
doctor: tools ## What is missing, and how to get it
	@$(SERVICES) -m ops.doctor

.PHONY: models
models: tools ## Fetch the speech models, as far as they are missing
	@$(SERVICES) -m ops.models

.PHONY: lock
lock: ## Lock the packages anew: UPGRADE=1 takes the newest that fit
	@$(PYTHON) -m ops.locks $(if $(UPGRADE),--upgrade)

.PHONY: clean
clean: ## Remove what these commands made, but neither .env nor var/
	rm -rf .venv .tools models results .rasa var/run .mypy_cache .ruff_cache .import_linter_cache .hypothesis
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
