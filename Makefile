# Everything a fresh machine needs is installed by `setup`; see scripts/setup.sh.
SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.PHONY: help setup demo test oracle lint docs bless bench clean

# What setup found or installed for the build of HiGHS.
TOOLS := .tools/env
CARGO := . ./$(TOOLS); cargo

help: ## Lists the recipes
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

setup: $(TOOLS) ## Installs what the build needs, if it is missing

$(TOOLS): scripts/setup.sh
	@./scripts/setup.sh

demo: setup ## Builds, solves scenarios/gongyi, prints the summary and where the report lies
	@$(CARGO) build --release --locked
	@$(CARGO) run --release --locked --quiet -- solve scenarios/gongyi --gap 1% --time-limit 50s --threads 2 --out out/gongyi

test: setup ## Runs all tests
	@$(CARGO) test --locked --no-fail-fast
	@$(CARGO) test --locked --no-default-features --features microlp,cli --lib --test tiny --test command_line

oracle: setup ## Compares the engines with brute force on every seed (minutes)
	@$(CARGO) build --locked --tests
	@export CATCHMENT_ORACLE=all; $(CARGO) test --locked --test oracle --test years_oracle --test measures --test kernel_oracle -- --include-ignored

lint: setup ## Format, clippy and licences
	@$(CARGO) fmt --check
	@$(CARGO) clippy --locked --all-targets -- -D warnings
	@$(CARGO) clippy --locked --no-default-features --features microlp,cli -- -D warnings

docs: setup ## Documentation without warnings
	@export RUSTDOCFLAGS="-D warnings"; $(CARGO) doc --locked --no-deps --document-private-items

bless: setup ## Rewrites the golden files; look at the difference before committing
	@export CATCHMENT_BLESS=1; $(CARGO) test --locked

bench: setup ## Benchmarks of the phases
	@$(CARGO) bench --locked

clean: ## Removes what was built and installed here
	rm -rf target .tools out
