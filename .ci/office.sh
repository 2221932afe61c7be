#!/usr/bin/env bash
# Makes sure that the tests have an office suite to open the workbook with: Debian's LibreOffice, where this machine lets
# us install it.
set -eu
command -v soffice >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq libreoffice-calc-nogui >/dev/null
else
    echo "No soffice found and no right to install it: the test that opens the workbook will be skipped." >&2
fi
