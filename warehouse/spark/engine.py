"""The engine Spark: runs a query over the Parquet files of tables and writes its rows as Parquet files.

Only the queries of `sql/` run there, and of these only the ones that read many rows; the tables of Python, the checks
and editions are made by this process. All workers of a cluster must see the files of the home under the same path.
"""

import os
import socket
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from warehouse.catalogue import tables
from warehouse.errors import ContractBroken, InvalidSetting, ResourcesExhausted

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

ENGINES = ("duckdb", "spark")
VARIABLES = {"engine": "CPOWER_ENGINE", "master": "CPOWER_SPARK_MASTER", "from_rows": "CPOWER_SPARK_FROM_ROWS"}
MASTER = "local[*]"
STANDALONE = "spark://"
ANSWERS_IN_S = 5
# A judgement: at every size that was measured DuckDB is faster on one machine (docs/scale.md).
FROM_ROWS = 10_000_000
TYPES = {
    "VARCHAR": "string",
    "BOOLEAN": "boolean",
    "INTEGER": "int",
    "BIGINT": "bigint",
    "DOUBLE": "double",
    "DATE": "date",
    "TIMESTAMP": "timestamp_ntz",
    "VARCHAR[]": "array<string>",
}
# What the results depend on. Everything else is set by Spark's own means (spark-defaults.conf).
SETTINGS = {
    "spark.sql.session.timeZone": "UTC",
    "spark.sql.timestampType": "TIMESTAMP_NTZ",
    "spark.sql.ansi.enabled": "true",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.log.level": "ERROR",
}
# Only a driver on this machine serves the executors on this machine; a cluster needs the address of the driver.
LOOPBACK = {"spark.driver.bindAddress": "127.0.0.1", "spark.driver.host": "127.0.0.1"}


@dataclass(frozen=True)
class Spark:
    """A Spark cluster, for queries that read at least `from_rows` rows; `folder` is for its temporary files."""

    master: str
    from_rows: int
    folder: Path

    def takes(self, rows: int) -> bool:
        """Return whether a query that reads so many rows runs on Spark."""
        return rows >= self.from_rows

    def write(self, query: str, files: Mapping[str, Path], folder: Path) -> None:
        """Write the rows of a query of `sql/` as Parquet files in a new folder; `files` has the file of each table.

        Raises `ContractBroken` if the query fails, `InvalidSetting` if Spark cannot be started, and
        `ResourcesExhausted` if it is lost.
        """
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException

        from warehouse.spark.translation import translated, view_of  # half a second to import

        session = _session(self.master, self.folder)
        try:
            for name, path in files.items():
                # With a schema, Spark need not start a job that reads the file's own.
                session.read.schema(_schema(name)).parquet(str(path.absolute())).createOrReplaceTempView(view_of(name))
            session.sql(translated(query)).write.parquet(str(folder.absolute()))
        except PySparkException as error:
            raise ContractBroken(f"The query fails on Spark: {_first_lines(error)}") from error
        except Py4JError as error:
            _session.cache_clear()
            raise ResourcesExhausted(
                f"Spark at {self.master} was lost: {_first_lines(error)}. See the logs of its driver and executors, "
                "and give them more memory in spark-defaults.conf."
            ) from error


def chosen(
    folder: Path, *, engine: str = "", spark_master: str = "", spark_from_rows: int | None = None
) -> Spark | None:
    """Return the engine of the settings, None for DuckDB; a setting that is not given is an environment variable.

    `folder` is for its temporary files.

    Raises `InvalidSetting` for an unknown engine or a number of rows that is none.
    """
    engine = engine or os.environ.get(VARIABLES["engine"], "").strip() or ENGINES[0]
    if engine not in ENGINES:
        raise InvalidSetting(f"{VARIABLES['engine']} must be one of {', '.join(ENGINES)}; got {engine!r}.")
    if engine != "spark":
        return None
    said = os.environ.get(VARIABLES["from_rows"], "").strip() if spark_from_rows is None else str(spark_from_rows)
    if said and not said.isdecimal():
        raise InvalidSetting(f"{VARIABLES['from_rows']} must be a number of rows such as {FROM_ROWS}; got {said!r}.")
    master = spark_master or os.environ.get(VARIABLES["master"], "").strip() or MASTER
    return Spark(master, int(said or FROM_ROWS), folder)


@cache
def _session(master: str, folder: Path) -> "SparkSession":
    """Return the session of this process; a start takes seconds."""
    # PySpark warns of the version of pandas, which no query uses.
    warnings.filterwarnings("ignore", category=FutureWarning, module="pyspark")
    try:
        from py4j.protocol import Py4JError
        from pyspark.errors import PySparkException
        from pyspark.sql import SparkSession
    except ImportError:
        raise InvalidSetting(
            "The engine spark needs PySpark, which is not installed. Install community-power[spark] and Java 17 or 21."
        ) from None
    if master.startswith(STANDALONE):
        _require_answer(master)
    settings: dict[str, bool | float | int | str | None] = {
        **SETTINGS,
        "spark.local.dir": str(folder.absolute()),
        "spark.sql.warehouse.dir": str(folder.absolute()),
        **(LOOPBACK if master.startswith("local") else {}),
    }
    builder = SparkSession.builder.master(master).appName("community-power")
    try:
        return builder.config(map=settings).getOrCreate()
    except (PySparkException, Py4JError, OSError) as error:
        raise InvalidSetting(
            f"Spark cannot be started at {master}: {_first_lines(error)} Expected Java 17 or 21 on the path or in "
            "JAVA_HOME, and a master such as local[*] or spark://host:7077 that answers."
        ) from error


def _require_answer(master: str) -> None:
    """Raise `InvalidSetting` if no address of a standalone master takes a connection: Spark would try for a minute."""
    reasons = []
    for address in master.removeprefix(STANDALONE).split(","):
        try:
            named = urlsplit(f"{STANDALONE}{address}")
            if not (named.hostname and named.port):
                raise ValueError("host or port is missing")
            socket.create_connection((named.hostname, named.port), timeout=ANSWERS_IN_S).close()
        except (OSError, ValueError) as error:
            reasons.append(f"{address}: {error}")
        else:
            return
    raise InvalidSetting(
        f"No Spark master answers at {master}: {'; '.join(reasons)}. Expected spark://host:port, or several joined by "
        "commas, of a master that is running."
    )


def _schema(name: str) -> str:
    """Return the columns of a table in the terms of Spark."""
    return ", ".join(f"`{column.name}` {TYPES[column.type]}" for column in tables()[name].columns)


def _first_lines(error: Exception) -> str:
    # The first line of an error of Java is only where it was called.
    return " ".join(str(error).splitlines()[:2])
