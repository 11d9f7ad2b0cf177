#!/bin/sh
# What the project needs from the machine: Python 3.11, Java 17 or newer, make.
#   preflight.sh             names everything that is missing, with the command that installs it; status 1
#   preflight.sh --install   runs that command first, where it may (root on Debian/Ubuntu)
#   preflight.sh --python    prints the Python 3.11 that was found
#   preflight.sh --java-workspace prints the Java that Spark should use
set -eu

JAVA_AT_LEAST=17
ROOT=${PREFLIGHT_ROOT:-} # another root folder, for the tests
OS_RELEASE=$ROOT/etc/os-release

is_python311() {
    "$1" -c 'import sys, venv, ensurepip; sys.exit(sys.version_info[:2] != (3, 11))' 2>/dev/null
}

find_python() {
    for candidate in "${PYTHON:-}" python3.11 "$ROOT/usr/bin/python3.11" "$ROOT/opt/homebrew/bin/python3.11" python3 python; do
        [ -n "$candidate" ] || continue
        if is_python311 "$candidate"; then
            command -v "$candidate"
            return 0
        fi
    done
    if command -v uv >/dev/null 2>&1; then
        found=$(uv python find --no-project 3.11 2>/dev/null) && is_python311 "$found" && echo "$found" && return 0
    fi
    return 1
}

java_major() { # 17 of 'openjdk version "17.0.15"', 8 of 'java version "1.8.0_392"'
    "$1" -version 2>&1 | sed -n 's/.*version "\(1\.\)\{0,1\}\([0-9]*\).*/\2/p' | head -n 1
}

java_candidates() {
    [ -z "${JAVA_HOME:-}" ] || echo "$JAVA_HOME/bin/java"
    command -v java || true
    for workspace in "$ROOT"/usr/lib/jvm/*/bin/java "$ROOT"/opt/homebrew/opt/openjdk*/bin/java; do
        [ ! -x "$workspace" ] || echo "$workspace"
    done
}

find_java() {
    java_candidates | while read -r java; do
        major=$(java_major "$java" 2>/dev/null || true)
        if [ -n "$major" ] && [ "$major" -ge "$JAVA_AT_LEAST" ]; then
            echo "$java"
            break
        fi
    done
}

resolve() { # a link's last target, without GNU readlink -f
    path=$1
    while [ -L "$path" ]; do
        target=$(readlink "$path")
        case $target in /*) path=$target ;; *) path=$(dirname "$path")/$target ;; esac
    done
    echo "$path"
}

distribution() {
    if [ "$(uname -s)" = Darwin ]; then
        echo macos
    elif [ -r "$OS_RELEASE" ]; then
        (. "$OS_RELEASE" && echo "${ID:-linux}${VERSION_ID:-}")
    else
        echo linux
    fi
}

sudo_prefix() { [ "$(id -u)" = 0 ] || echo "sudo "; }

python_commands() {
    apt="$(sudo_prefix)apt-get"
    case $(distribution) in
        macos) echo "brew install python@3.11" ;;
        debian12) echo "$apt update && $apt install -y python3.11 python3.11-venv" ;;
        ubuntu22.04) echo "$apt update && $apt install -y python3.11 python3.11-venv" ;;
        ubuntu*) echo "$(sudo_prefix)add-apt-repository -y ppa:deadsnakes/ppa && $apt install -y python3.11 python3.11-venv" ;;
        *) echo "curl -LsSf https://astral.sh/uv/install.sh | sh && \$HOME/.local/bin/uv python install 3.11" ;;
    esac
}

java_commands() {
    apt="$(sudo_prefix)apt-get"
    case $(distribution) in
        macos) echo "brew install openjdk@17" ;;
        debian12 | ubuntu*) echo "$apt update && $apt install -y openjdk-17-jre-headless" ;;
        *) echo "$apt update && $apt install -y openjdk-21-jre-headless" ;;
    esac
}

make_commands() {
    case $(distribution) in
        macos) echo "xcode-select --install" ;;
        *) echo "$(sudo_prefix)apt-get install -y make" ;;
    esac
}

list_missing() { # one line each: what <tab> why <tab> command
    find_python >/dev/null || printf 'Python 3.11\tthe version that every package of the lock supports\t%s\n' "$(python_commands)"
    [ -n "$(find_java)" ] || printf 'Java %s or newer\tSpark runs on it\t%s\n' "$JAVA_AT_LEAST" "$(java_commands)"
    command -v make >/dev/null 2>&1 || printf 'make\tevery command of the project is a make target\t%s\n' "$(make_commands)"
}

check() {
    missing=$(list_missing)
    [ -n "$missing" ] || return 0
    tab=$(printf '\t')
    echo "Missing on this machine:" >&2
    echo "$missing" | while IFS="$tab" read -r what why _; do echo "  - $what ($why)" >&2; done
    echo "Install with:" >&2
    echo "$missing" | while IFS="$tab" read -r _ _ command; do echo "    $command" >&2; done
    echo "Then run make again. Nothing was changed." >&2
    return 1
}

install() {
    missing=$(list_missing)
    [ -n "$missing" ] || return 0
    if [ "$(id -u)" != 0 ] || ! command -v apt-get >/dev/null 2>&1; then return 0; fi
    echo "$missing" | cut -f 3 | DEBIAN_FRONTEND=noninteractive sh -ex
}

case ${1:-} in
    --python) find_python ;;
    --java-workspace) java=$(find_java) && [ -n "$java" ] && dirname "$(dirname "$(resolve "$java")")" ;;
    --install) install && check ;;
    "") check ;;
    *) echo "unknown argument $1: expected --install, --python, --java-workspace or none" >&2 && exit 2 ;;
esac
