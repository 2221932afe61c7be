#!/usr/bin/env bash
# Makes sure that the tests have a Java for Spark: Debian's, where this machine lets us install it.
set -eu
command -v java >/dev/null && exit 0
if [ "$(id -u)" = 0 ] && command -v apt-get >/dev/null; then
    apt-get update -qq && DEBIAN_FRONTEND=noninteractive apt-get install -y -qq openjdk-17-jre-headless >/dev/null
else
    echo "No Java found and no right to install it: the tests of Spark will be skipped." >&2
fi
