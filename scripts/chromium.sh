#!/bin/sh
# The browser tests drive Debian's Chromium. Installs it where it may; elsewhere says how, and the tests are skipped.
set -eu

for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null 2>&1; then exit 0; fi
done

if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then
    echo "Installing Chromium for the browser tests (once)"
    log=$(mktemp)
    if apt-get update >"$log" 2>&1 && DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        chromium fonts-dejavu-core >>"$log" 2>&1; then
        rm "$log"
        exit 0
    fi
    echo "apt-get could not install it:" >&2
    tail -n 5 "$log" >&2
    rm "$log"
fi

echo "No Chromium here: the browser tests will be skipped. To enable them: sudo apt-get install chromium" >&2
if [ -n "${CI:-}" ]; then
    echo "CI is set, where they must run" >&2
    exit 1
fi
