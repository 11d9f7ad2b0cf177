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
    # PyPI's milvus (the server, for tests) and helm have no build for Linux on other processors
    sed -e 's/+cpu$//' -e "s/^\\(\\(milvus\\|helm-python-sdk\\)==.*\\)/\\1 ; platform_machine == 'x86_64' or sys_platform == 'darwin'/" "$fresh"
} >constraints.txt
git diff --stat -- constraints.txt
