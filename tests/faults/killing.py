"""A process that is killed at the n-th change that it makes on a disk: `python -m tests.faults.killing WORK HOME N MS`.

Python tells its audit hooks of every file that it opens to write, and of every rename, link, removal and change of
mode, before it happens. At the n-th of these under the home the process gets a signal that nothing can catch or clean
up after: at once or, to end up inside the work of DuckDB or Polars, some milliseconds later. It says how many there
were when it gets to the end.
"""

import os
import signal
import sys
from pathlib import Path

import polars as pl

from tests.support.exported import exported_tables
from warehouse.catalogue import Column, Table, sources, tables
from warehouse.editions import publish
from warehouse.exports import changes, csv, csvw, datapackage, dcat, els, manifest, parquet
from warehouse.release.snapshots import NEEDED
from warehouse.storage import table_store as store
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

PUBLISHED = tuple(tables()[name] for name in sorted({*NEEDED, *exported_tables(), "meta.check_result"}))
EXPORTS = tuple(form.write for form in (changes, parquet, csv, csvw, els, datapackage, dcat, manifest))
BUILD = tables()["meta.build"]
SOURCE, LANDED = sources()["iod2025"], b"made up,\r\n" * 1000
# Rows enough for the work of DuckDB to be seen from outside while it lasts.
LARGE, LARGE_ROWS = (
    Table(
        name="core.large",
        tier="public",
        grain="number",
        description="Synthetic.",
        key=("number",),
        columns=(
            Column(name="number", type="BIGINT", description="A number."),
            Column(name="hashed", type="VARCHAR", description="Its hash."),
        ),
    ),
    2_000_000,
)
CHANGES = {"os.rename", "os.remove", "os.rmdir", "os.mkdir", "os.chmod", "os.symlink", "os.truncate"}


def publish_tables(warehouse: Warehouse) -> None:
    publish.publish(warehouse)


def replace_table(warehouse: Warehouse) -> None:
    warehouse.tables.replace(BUILD, warehouse.tables.read(BUILD.name).with_columns(pl.lit("r" * 16).alias("run_id")))


def land_file(warehouse: Warehouse) -> None:
    warehouse.landing.keep(SOURCE, LANDED, file_name="made-up.csv")


def build_large_table(warehouse: Warehouse) -> None:
    warehouse.tables.build(LARGE, f"select range as number, md5(range::varchar) as hashed from range({LARGE_ROWS})")


def build_with_little_memory(warehouse: Warehouse) -> None:
    store._engine().execute("set memory_limit = '60MB'")
    store._engine().execute("set threads = 1")
    build_large_table(warehouse)


WORK = {
    work.__name__: work
    for work in (publish_tables, replace_table, land_file, build_large_table, build_with_little_memory)
}


def main(work: str, root: str, number: int, milliseconds: int) -> None:
    count = 0

    def hook(event: str, arguments: tuple) -> None:
        nonlocal count
        is_write = event == "open" and bool(arguments[2] and arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT))
        if not (is_write or event in CHANGES) or not str(arguments[0]).startswith(root):
            return
        count += 1
        if count == number and milliseconds:
            signal.setitimer(signal.ITIMER_REAL, milliseconds / 1000)
        elif count == number:
            os.kill(os.getpid(), signal.SIGKILL)

    publish.published_tables, publish.EXPORTS = lambda _: PUBLISHED, EXPORTS
    sys.addaudithook(hook)
    WORK[work](Warehouse(Home(Path(root))))
    signal.setitimer(signal.ITIMER_REAL, 0)
    print(count)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]))
