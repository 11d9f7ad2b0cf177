#!/bin/sh
# The virtual environment .venv with every package of constraints.txt. Run by make when the lock changed.
set -eu

EXTRAS=demo,spark,train,image,airflow,web,s3,bench,dev
VENV=.venv
NEEDED_MB=${SETUP_NEEDED_MB:-5600} # 4.8 GB stay, the rest is built in passing
started=$(date +%s)

say() { printf '%s\n' "$*"; }

say "Setting up $VENV (once; later runs skip this)"
free=$(df -Pm . | awk 'NR == 2 {print $4}')
if ! [ -d "$VENV/lib" ] && [ "$free" -lt "$NEEDED_MB" ]; then
    say "The packages need about $NEEDED_MB MB here, $free MB are free: make room, or clone to another disk" >&2
    exit 1
fi
if ! [ -x "$VENV/bin/python" ]; then
    python=$(scripts/preflight.sh --python)
    say "  creating it with $("$python" --version)"
    "$python" -m venv "$VENV"
fi

uv=$(command -v uv || true)
if [ -z "$uv" ] || ! "$uv" --version >/dev/null 2>&1; then
    uv=$VENV/bin/uv
    if ! [ -x "$uv" ]; then
        say "  fetching uv, which installs the packages"
        "$VENV/bin/python" -m pip --version >/dev/null 2>&1 || "$VENV/bin/python" -m ensurepip >/dev/null
        "$VENV/bin/python" -m pip install --quiet --disable-pip-version-check uv
    fi
fi

# The CPU build of PyTorch: from the given wheels, else from PyTorch's own index.
if [ -n "${PIP_FIND_LINKS:-}" ]; then
    set -- --find-links "$PIP_FIND_LINKS"
else
    set -- --torch-backend cpu
fi

say "  installing $(grep -c '==' constraints.txt) packages, about 5 GB on disk"
export VIRTUAL_ENV="$PWD/$VENV"
"$uv" pip install --quiet -r constraints.txt -e ".[$EXTRAS]" "$@"
"$uv" pip check --quiet || { say "The packages of constraints.txt do not fit together; see above" >&2; exit 1; }
say "  ready in $(($(date +%s) - started)) s"
