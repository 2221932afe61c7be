"""Read a served edition over HTTP with whatever DuckDB this Python has: run by .ci/clients.sh.

The database must attach, a mart and a Parquet file be read, with as many rows as the edition has.
"""

import json
import sys
import sysconfig
import urllib.request
from pathlib import Path

import duckdb


def main(address, version):
    if duckdb.__version__ != version:
        sys.exit(f"expected duckdb {version}, got {duckdb.__version__}")
    with urllib.request.urlopen(f"{address}/latest/edition.json") as answer:
        tables = json.load(answer)["tables"]
    (extension,) = Path(sysconfig.get_paths()["purelib"]).rglob("httpfs.duckdb_extension")
    connection = duckdb.connect()
    connection.execute(f"load '{extension}'")
    connection.execute(f"attach '{address}/latest/community_power.duckdb' as power (read_only)")
    for name in ("marts.locality_profile", "metrics.metric_value"):
        for relation in (f"power.{name}", f"'{address}/latest/parquet/{name}.parquet'"):
            (rows,) = connection.execute(f"select count(*) from {relation}").fetchall()[0]
            if rows != tables[name]:
                sys.exit(f"duckdb {version}: {relation} has {rows} rows, and {tables[name]} were published")
    (rows,) = connection.execute(
        f"select count(*) from read_parquet('{address}/api/v1/data.parquet?metric=pop_total&nation=Wales')"
    ).fetchall()[0]
    if not rows:
        sys.exit(f"duckdb {version}: the API has no population of Wales")
    print(f"duckdb {version}: attached over HTTP, {tables['marts.locality_profile']} profiles")


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
