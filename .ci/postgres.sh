#!/usr/bin/env bash
# Makes sure that the tests have a PostgreSQL to keep Dagster's history in: Debian's, where this machine lets us install
# it. The tests start a server of their own.
set -eu
ls /usr/lib/postgresql/*/bin/initdb >/dev/null 2>&1 && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq postgresql >/dev/null
else
    echo "No PostgreSQL found and no right to install it: the tests that need it will be skipped." >&2
fi
