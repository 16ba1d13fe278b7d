#!/usr/bin/env bash
# Every check and test of the product; all steps run, and the last lines say how each one ended.
#   scripts/test.sh                     everything
#   scripts/test.sh lint types sqlite   only these: lint types sqlite postgres browser soak
set -uo pipefail
cd "$(dirname "$0")/.."
steps=("$@")
[ ${#steps[@]} -gt 0 ] || steps=(lint types sqlite postgres browser)
bin=.venv/bin
summary=()
failed=0

step() {  # step NAME COMMAND…
    local name=$1 started=$SECONDS result
    shift
    printf '\n=== %s\n' "$name"
    if "$@"; then result=ok; else result=FAILED; failed=1; fi
    summary+=("$(printf '%-34s %-7s %4d s' "$name" "$result" $((SECONDS - started)))")
}

# A data folder of its own, so that no check touches ./data.
django() { KEMAI_TESTING=1 KEMAI_SECRET_KEY=checks KEMAI_DATA=.cache/checks DATABASE_URL="" "$bin/kemai" manage "$@"; }
types() { KEMAI_SECRET_KEY=checks KEMAI_DATA=.cache/checks DATABASE_URL="" "$bin/mypy"; }

has_chromium() {
    [ -n "${KEMAI_CHROMIUM:-}" ] || command -v chromium >/dev/null || command -v google-chrome >/dev/null
}

install_chromium() { # and libatomic1, without which the program that drives it does not start
    local needed="chromium libatomic1"
    if has_chromium && "$bin/playwright" --version >/dev/null 2>&1; then return 0; fi
    if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
        echo "Installing Chromium …"
        mkdir -p .cache
        # shellcheck disable=SC2086
        (apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq --no-install-recommends $needed) >.cache/apt.log 2>&1 \
            && return 0
        echo "Chromium could not be installed (see .cache/apt.log): tests in the browser are left out."
    else
        echo "Chromium is not installed: tests in the browser are left out (on Debian: apt-get install $needed)."
    fi
    return 1
}

run_step() {
    case $1 in
    lint)
        step "style (ruff)" "$bin/ruff" check .
        step "format (ruff)" "$bin/ruff" format --check .
        step "floors (import-linter)" "$bin/lint-imports" --no-logo
        step "declarations (check)" django check
        step "migrations are complete" django makemigrations --check --dry-run
        step "vendored files are untouched" "$bin/python" scripts/vendor_assets.py --check
        ;;
    types) step "types (mypy)" types ;;
    sqlite) step "tests on SQLite" "$bin/pytest" -q -n 2 -m "not browser" --db sqlite ;;
    postgres) step "tests on PostgreSQL" "$bin/pytest" -q -n 2 -m "not browser" --db postgres ;;
    soak)
        step "long tests on SQLite" env KEMAI_SOAK=1 "$bin/pytest" -q -n 2 -m slow --db sqlite
        step "killed and long run, PostgreSQL" env KEMAI_SOAK=1 "$bin/pytest" -q -n 2 --db postgres tests/test_killed.py tests/test_long_run.py
        ;;
    browser)
        if install_chromium; then
            step "tests in the browser" "$bin/pytest" -q -n 2 -m browser --db sqlite tests/browser
        else
            summary+=("$(printf '%-34s %-7s' "tests in the browser" skipped)")
        fi
        ;;
    *) echo "Unknown step: $1 (lint types sqlite postgres browser soak)" >&2; exit 2 ;;
    esac
}

started=$SECONDS
step "packages" scripts/setup.sh dev
[ $failed = 0 ] || exit 1
for name in "${steps[@]}"; do run_step "$name"; done

printf '\n=== Summary\n'
printf '%s\n' "${summary[@]}"
printf '%-34s %-7s %4d s\n' "all" "$([ $failed = 0 ] && echo ok || echo FAILED)" $((SECONDS - started))
exit $failed
