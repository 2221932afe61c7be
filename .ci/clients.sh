#!/usr/bin/env bash
# Opens an edition with the DuckDB versions that people have, in Python, Node and WebAssembly. Their environments are
# kept in CPOWER_CLIENTS; Node is left out, with a word, where it is not installed.
set -euo pipefail

edition="$(cd "${1:?usage: clients.sh EDITION_FOLDER}" && pwd -P)"
here="$(cd "$(dirname "$0")/.." && pwd)"
clients="${CPOWER_CLIENTS:-${TMPDIR:-/tmp}/community-power-clients}"

for version in 1.2.2 1.4.5 1.5.6 2.0.0; do
    client="$clients/duckdb-$version"
    # The stamp comes last, so an environment whose making was cut short is made anew.
    if [ ! -e "$client/ready" ]; then
        python3 -m venv --clear "$client"
        "$client/bin/python" -m pip install --quiet "duckdb==$version"
        touch "$client/ready"
    fi
    "$client/bin/python" "$here/tests/compat/read_edition.py" "$edition" "$version"
done

# The same over HTTP, with the newest extension of each DuckDB that the registry has.
log="$clients/serve.log"
CPOWER_HOME="$(dirname "$(dirname "$edition")")" "$here/.venv/bin/cpower" serve --port 0 >"$log" 2>&1 &
server=$!
trap 'kill -INT "$server" 2>/dev/null || true' EXIT
for _ in $(seq 120); do
    address="$(grep -o 'http://[0-9.:]*' "$log" || true)"
    [ -n "$address" ] && break
    sleep 0.5
done
for version in 1.4.4 1.5.5; do
    client="$clients/duckdb-http-$version"
    if [ ! -e "$client/ready" ]; then
        python3 -m venv --clear "$client"
        "$client/bin/python" -m pip install --quiet "duckdb==$version" "duckdb-extension-httpfs==$version"
        touch "$client/ready"
    fi
    "$client/bin/python" "$here/tests/compat/read_served.py" "${address:?cpower serve did not start, see $log}" "$version"
done

if ! command -v npm >/dev/null; then
    echo "No npm found: DuckDB in Node and WebAssembly is not tried." >&2
    exit 0
fi
client="$clients/node"
mkdir -p "$client"
if ! cmp --quiet "$here/tests/compat/package-lock.json" "$client/ready"; then
    cp "$here/tests/compat/package.json" "$here/tests/compat/package-lock.json" "$client/"
    npm ci --prefix "$client" --no-audit --no-fund --loglevel=error >/dev/null
    cp "$client/package-lock.json" "$client/ready"
fi
cp "$here/tests/compat/read_edition.mjs" "$client/"
node "$client/read_edition.mjs" "$edition"
