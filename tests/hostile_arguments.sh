#!/bin/sh
# Runs every list of tests/data/hostile_arguments.txt against the program: no panic, no abort, an end in seconds and bounded memory.
set -eu
cd "$(dirname "$0")/.."
exec cargo test --release --workspace --test suite -- --ignored all_hostile_arguments
