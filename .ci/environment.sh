# Read by `run` and `test`: makes .venv once and installs the pinned packages into it. POSIX sh.

say() { printf '%s\n' "$*" >&2; }
die() { say "$*"; exit 1; }
is_root_with_apt() { [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null 2>&1; }
apt_install() { apt-get -qq update && DEBIAN_FRONTEND=noninteractive apt-get -qq -y --no-install-recommends install "$@"; }

find_python() {
    for python in "${PYTHON:-}" python3 python3.14 python3.13 python3.12 python3.11 python; do
        # A name on PATH may be a shim without a Python behind it, so it has to answer.
        if [ -n "$python" ] && "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' >/dev/null 2>&1; then
            return 0
        fi
    done
    die "Python 3.11 or newer is needed and none was found; PYTHON=/path/to/python3 names one."
}

make_venv() {
    if .venv/bin/python -m pip --version >/dev/null 2>&1; then return 0; fi
    find_python
    rm -rf .venv
    "$python" -m venv .venv >/dev/null 2>&1 && return 0
    # Debian and Ubuntu keep the part of Python that puts pip into a new environment in a package of its own.
    if is_root_with_apt; then
        version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
        { apt_install "python$version-venv" || apt_install python3-venv; } >/dev/null 2>&1
        rm -rf .venv
        "$python" -m venv .venv >/dev/null 2>&1 && return 0
    fi
    rm -rf .venv
    die "$python cannot make an environment (no venv or ensurepip); on Debian or Ubuntu: sudo apt-get install python3-venv"
}

# install FILE: what FILE lists is in .venv; does nothing when it already is.
install() {
    make_venv
    stamp=.venv/installed-$1
    wanted=$(cat constraints.txt requirements.txt "$1" | cksum)
    [ "$(cat "$stamp" 2>/dev/null)" != "$wanted" ] || return 0
    say "Installing $1 into .venv (once, about a minute) ..."
    .venv/bin/python -m pip install --quiet --disable-pip-version-check --requirement "$1" ||
        die "The packages of $1 could not be installed; the reason stands above."
    printf '%s\n' "$wanted" >"$stamp"
    # What the tests need holds what the dashboard needs.
    [ "$1" = requirements.txt ] || cat constraints.txt requirements.txt requirements.txt | cksum >.venv/installed-requirements.txt
}

# find_browser: CHROMIUM names a Chromium or Chrome that starts; installs one if there is none.
find_browser() {
    browser_on_path && return 0
    if is_root_with_apt; then
        say "Installing Chromium for the browser tests (once) ..."
        apt_install chromium fonts-dejavu-core >/dev/null 2>&1
        browser_on_path && return 0
    fi
    say "Fetching Playwright's own Chromium for the browser tests (once) ..."
    .venv/bin/python -m playwright install chromium >/dev/null 2>&1
    CHROMIUM=$(.venv/bin/python -c 'from playwright.sync_api import sync_playwright as p
with p() as pw: print(pw.chromium.executable_path)')
    starts "$CHROMIUM" ||
        die "The browser tests need Chromium or Chrome and none could be found or installed; CHROMIUM=/path/to/chromium names one."
    export CHROMIUM
}

# find_nginx: NGINX_PROGRAM names an nginx that starts; installs one if there is none.
find_nginx() {
    nginx_on_path && return 0
    if is_root_with_apt; then
        say "Installing nginx for the test of several replicas (once) ..."
        apt_install nginx-light >/dev/null 2>&1 || apt_install nginx >/dev/null 2>&1
        nginx_on_path && return 0
    fi
    die "The test of several replicas needs nginx and none could be found or installed; NGINX_PROGRAM=/path/to/nginx names one."
}

nginx_on_path() {
    for name in "${NGINX_PROGRAM:-}" nginx /usr/sbin/nginx; do
        if [ -n "$name" ] && "$name" -v >/dev/null 2>&1; then
            NGINX_PROGRAM=$(command -v "$name")
            export NGINX_PROGRAM
            return 0
        fi
    done
    return 1
}

starts() { [ -n "$1" ] && "$1" --version >/dev/null 2>&1; }

browser_on_path() {
    for name in "${CHROMIUM:-}" chromium chromium-browser google-chrome google-chrome-stable; do
        if starts "$name"; then
            CHROMIUM=$(command -v "$name")
            export CHROMIUM
            return 0
        fi
    done
    return 1
}
