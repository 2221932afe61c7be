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
