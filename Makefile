# Every step that is worth repeating. `make test` and `python3 tests` are the same thing.

PLATFORM ?= linux/amd64
FRAMEWORK ?=

# uv resolves for a Python that need not be installed here.
LOCK = $(shell command -v uv || echo .venvs/dev/bin/uv) pip compile --quiet --generate-hashes --no-header --no-annotate pyproject.toml

.PHONY: help up test check images benchmark lock

help: ## List the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

up: ## Measure everything on this machine
	python3 -m bench up

test: ## Run every test: unit, integration, images (the last need a Docker engine)
	python3 tests

check: ## Lint, format, types
	.venvs/dev/bin/ruff check . && .venvs/dev/bin/ruff format --check . && .venvs/dev/bin/mypy

images: ## Build the images: make images PLATFORM=linux/arm64 FRAMEWORK=caffe
	PLATFORM=$(PLATFORM) docker buildx bake --load $(FRAMEWORK)

benchmark: ## Measure what the harness itself costs; writes results/harness.md
	python3 tests/benchmark

lock: ## Renew every hash-locked requirements file
	$(LOCK) --universal --python-version 3.11 --extra prepare --extra results --extra host --extra opencv -o requirements/host.lock
	$(LOCK) --universal --python-version 3.11 --extra prepare --extra results --extra host --extra opencv --extra dev -o requirements/dev.lock
	$(LOCK) --universal --python-version 3.11 --extra opencv -o requirements/opencv.lock
	$(LOCK) --python-platform aarch64-manylinux_2_28 --python-version 3.11 -o images/opencv/requirements.lock
	$(LOCK) --python-platform aarch64-manylinux_2_28 --python-version 3.9 -o images/caffe/requirements.lock
	$(LOCK) --python-platform aarch64-manylinux_2_28 --python-version 3.11 --extra prepare --extra results -o images/tools/requirements.lock
