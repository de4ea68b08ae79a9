# The vocabulary of tasks. `make` alone lists it.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

CONFIG ?= local
DATA ?= data/flights
UNTIL ?=
PYTEST_ARGS ?=
SCALES ?= 0.1 1 10
BENCH_ARGS ?=

UV := .tools/uv/uv
BIN := .venv/bin
# The sample writes its data when there is none; a fork brings its own.
SAMPLE := $(if $(wildcard sample),$(if $(shell grep -x 'name: flights' pipeline/configs/base.yaml),$(DATA)))
# The locked set of packages that fits this machine; a set-up of the other one does not count.
SET := $(shell infra/bootstrap/locked_set 2>/dev/null)
RUN_STAMP := .venv/.installed-run-$(SET)
DEV_STAMP := .venv/.installed-dev-$(SET)
CHECKOV_STAMP := .tools/checkov/.installed-$(SET)
LOCKS := $(wildcard requirements*.lock infra/bootstrap/older_glibc/*.lock sample/requirements.lock)
export UV_PYTHON_PREFERENCE := system
# Without compiled files every import of TensorFlow and TFX takes twice as long.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help
help: ## List the tasks
	@awk -F ':.*## ' '/^[a-z-]+:.*## /{printf "  make %-16s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# --- the product -------------------------------------------------------------------------------------------

.PHONY: run
run: $(RUN_STAMP) $(SAMPLE) ## Train, judge, prove and release a model on this machine; WITHOUT_DATA=skip: if its data is here
	@if [[ "$(WITHOUT_DATA)" == skip ]] && days=$$($(DAYS)) && [[ ! -d $$days ]]; then \
	  echo "no run: its data, $$days, is not on this machine"; \
	else exec $(BIN)/evergreen run --config $(CONFIG) $(if $(UNTIL),--until $(UNTIL)); fi

DAYS = $(BIN)/evergreen config --config $(CONFIG) --json | python3 -c 'import json, sys; print(json.load(sys.stdin)["values"]["data"]["source"])'

.PHONY: serve
serve: $(RUN_STAMP) ## Serve the champion (REST 8501, gRPC 8500)
	@$(BIN)/evergreen serve --config $(CONFIG)

.PHONY: data
data: $(DATA) ## Write the sample data, if it is not there

$(DATA): | $(RUN_STAMP)
	@$(BIN)/evergreen data --into $(DATA)

# --- its quality -------------------------------------------------------------------------------------------

# On every core, up to four: each process holds TensorFlow. A file's tests share their fixtures, so they stay together.
# In the order of folders: files with few tests would come last, and the longest of all, a whole fork's, has few.
PYTEST = $(BIN)/python -m pytest --numprocesses=auto --maxprocesses=4 --dist=loadfile --no-loadscope-reorder

.PHONY: test
test: $(DEV_STAMP) ## Run every test: units and whole pipelines (25 to 40 minutes on two cores)
	@$(PYTEST) $(PYTEST_ARGS)

.PHONY: test-unit
test-unit: $(DEV_STAMP) ## Run the tests that need no whole pipeline (about 5 minutes on two cores)
	@$(PYTEST) -m "not e2e and not slow" $(PYTEST_ARGS)

.PHONY: lint
lint: $(DEV_STAMP) $(CHECKOV_STAMP) ## Check style, layers, types, and the infrastructure's settings
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports
	@$(BIN)/mypy
	@.tools/checkov/bin/checkov --config-file infra/checkov.yaml --directory infra $(if $(wildcard .github),--directory .github)

.PHONY: format
format: $(DEV_STAMP) ## Rewrite the sources in the house's style
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

.PHONY: mutate
mutate: $(DEV_STAMP) ## Flip every comparison of every rule and show that a test notices
	@$(BIN)/python -m tests.mutation.flip

.PHONY: bench
bench: $(DEV_STAMP) $(SAMPLE) ## Measure speed beside stock TFX and a plain script: SCALES="0.1 1 10" (about 45 minutes)
	@$(BIN)/python -m benchmarks.side_by_side --data $(DATA) --scales $(SCALES) $(BENCH_ARGS)

.PHONY: bench-quality
bench-quality: $(DEV_STAMP) ## Measure the model beside gradient boosting (about 2 minutes)
	@$(BIN)/python -m benchmarks.quality

.PHONY: bench-gates
bench-gates: $(DEV_STAMP) $(SAMPLE) ## Measure what the gates find and refuse, into docs/gates.md (about 20 minutes)
	@$(BIN)/python -m benchmarks.gates --data $(DATA)

.PHONY: bench-rollouts
bench-rollouts: $(DEV_STAMP) ## Simulate what the guards of a rollout find and alarm falsely, into docs/rollouts.md (about 6 minutes)
	@$(BIN)/python -m benchmarks.rollouts

.PHONY: bench-own-data
bench-own-data: $(DEV_STAMP) ## Measure `evergreen init` and a first run on tables of three sizes (about 4 minutes)
	@$(BIN)/python -m benchmarks.own_data

.PHONY: bench-serving
bench-serving: $(DEV_STAMP) ## Measure the model server beside FastAPI and gRPC of nothing: BENCH_ARGS="--before REVISION" (about 5 minutes)
	@$(BIN)/python -m benchmarks.serving $(BENCH_ARGS)

.PHONY: soak
soak: $(DEV_STAMP) ## Keep the model server under load while versions are swapped and rolled out: BENCH_ARGS="--minutes 10"
	@$(BIN)/python -m benchmarks.soak $(BENCH_ARGS)

# --- the cloud (docs/cloud.md) -----------------------------------------------------------------------------

.PHONY: images
images: ## Build, push and sign the images, into build/images.json: IMAGES=<repository> TAG=<commit> SIGNING_KEY=<KMS key version>
	@infra/docker/build "$(IMAGES)" "$(TAG)" "$(SIGNING_KEY)"

.PHONY: resolve-images
resolve-images: $(RUN_STAMP) ## Find a revision's images by digest, into build/images.json: IMAGES=<repository> TAG=<commit or release> WAIT_S=<seconds>
	@$(BIN)/python -m infra.promotion images resolve --repository "$(IMAGES)" --tag "$(TAG)" --wait-s "$(or $(WAIT_S),0)" --into build/images.json

.PHONY: verify-images
verify-images: ## Stop unless the images of build/images.json are signed: SIGNING_KEY=<KMS key version>
	@infra/docker/verify build/images.json "$(SIGNING_KEY)"

.PHONY: scan-images
scan-images: $(RUN_STAMP) ## Stop unless the images of build/images.json were scanned, with nothing critical that is fixed elsewhere
	@$(BIN)/python -m infra.promotion scan --images build/images.json

.PHONY: release-images
release-images: $(RUN_STAMP) ## Tag the images of build/images.json as a release, which clean-up keeps: TAG=v1.2.0
	@$(BIN)/python -m infra.promotion images release --images build/images.json --tag "$(TAG)"

.PHONY: trigger-package
trigger-package: $(RUN_STAMP) ## Pack the trigger function into build/trigger.zip
	@$(BIN)/python -m infra.functions.package build/trigger.zip

.PHONY: template
template: $(RUN_STAMP) ## Check and compile a revision's job template, for the images of build/images.json: CONFIG=prod REVISION=v1.2.0
	@$(BIN)/python -m infra.promotion template --config "$(CONFIG)" --revision "$(REVISION)" --commit "$(COMMIT)" --images build/images.json --into build/template.json

.PHONY: upload
upload: $(RUN_STAMP) ## Keep build/template.json in the bucket of promotions: PROMOTIONS=gs://...
	@$(BIN)/python -m infra.promotion pointer upload --bucket "$(PROMOTIONS)" --template build/template.json

.PHONY: promote
promote: $(RUN_STAMP) ## Point `current` at a revision, newer or older: PROMOTIONS=gs://... REVISION=v1.2.0, or a commit with KEEP_AS=dev
	@$(BIN)/python -m infra.promotion pointer move --bucket "$(PROMOTIONS)" --revision "$(REVISION)" --keep-as "$(KEEP_AS)"

.PHONY: promotion-gate
promotion-gate: $(RUN_STAMP) ## Stop unless every gate passed REVISION=v1.2.0 in EARLIER=<project>: CONFIG=prod REGION=... NAME=<pipeline> WINDOWS=3
	@$(BIN)/python -m infra.promotion gate --config "$(CONFIG)" --project "$(EARLIER)" --region "$(REGION)" --pipeline "$(NAME)" --revision "$(REVISION)" \
	  --images build/images.json --windows "$(or $(WINDOWS),3)"

.PHONY: request-run
request-run: $(RUN_STAMP) ## Request a run, or one of each of the newest WINDOWS: TOPIC=projects/.../topics/... DETAIL=<why>
	@$(BIN)/python -m infra.promotion request-run --topic "$(TOPIC)" --detail "$(DETAIL)" --windows "$(or $(WINDOWS),0)"

.PHONY: infra-check
infra-check: $(DEV_STAMP) $(CHECKOV_STAMP) ## Format, validate and plan the infrastructure offline, with every test of it
	@$(BIN)/python -m pytest tests/infra tests/fork/test_environments.py $(PYTEST_ARGS)

.PHONY: infra-plan
infra-plan: trigger-package ## Plan an environment: CONFIG=dev STATE=<state bucket>; LOCK=false where the state is only read
	@infra/terraform/plan "$(CONFIG)" "$(STATE)" $(LOCK)

.PHONY: infra-apply
infra-apply: infra-plan ## Plan an environment and apply that plan: CONFIG=dev STATE=<state bucket>
	@terraform -chdir=infra/terraform apply -input=false $(CONFIG).tfplan

.PHONY: infra-lock
infra-lock: ## Write the provider's hashes into infra/terraform/.terraform.lock.hcl, as its registry signs them
	@infra/terraform/lock

# --- set-up ------------------------------------------------------------------------------------------------

.PHONY: setup
setup: $(DEV_STAMP) ## Install everything that developing needs

.PHONY: lock
lock: $(UV) ## Resolve the dependencies anew into the lock files
	$(COMPILE) --universal --python-version 3.11 pyproject.toml -o requirements.lock
	$(COMPILE) --universal --python-version 3.11 --extra dev -c requirements.lock pyproject.toml -o requirements-dev.lock
	$(COMPILE) --python-version 3.13 --python-platform x86_64-manylinux_2_40 -c requirements.lock pyproject.toml infra/docker/trainer.in -o infra/docker/trainer.lock
	$(COMPILE) --python 3.10 pyproject.toml -o $(OLDER)/requirements.lock
	$(COMPILE) --python 3.10 --extra dev -c $(OLDER)/requirements.lock pyproject.toml -o $(OLDER)/requirements-dev.lock
	$(if $(wildcard sample),$(COMPILE) --no-deps --universal sample/requirements.in -o sample/requirements.lock)
	$(COMPILE) --universal infra/bootstrap/uv.in -o infra/bootstrap/uv.lock
	$(COMPILE) --universal --python-version 3.10 infra/bootstrap/checkov.in -o infra/bootstrap/checkov.lock
	$(COMPILE) --universal --python-version 3.11 infra/functions/requirements.in -o infra/functions/requirements.lock

COMPILE = $(UV) pip compile -q --generate-hashes --no-header
OLDER := infra/bootstrap/older_glibc

.PHONY: licences
licences: $(RUN_STAMP) ## List the licence of every locked package
	@$(BIN)/python -m infra.dependencies.licences $(if $(filter newest,$(SET)),requirements.lock,$(OLDER)/requirements.lock)

.PHONY: outdated
outdated: $(UV) ## Show whether a newer whole set resolves, and what holds each pin
	@python3 -m infra.dependencies.outdated $(UV) pyproject.toml requirements.lock 3.13 --python-platform x86_64-manylinux_2_40

.PHONY: clean
clean: ## Remove runs, models and metadata of the local deployment (asks first)
	@read -r -p "Remove .evergreen with every run and model in it? [y/N] " answer; if [[ $$answer == y ]]; then rm -rf .evergreen; fi

$(UV): infra/bootstrap/uv.lock infra/bootstrap/get_uv.py
	@python3 infra/bootstrap/get_uv.py $(@D)
	@touch $@

# An environment of its own, for its packages and TFX's exclude each other.
$(CHECKOV_STAMP): infra/bootstrap/checkov.lock | $(UV) $(DEV_STAMP)
	@echo "installing checkov into .tools ..."
	@rm -rf $(@D)
	@$(UV) venv -q --python $(BIN)/python $(@D)
	@$(UV) pip sync -q --python $(@D)/bin/python --compile-bytecode --require-hashes $<
	@touch $@

$(RUN_STAMP): $(LOCKS) pyproject.toml setup.py | $(UV)
	@infra/bootstrap/install $(if $(wildcard $(DEV_STAMP)),requirements-dev.lock,requirements.lock)
	@touch $@ $(wildcard $(DEV_STAMP))

$(DEV_STAMP): $(LOCKS) pyproject.toml setup.py | $(UV)
	@infra/bootstrap/install requirements-dev.lock
	@touch $(RUN_STAMP) $@
