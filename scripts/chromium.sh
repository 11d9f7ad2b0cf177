#!/bin/sh
# The browser tests drive Debian's Chromium. Installs it where it may; elsewhere says how, and the tests are skipped.
# The headless shell is the same engine without an interface of its own, and takes less of the cores.
set -eu

install() {
    DEBIAN_FRONTEND=noninteractive apt-get install -y --no-install-recommends \
        -o Acquire::Retries=0 -o Acquire::http::Timeout=20 "$1" fonts-dejavu-core
}

may_install=
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; then may_install=1; fi

if command -v chromium-headless-shell >/dev/null 2>&1; then exit 0; fi
for browser in chromium chromium-browser google-chrome; do
    if command -v "$browser" >/dev/null 2>&1; then
        if [ -n "$may_install" ]; then install chromium-headless-shell >/dev/null 2>&1 || true; fi
        exit 0
    fi
done

if [ -n "$may_install" ]; then
    echo "Installing Chromium for the browser tests (once)"
    log=$(mktemp)
    if apt-get update >"$log" 2>&1 && { install chromium-headless-shell || install chromium; } >>"$log" 2>&1; then
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
