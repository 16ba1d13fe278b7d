#!/usr/bin/env bash
# Writes requirements/*.txt from *.in: every version with its hashes, no addresses. Uses uv in a throw-away environment.
set -euo pipefail
cd "$(dirname "$0")/.."
tools=$(mktemp -d)
trap 'rm -rf "$tools"' EXIT
python3 -m venv "$tools/venv"
"$tools/venv/bin/pip" install --quiet --disable-pip-version-check uv
for name in base build dev; do
    "$tools/venv/bin/uv" pip compile --quiet --universal --generate-hashes --no-emit-index-url --python-version 3.11 \
        --custom-compile-command "make lock" "$@" \
        "requirements/$name.in" -o "requirements/$name.txt"
done
