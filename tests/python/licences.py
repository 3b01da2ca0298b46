"""Checks that every crate that motherlode is built from has a licence that `deny.toml` allows and comes from the crate registry.

    python3 tests/python/licences.py

Follows normal and build dependencies of all platforms; those of tests and benches are not shipped. Needs Python 3.11 and cargo.
"""

import re
import subprocess
import sys
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
ALLOWED = set(tomllib.loads((ROOT / "deny.toml").read_text())["licenses"]["allow"])


def allowed(expression):
    """Evaluates an SPDX expression; `/` is an old form of `OR`."""
    tokens = re.findall(r"[()]|[^()\s]+(?:\s+WITH\s+[^()\s]+)?", expression.replace("/", " OR "))

    def alternatives():
        found = [conjunction()]
        while tokens and tokens[0] == "OR":
            tokens.pop(0)
            found.append(conjunction())
        return any(found)

    def conjunction():
        found = [licence()]
        while tokens and tokens[0] == "AND":
            tokens.pop(0)
            found.append(licence())
        return all(found)

    def licence():
        token = tokens.pop(0)
        if token != "(":
            return token in ALLOWED
        found = alternatives()
        tokens.pop(0)
        return found

    return alternatives()


command = "cargo tree --locked --workspace --all-features --target all --edges normal,build --prefix none --format {p};{l}"
lines = subprocess.run(command.split(), cwd=ROOT, check=True, capture_output=True, text=True).stdout.splitlines()
crates = sorted({line.removesuffix(" (*)") for line in lines if line})
refused = []
for crate in crates:
    package, licence = crate.split(";")
    source = re.search(r"\(([^)]*[/:][^)]*)\)$", package)  # of crates that are not from the registry: a folder or a git repository
    if source and not Path(source[1]).is_relative_to(ROOT):
        refused.append(f"{package}: not from the registry")
    if not allowed(licence or "none"):
        refused.append(f"{package}: licence {licence or 'not stated'}")
print(f"{len(crates)} crates, {len(refused)} refused", *refused, sep="\n")
sys.exit(bool(refused))
