#!/bin/sh
# Resolves constraints.txt again: the newest versions that setup.cfg allows, for all extras together.
set -eu

uv=$(command -v uv || echo .venv/bin/uv)
fresh=$(mktemp)
trap 'rm -f "$fresh"' EXIT

if [ -n "${PIP_FIND_LINKS:-}" ]; then
    set -- --find-links "$PIP_FIND_LINKS"
else
    set -- --torch-backend cpu
fi

"$uv" pip compile --quiet --upgrade --all-extras --python-version 3.11 \
    --no-header --no-annotate --no-emit-find-links --no-emit-index-url "$@" setup.cfg -o "$fresh"
{
    echo "# One lock for every extra of setup.cfg, exact versions, Python 3.11. Refresh: make lock"
    sed 's/+cpu$//' "$fresh"
} >constraints.txt
git diff --stat -- constraints.txt
