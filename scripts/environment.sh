# Sourced by the other scripts: goes to the project's folder and sets up .venv, each part once.
# Needs Python >= 3.11 with venv; for the tests also a C++ compiler (QuickFIX is compiled).
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

suitable_python() {
    local candidate
    for candidate in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11; do
        if [ -n "$candidate" ] && "$candidate" -c \
            'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$candidate"
            return
        fi
    done
    echo "Python 3.11 or later is needed; name it in PYTHON if it is not found" >&2
    return 1
}

# install PART COMMAND...: runs the command unless it was run for these very requirements before.
install() {
    local part=$1 stamp
    stamp=.venv/installed-$(echo "$part" | tr -cd "a-zA-Z")
    shift
    local wanted
    wanted=$(cat pyproject.toml scripts/requirements/*.txt | cksum)
    if [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ]; then
        echo "setting up: $part" >&2
        "$@"
        echo "$wanted" >"$stamp"
    fi
}

locked() {
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes \
        --no-build-isolation "$@"
}

project() {
    locked -r scripts/requirements/run.txt
    # The project itself has no hash; --no-deps keeps everything else as locked.
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --no-build-isolation \
        --no-deps --editable .
}

set_up_to_run() {
    [ -x .venv/bin/python ] || "$(suitable_python)" -m venv .venv
    install "the project" project
}

set_up_to_test() {
    set_up_to_run
    install "test tools" locked -r scripts/requirements/test.txt
    install "QuickFIX, compiled from source (about 5 minutes)" \
        locked -r scripts/requirements/quickfix.txt
}
