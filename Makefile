# Everything is done inside .venv, which is made from nothing by the first target that needs it.
# ARGS is handed on:  make test ARGS="-k queue"   make requirements ARGS=--upgrade

PYTHON ?= $(shell command -v python3.11 || echo python3)
PIP := .venv/bin/python -m pip --disable-pip-version-check --quiet
LOCK = uv pip compile --quiet $(ARGS) --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --only-binary :all: --emit-build-options \
	--custom-compile-command "make requirements"

.PHONY: help demo test coverage check bench soak requirements image clean

help:  ## list the targets
	@sed -n 's/^\([a-z]*\):.*  ## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | \
	while IFS='|' read -r target does; do printf '%-20s%s\n' "$$target" "$$does"; done

demo: .venv/runs  ## replay the sample conversations, then pull one claim as an adjuster
	.venv/bin/claimbot demo

test: .venv/tests  ## run the tests
	.venv/bin/pytest $(ARGS)

coverage: .venv/tests  ## run the tests and show the lines that none of them reaches
	.venv/bin/coverage run -m pytest $(ARGS)
	.venv/bin/coverage report --show-missing --skip-covered

check: .venv/tests  ## lint, formatting, types, import floors, spelling, Dockerfile
	.venv/bin/ruff check
	.venv/bin/ruff format --check
	.venv/bin/mypy
	.venv/bin/lint-imports
	.venv/bin/codespell
	.venv/bin/hadolint Dockerfile

bench: .venv/tests  ## measure photos and durability: speed as ratios, what is caught, load, growth
	.venv/bin/python -m tests.bench.photos --json .build/bench-photos.json
	.venv/bin/python -m tests.bench.catches
	.venv/bin/python -m tests.bench.duplicates
	.venv/bin/python -m tests.bench.sightings --json .build/bench-sightings.json
	.venv/bin/python -m tests.bench.steps --json .build/bench-steps.json
	.venv/bin/python -m tests.bench.growth --json .build/bench-growth.json
	.venv/bin/python -m tests.bench.latency --json .build/bench-latency.json
	.venv/bin/python -m tests.bench.claims --json .build/bench-claims.json
	.venv/bin/python -m tests.bench.peers --json .build/bench-peers.json

soak: .venv/tests  ## break photos, cut the power, kill claimbot and its parts, load it: 50 minutes at most
	.venv/bin/python -m tests.soak.photos --minutes 10
	.venv/bin/python -m tests.soak.power_cuts --minutes 5
	.venv/bin/python -m tests.soak.kills --kills 200 --minutes 10
	.venv/bin/python -m tests.soak.processes --kills 60 --minutes 5
	.venv/bin/python -m tests.soak.cuts --minutes 3
	.venv/bin/python -m tests.soak.adjusters --minutes 2
	.venv/bin/python -m tests.bench.growth --million
	.venv/bin/python -m tests.bench.claims --claims 2000 --minutes 10

requirements:  ## lock the dependencies anew (needs uv)
	$(LOCK) pyproject.toml --extra postgresql --extra s3 --extra amqp \
		--extra nats --extra redis --group build --output-file requirements.txt
	$(LOCK) pyproject.toml --constraint requirements.txt --all-extras --group build --group dev \
		--output-file tests/requirements.txt
	$(LOCK) tests/schemathesis/requirements.in --output-file tests/schemathesis/requirements.txt

image:  ## build the container image "claimbot" with docker, podman or buildah
	@for builder in docker podman buildah false; do $$builder info >/dev/null 2>&1 && break; done; \
	set -x; BUILDAH_FORMAT=docker $$builder build --tag claimbot $(ARGS) .

clean:  ## remove what can be made again
	rm -rf .venv .build dist .coverage .hypothesis .*_cache
	find claimbot tests -name __pycache__ -prune -exec rm -rf {} +

.venv/runs: .venv/bin/pip requirements.txt pyproject.toml
	$(PIP) install --require-hashes --no-deps --requirement requirements.txt
	$(PIP) install --no-deps --no-build-isolation --editable .
	@touch $@

.venv/tests: .venv/runs tests/requirements.txt
	$(PIP) install --require-hashes --no-deps --requirement tests/requirements.txt
	@touch $@

.venv/bin/pip:
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit( \
	    "claimbot needs Python 3.11 or newer, $(PYTHON) is older: make PYTHON=python3.11")'
	@if $(PYTHON) -c 'import ensurepip' 2>/dev/null; then set -x; $(PYTHON) -m venv --clear .venv; \
	else $(MAKE) --no-print-directory .venv-on-debian; fi

# Debian keeps the pip that a new .venv gets in a package of its own, python3-venv, which need not be
# there.  Its wheel is unpacked in .build instead: no package is installed but the certificates it reads.
.PHONY: .venv-on-debian
.venv-on-debian:
	@echo "$(PYTHON) came without pip; taking it from Debian's package"
	@mkdir -p .build/debian && cd .build/debian && \
	{ test "$$(id -u)" != 0 || apt-get update -qq; } && \
	apt-get download -qq -o APT::Sandbox::User=root python3-pip-whl && \
	dpkg-deb --extract python3-pip-whl_*.deb . && \
	{ test -s /etc/ssl/certs/ca-certificates.crt || \
	  DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends ca-certificates; } || \
	{ echo "no: install python3-venv as root, then run make again" >&2; exit 1; }
	$(PYTHON) -m venv --clear --without-pip .venv
	@wheel=$$(echo .build/debian/usr/share/python-wheels/pip-*.whl); \
	PYTHONPATH=$$wheel .venv/bin/python -m pip install --quiet --no-index $$wheel
