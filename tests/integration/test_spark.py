"""The queries run on a Spark cluster of two worker processes and give the tables that DuckDB gives."""

import importlib.util
import os
import shutil
import subprocess
import sys

import pytest

from tests.support.equal_tables import differences
from warehouse.catalogue import tables
from warehouse.editions.find import current
from warehouse.lineage import queries
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.table_store import Tables

pytestmark = [
    pytest.mark.long,
    pytest.mark.skipif(not importlib.util.find_spec("pyspark"), reason="needs PySpark (make test-long installs it)"),
    pytest.mark.skipif(not shutil.which("java"), reason="needs Java"),
    pytest.mark.timeout(1200),
]
CLUSTER = "local-cluster[2,1,1024]"
# Small data on few cores: planning and compiling are what takes the time.
CONFIGURATION = """
spark.sql.shuffle.partitions 2
spark.sql.adaptive.enabled false
spark.sql.autoBroadcastJoinThreshold -1
spark.sql.codegen.wholeStage false
spark.driver.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
spark.executor.extraJavaOptions -XX:TieredStopAtLevel=1 -XX:+UseSerialGC
"""


def cpower(home, configuration, *arguments):
    return subprocess.run(
        [sys.executable, "-m", "orchestration.cli", *arguments],
        cwd=PROJECT,
        env={**os.environ, "CPOWER_HOME": str(home.root), "SPARK_CONF_DIR": str(configuration)},
        capture_output=True,
        text=True,
        timeout=1100,
        check=False,
    )


@pytest.fixture(scope="module")
def configuration(tmp_path_factory):
    folder = tmp_path_factory.mktemp("spark")
    (folder / "spark-defaults.conf").write_text(CONFIGURATION, "utf-8")
    return folder


@pytest.fixture(scope="module")
def spark_home(landed_home, tmp_path_factory, configuration):
    """A home with the files of `landed_home`, built with every query on Spark."""
    home = Home(tmp_path_factory.mktemp("built") / "home").prepare()
    shutil.copytree(landed_home.landing, home.landing, dirs_exist_ok=True)
    done = cpower(home, configuration, "build", "--engine", "spark", "--master", CLUSTER, "--spark-from-rows", "0")
    assert done.returncode == 0, done.stdout + done.stderr
    return home


@pytest.mark.parametrize("name", sorted(queries()))
def test_a_table_is_that_of_duckdb(landed_home, spark_home, name):
    assert not differences(Tables(landed_home.tables), Tables(spark_home.tables), name)


def test_tables_of_python_are_the_same(landed_home, spark_home):
    computed = [name for name in tables() if name.startswith(("metrics.", "marts.")) and name not in queries()]
    found = {
        name: differences(Tables(landed_home.tables), Tables(spark_home.tables), name)
        for name in computed
        if Tables(landed_home.tables).path(name).exists()
    }
    assert found
    assert not any(found.values()), found


def test_the_edition_is_published_as_ever(spark_home):
    edition = current(spark_home)
    assert (edition.path / "community_power.duckdb").exists()


def test_nothing_is_written_outside_the_home(spark_home):
    assert not [path for path in ("spark-warehouse", "metastore_db", "artifacts") if (PROJECT / path).exists()]


def test_a_build_after_it_makes_nothing(spark_home, configuration):
    made = cpower(spark_home, configuration, "build", "--json")
    assert '"is_new": false' in made.stdout


@pytest.mark.parametrize(
    "master",
    ["nowhere", "spark://127.0.0.1:1", "spark://127.0.0.1:1,localhost:2", "spark://nowhere", "spark://[::1]:1"],
)
def test_a_master_that_does_not_answer_is_told(default_home, configuration, master, tmp_path):
    home = Home(tmp_path / "home").prepare()
    shutil.copytree(default_home.tables, home.tables, dirs_exist_ok=True)
    Tables(home.tables).path("marts.coverage").unlink()
    chosen = ("--engine", "spark", "--master", master, "--spark-from-rows", "0")
    done = cpower(home, configuration, "build", *chosen, "--select", "marts.coverage")
    assert done.returncode
    assert "Traceback" not in done.stderr
    assert master in done.stderr
