#!/usr/bin/env bash
# Makes sure that the browser tests have a browser: Debian's Chromium, where this machine lets us install it.
set -eu
command -v chromium >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq chromium >/dev/null
else
    echo "No chromium found and no right to install it: the browser tests will be skipped." >&2
fi
