# A thin layer over CMake's presets (CMakePresets.json); the work is done in scripts/.
#   JOBS=4           how many compilers and tests run at once (all processors)
#   SKIP_SETUP=1     do not look for missing packages
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
MAKEFLAGS += --no-print-directory

JOBS ?= $(shell nproc)
export JOBS
ifeq ($(SKIP_SETUP),)
SETUP := setup
endif

.PHONY: help setup build run test faults bench fuzz lint fmt tsan coverage clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' $(MAKEFILE_LIST) | awk -F'|' '{ printf "%-18s%s\n", $$1, $$2 }'

setup: ## Install what is missing (Debian 12 and 13); silent when nothing is
	@scripts/setup.sh

build: $(SETUP) ## Build everything; programs in build/bin, libraries in build/lib
	@scripts/build.sh release

run: build ## Build, then show the main job on this machine's own attributes
	@scripts/demo.sh

test: $(SETUP) ## Build and run every test: release, then address and undefined-behaviour sanitizers
	@scripts/test.sh release asan

faults: build ## Kill every command, and fail its calls, everywhere (an hour); GROUP=keys picks some
	@scripts/faults.sh $(GROUP)

bench: build ## Build, then measure against the raw libraries
	@scripts/bench.sh

fuzz: $(SETUP) ## Fuzz every parser for 20 s each; TARGET=json SECONDS=600 picks one
	@scripts/fuzz.sh "$(TARGET)" "$(SECONDS)"

lint: $(SETUP) ## Check format, clang-tidy, scripts and structure; CHANGED=1 tidies only what git sees as changed
	@CHANGED="$(CHANGED)" scripts/lint.sh

fmt: $(SETUP) ## Format all sources
	@scripts/sources.sh | xargs clang-format-19 -i

tsan: $(SETUP) ## Build and run every test under ThreadSanitizer
	@scripts/test.sh tsan

coverage: $(SETUP) ## Run the tests for line and branch coverage; report in build/coverage/report.html
	@scripts/coverage.sh

clean: ## Remove everything that was built
	@rm -rf build
