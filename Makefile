# Every step that is worth repeating. `make test` and `python3 tests` are the same thing.

# Given on the command line they narrow docker-bake.hcl's lists: make images PLATFORM=linux/arm64 FRAMEWORK=caffe
# Recipes take them from the environment ("$$TAG"): what a tag's name holds is never read as a command.
BAKE = SOURCE=$$(python3 -m bench.source) docker buildx bake --file docker-bake.hcl
export $(foreach name,PLATFORM FRAMEWORK REGISTRY TAG CACHE SOURCE_URL VERSION EXAMPLES HOST,$(if $(value $(name)),$(name)))

# uv resolves for a Python that need not be installed here.
UV = $(shell command -v uv || echo .venvs/dev/bin/uv) pip compile --quiet --generate-hashes --no-header --no-annotate

.PHONY: help up test test-ci test-emulated fuzz check docs generate images deploy matrix push publish sign verify benchmark lock wheel-locks

help: ## List the targets
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/'

up: ## Measure everything on this machine
	python3 -m bench up

test: ## Run every test: unit, integration, images (the last need a Docker engine)
	python3 tests

test-ci: ## Install Slurm and SSH, and pass every test as root, who alone makes the boards of a fleet
	sudo apt-get -qq update && sudo apt-get -qq install --yes --no-install-recommends munge openssh-server slurm-wlm
	sudo --preserve-env=BENCH_REQUIRE_ENGINE,PATH python3 tests

test-emulated: ## Pass the images' tests at length for an emulated platform: make test-emulated PLATFORM=linux/arm/v7
	BENCH_TEST_PLATFORMS="$$PLATFORM" BENCH_TEST_IMAGES=5 BENCH_TEST_MODELS= python3 tests tests/images

fuzz: ## Damage files and feed the parsers nonsense at length (the tests do it for a minute): make fuzz EXAMPLES=5000
	FUZZ_EXAMPLES="$${EXAMPLES:-2000}" .venvs/dev/bin/python -m pytest tests/faults

check: ## Lint, format, types
	.venvs/dev/bin/ruff check . && .venvs/dev/bin/ruff format --check . && .venvs/dev/bin/mypy

images: ## Build the images: make images PLATFORM=linux/arm64 FRAMEWORK=caffe
	$(BAKE) --load

deploy: ## Bring the images that are here for arm64 to a board: make deploy HOST=pi@raspberrypi.local
	images=$$(docker images --format '{{.Repository}}:{{.Tag}}' | grep "^$${REGISTRY:-pi-dnn-bench}/[^/]*:$${TAG:-latest}-arm64$$") \
	  || { echo "there are no images for arm64 here: make images PLATFORM=linux/arm64"; exit 1; }; \
	docker save $$images | ssh -C "$$HOST" docker load \
	&& echo "$$images" | sed 's/^\(.*\)-arm64$$/docker tag & \1/' | ssh "$$HOST" sh

docs: ## Build the documentation into build/docs
	.venvs/dev/bin/sphinx-build --fail-on-warning --keep-going --quiet docs build/docs

generate: ## Render what repeats the catalog's lists, and lock what has no lock
	.venvs/dev/bin/python -m images.generate
	$(MAKE) --no-print-directory wheel-locks

matrix: ## Print what docker-bake.hcl lists, as a CI's matrix
	@$(BAKE) --print | jq -c '[.target[] | {image: .args.FRAMEWORK, platform: .platforms[0]}]'

push: ## Build one image for one platform and push it by its digest, which goes into digests/
	mkdir -p digests
	$(BAKE) --provenance mode=max --sbom true --metadata-file digests/metadata.json --set "*.tags=$$REGISTRY/$$FRAMEWORK" \
	  --set '*.output=type=image,push=true,push-by-digest=true,name-canonical=true'
	jq -r '.[] | objects | ."containerimage.digest"' digests/metadata.json > "digests/$$FRAMEWORK-$$(echo "$$PLATFORM" | tr / -)"
	rm digests/metadata.json

publish: ## Join the digests of every platform into one tag for each image
	for image in $$(ls digests | cut -d- -f1 | sort -u); do \
	  set -- --tag "$$REGISTRY/$$image:$$TAG"; \
	  for digest in $$(cat "digests/$$image"-*); do set -- "$$@" "$$REGISTRY/$$image@$$digest"; done; \
	  docker buildx imagetools create "$$@" || exit; \
	done

sign: ## Sign each joined image by its digest, as whoever runs this (cosign, keyless)
	for image in $$(ls digests | cut -d- -f1 | sort -u); do \
	  digest=$$(docker buildx imagetools inspect "$$REGISTRY/$$image:$$TAG" --format '{{json .Manifest}}' | jq -er .digest) || exit; \
	  cosign sign --yes "$$REGISTRY/$$image@$$digest" || exit; \
	done

verify: ## Verify that this repository's workflow built what is published: make verify REGISTRY=ghcr.io/OWNER/NAME TAG=v1.2.3
	for image in $$($(BAKE) --print | jq -r '[.target[].args.FRAMEWORK] | unique[]'); do \
	  cosign verify --certificate-oidc-issuer https://token.actions.githubusercontent.com --certificate-identity-regexp \
	    "(?i)^https://github.com/$${REGISTRY#ghcr.io/}/.github/workflows/images.yaml@refs/(tags/$$TAG|heads/main)$$" \
	    "$$REGISTRY/$$image:$$TAG" > /dev/null || exit; \
	done

benchmark: ## Measure the harness and the images against their rivals (FRAMEWORK=tensorflow: that one's alone); writes results/{harness,rivals}.md
	python3 tests/benchmark

lock: ## Renew every hash-locked requirements file
	$(UV) --universal --python-version 3.11 pyproject.toml -o requirements/host.lock
	$(UV) --universal --python-version 3.11 pyproject.toml --extra docs --extra dev -o requirements/dev.lock
	$(UV) --universal --python-version 3.11 requirements/core.in requirements/opencv.in -o images/opencv/requirements.lock
	$(UV) --universal --python-version 3.11 requirements/core.in requirements/tools.in --constraint images/opencv/requirements.lock -o images/tools/requirements.lock
	$(UV) --python-platform aarch64-manylinux_2_28 --python-version 3.9 requirements/core.in -o images/caffe/requirements.lock
	$(UV) --python-platform x86_64-manylinux_2_28 --python-version 3.9 requirements/core.in images/caffe2/requirements.in -o images/caffe2/requirements.lock
	$(UV) --python-platform aarch64-manylinux_2_28 --python-version 3.9 requirements/core.in images/caffe2/requirements.in -o images/caffe2/requirements-aarch64.lock
	$(MAKE) --always-make wheel-locks

# Of each framework that comes as a wheel, for its image and for its environment without a container, both beside OpenCV's:
# what it needs to run a network is listed, and nothing else is resolved.
LOCK_WHEEL = $(UV) --universal --python-version 3.11 --constraint images/opencv/requirements.lock
WHEEL_LOCKS = $(patsubst %.in,%.lock,$(filter-out images/caffe2/%,$(wildcard images/*/requirements.in)))
wheel-locks: $(WHEEL_LOCKS)
$(WHEEL_LOCKS):
	$(LOCK_WHEEL) --no-deps -o $@ $(@:.lock=.in)
	$(LOCK_WHEEL) --constraint $@ $(@:.lock=.in) > /dev/null # fails where one wants another version of another
