#!/bin/sh
# Scans what the chart renders (checkov) and the Dockerfiles (hadolint). Their packages do not fit into the one lock:
# they have an environment of their own under the workspace folder, made once.
set -eu

PYTHON=.venv/bin/python
WORK=${RECSYS_WORKSPACE:-var}/scan
TOOLS=$WORK/tools
PINS=helm/scan-requirements.txt
uv=$(command -v uv || echo .venv/bin/uv)

if ! cmp -s "$PINS" "$TOOLS/installed"; then
    echo "Installing checkov and hadolint into $TOOLS (250 MB, once)"
    rm -rf "$TOOLS"
    "$uv" venv --quiet --python "$PYTHON" "$TOOLS"
    "$uv" pip install --quiet --python "$TOOLS/bin/python" -r "$PINS"
    cp "$PINS" "$TOOLS/installed"
fi

rm -rf "$WORK/rendered"
"$PYTHON" -m scripts.chart render "$WORK/rendered"

echo "checkov: $(find "$WORK/rendered" -name '*.yaml' | wc -l) files, those of $(ls "$WORK/rendered" | wc -l) files of values"
"$TOOLS/bin/checkov" --config-file helm/checkov.yaml --directory "$WORK/rendered"
echo "hadolint: Dockerfile, mlflow/Dockerfile"
"$TOOLS/bin/hadolint" --failure-threshold style Dockerfile mlflow/Dockerfile
echo "No finding without a reason (helm/checkov.yaml, and beside the lines)"
