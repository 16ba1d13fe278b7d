#!/usr/bin/env bash
# Makes .venv with the pinned packages and the command `kemai`; does nothing when that is so already.
#   scripts/setup.sh        what Kemai needs to run
#   scripts/setup.sh dev    and what its tests and checks need
set -euo pipefail
cd "$(dirname "$0")/.."
kind=${1:-base}

fail() { echo "$1" >&2; exit 1; }

mkdir -p .cache
if command -v flock >/dev/null; then  # two makes at once: one sets up, the other waits
    exec 9>.cache/setup.lock
    flock 9
fi

# The system's Python comes first: distributions build theirs with profiles, so that Kemai is an eighth faster (docs/adr/0018), and keep it patched.
python="" lacks_venv=""
for candidate in ${PYTHON:-/usr/bin/python3.11 /usr/bin/python3.12 /usr/bin/python3.13 /usr/bin/python3 python3.11 python3.12 python3.13 python3}; do
    "$candidate" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue
    if "$candidate" -c 'import ensurepip, venv' 2>/dev/null; then python=$candidate; break; fi
    lacks_venv=${lacks_venv:-$candidate}
done
[ -n "$python$lacks_venv" ] || fail "Kemai needs Python 3.11 or newer; please install it (on Debian: apt-get install python3 python3-venv)."

if ! .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
    if [ -z "$python" ]; then
        python=$lacks_venv
        if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
            echo "Installing python3-venv …"
            (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq python3-venv) >.cache/apt.log 2>&1 \
                || fail "python3-venv could not be installed: see .cache/apt.log."
        else
            fail "Python's venv module is missing; please install it (on Debian: apt-get install python3-venv)."
        fi
    fi
    "$python" -m venv --clear .venv || fail ".venv could not be made with $python."
fi

# Two stamps: the packages, which are slow to install, and the product itself, whose pyproject.toml changes more often.
packages=$(cat requirements/*.txt scripts/setup.sh | sha256sum | cut -d' ' -f1)
product=$(cat pyproject.toml requirements/base.in | sha256sum | cut -d' ' -f1)
had_kind="" had_packages="" had_product=""
if [ -f .venv/kemai-installed ]; then read -r had_kind had_packages had_product <.venv/kemai-installed || true; fi
if [ "$had_kind" = dev ]; then kind=dev; fi

pip() {
    .venv/bin/python -m pip --disable-pip-version-check --no-input "$@" >.cache/pip.log 2>&1 && return
    cat .cache/pip.log >&2
    fail "The packages could not be installed."
}
if [ "$had_kind $had_packages" != "$kind $packages" ]; then
    echo "Installing packages ($kind) …"
    if [ "$kind" = dev ]; then
        pip install --require-hashes -r requirements/dev.txt
    else
        pip install --require-hashes -r requirements/base.txt -r requirements/build.txt
    fi
    had_product=""
fi
if [ "$had_product" != "$product" ]; then pip install --no-deps --no-build-isolation --editable .; fi
echo "$kind $packages $product" >.venv/kemai-installed
