#!/usr/bin/env bash
# Opens an edition with the DuckDB versions that people have. Their environments are kept in CPOWER_CLIENTS.
set -euo pipefail

edition="${1:?usage: clients.sh EDITION_FOLDER}"
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
