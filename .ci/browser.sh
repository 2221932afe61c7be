#!/usr/bin/env bash
# Makes sure that the browser tests have a browser and the HTML validator has Java, where this machine lets us install
# them: Debian's Chromium and headless Java.
set -eu
missing=()
command -v chromium >/dev/null || missing+=(chromium)
command -v java >/dev/null || missing+=(default-jre-headless)
[ ${#missing[@]} -gt 0 ] || exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq "${missing[@]}" >/dev/null
else
    echo "Not found, and no right to install: ${missing[*]}. The tests that need them will be skipped." >&2
fi
