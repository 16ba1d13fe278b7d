#!/usr/bin/env bash
# Starts Kemai with demonstration data on http://127.0.0.1:$KEMAI_PORT/ and keeps it running until Ctrl-C.
set -euo pipefail
cd "$(dirname "$0")/.."
export KEMAI_PORT=${KEMAI_PORT:-8000} KEMAI_DATA=${KEMAI_DATA:-$PWD/data}

scripts/setup.sh
.venv/bin/kemai migrate
.venv/bin/kemai demo
exec .venv/bin/kemai serve --port "$KEMAI_PORT" --skip-migrate
