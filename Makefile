# Other names for `cargo xtask`, for those whose fingers type `make`; nothing is done here.

.DEFAULT_GOAL := help
.PHONY: help test check layers tidy advisories ablate chaos fuzz rules demo demo-redis smoke smoke-redis evidence setup

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-12s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

test: ## Run every test, doctest and example
	cargo xtask test

check: ## Check formatting, lints, documentation, layers, tidiness and advisories
	cargo xtask check

layers: ## Check that every crate sees only the crates below it
	cargo xtask layers

tidy: ## Check style: sizes, names, leftovers, links, decisions, ablations
	cargo xtask tidy

advisories: ## Check Cargo.lock against the snapshot of security advisories
	cargo xtask advisories

ablate: ## Turn protections off, one by one, and see that their tests fail
	cargo xtask ablate

chaos: ## Let nodes share a Redis while everything goes wrong, and check what they serve
	cargo xtask chaos

fuzz: ## Feed everything that reads with inputs that are nearly valid
	cargo xtask fuzz

rules: ## List the rules of the engine with their tests; fail when one has none
	cargo xtask rules

demo: ## Start the demo service
	cargo xtask demo

demo-redis: ## Start the demo service over a Redis of its own
	cargo xtask demo --redis

evidence: ## Show what takes long (NAME=… for one), and write docs/reliability.md
	cargo xtask evidence $(NAME)

smoke: ## Start the demo service on a free port, test it, stop it
	cargo xtask demo --smoke

smoke-redis: ## The same with two processes over one Redis, which is killed in the end
	cargo xtask demo --smoke --redis

setup: ## Find what this machine lacks, and name the command that mends it
	cargo xtask setup
