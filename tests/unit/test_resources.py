"""What DuckDB may take of a machine, and what is said where that is not enough."""

import os
import subprocess
import sys

import pytest

from warehouse.errors import HomeUnavailable, InvalidSetting
from warehouse.storage import duckdb_connection, resources
from warehouse.storage.home import PROJECT, Home

# A table store whose queries sort more than the memory that is set; the argument is the most that may be spilled.
SORTS = """
import sys
from pathlib import Path
from warehouse.catalogue import Column, Table
from warehouse.errors import CommunityPowerError
from warehouse.storage import resources
from warehouse.storage.table_store import Tables
most = int(sys.argv[2])
resources._spillable = lambda folder: most
table = Table(
    name="metrics.large", grain="number", description="Synthetic.", tier="internal", key=["n"],
    columns=[Column(name="n", type="BIGINT", description="Number."),
             Column(name="text", type="VARCHAR", description="Text.")],
)
query = "select range as n, md5(cast(range as varchar)) || md5(cast(range + 1 as varchar)) as text from range(6000000)"
try:
    print(Tables(Path(sys.argv[1])).build(table, query).rows)
except CommunityPowerError as error:
    print(type(error).__name__, error)
"""


@pytest.mark.parametrize(
    ("said", "size"), [("2GB", 2_000_000_000), ("1.5 gib", 1_610_612_736), (" 512MB ", 512_000_000)]
)
def test_memory_is_what_the_variable_says(monkeypatch, said, size):
    monkeypatch.setenv("CPOWER_MEMORY", said)
    assert resources.memory_limit() == size


@pytest.mark.parametrize("said", ["2", "much", "-2GB", "1KB", "2 GB of memory"])
def test_a_size_that_cannot_be_used_is_refused_with_what_is_expected(monkeypatch, said):
    monkeypatch.setenv("CPOWER_MEMORY", said)
    with pytest.raises(InvalidSetting, match="CPOWER_MEMORY must be a size such as 2GB"):
        resources.memory_limit()


@pytest.mark.parametrize(
    ("groups", "files", "limits"),
    [
        ("0::/a/b", {"sys/fs/cgroup/a/memory.max": "1000", "sys/fs/cgroup/a/b/memory.max": "max"}, [1000]),
        ("0::/host/name", {"sys/fs/cgroup/memory.max": "3000"}, [3000]),
        (
            "3:cpu:/c\n4:memory:/c",
            {"sys/fs/cgroup/memory/c/memory.limit_in_bytes": "2000", "sys/fs/cgroup/cpu/c/memory.max": "1"},
            [2000],
        ),
        ("0::/", {}, []),
    ],
    ids=["version 2, of a parent", "in a container", "version 1", "no limit"],
)
def test_the_limit_of_a_control_group_is_found(tmp_path, groups, files, limits):
    for name, text in {"proc/self/cgroup": groups, **files}.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(f"{text}\n", "utf-8")
    assert resources.cgroup_limits(tmp_path) == limits
    assert resources.available_memory(tmp_path) <= min([*limits, 10**18])


def test_no_connection_takes_more_than_is_set(monkeypatch):
    monkeypatch.setenv("CPOWER_MEMORY", "1GiB")
    for config in ({}, {"memory_limit": "2GB"}):
        with duckdb_connection.connect(config=config) as database:
            assert database.execute("select current_setting('memory_limit')").fetchall() == [("1.0 GiB",)]


@pytest.mark.parametrize(("most", "told"), [(10**10, "6000000"), (10**6, "ResourcesExhausted")])
def test_a_query_beyond_the_memory_is_spilled_or_says_how_to_give_it_more(tmp_path, most, told):
    found = subprocess.run(
        [sys.executable, "-c", SORTS, str(tmp_path), str(most)],
        capture_output=True, text=True, check=True, cwd=PROJECT, env=os.environ | {"CPOWER_MEMORY": "256MB"},
    )  # fmt: skip
    assert found.stdout.startswith(told), found.stdout
    assert (told == "6000000") or "Set CPOWER_MEMORY to a larger size" in found.stdout


def test_the_room_that_a_build_needs_grows_with_what_has_landed(tmp_path, monkeypatch):
    home = Home(tmp_path / "home").prepare()
    free = type("Usage", (), {"free": 500_000_000 + 3_000_000})
    monkeypatch.setattr("warehouse.storage.home.shutil.disk_usage", lambda _: free)
    home.require_room()
    (home.landing / "synthetic.json").write_bytes(bytes(2_000_000))
    with pytest.raises(HomeUnavailable, match="a build needs 504 MB, with 2 MB of landed files"):
        home.require_room()
