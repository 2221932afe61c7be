"""Whoever is killed at whatever moment leaves the old or the new, and the next one clears up and comes to the same."""

import shutil
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from datetime import date

import pytest

from tests.faults.killing import BUILD, LANDED, SOURCE, land_file, replace_table
from warehouse.edition import current, editions, publish
from warehouse.home import PROJECT, Home
from warehouse.store import Warehouse
from warehouse.verify import verify

pytestmark = pytest.mark.long

# By when they end a process: a signal sent at once, or the one of a timer inside the work that follows.
KILLED = (-signal.SIGKILL, -signal.SIGALRM)
TIMED = 4


def kill(home, work, number, milliseconds=0):
    return subprocess.run(
        [sys.executable, "-m", "tests.faults.killing", work, home.root, str(number), str(milliseconds)],
        cwd=PROJECT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def copied(home, name):
    root = home.root.with_name(name)
    shutil.copytree(home.root, root, symlinks=True)
    return Home(root)


def steps(home, work):
    """Return how many things the work does to the disk."""
    ended = kill(copied(home, f"{work}-whole"), work, 0)
    assert ended.returncode == 0, ended.stderr
    return int(ended.stdout)


def killed_at(home, work, points):
    """Return copies of the home in which the work was killed at these points."""

    def one(point):
        copy = copied(home, f"{work}-{point[0]}-{point[1]}")
        return copy, kill(copy, work, *point)

    with ThreadPoolExecutor(2) as pool:
        done = list(pool.map(one, points))
    for point, (_, ended) in zip(points, done, strict=True):
        # Where the timer ran out after the end there was nothing to kill.
        assert ended.returncode in KILLED or (point[1] and ended.returncode == 0), (point, ended.stderr)
    return [copy for copy, _ in done]


def left_over(home):
    return [path.name for path in home.root.rglob("*") if path.name.startswith(".part-") or path.suffix == ".wal"]


def published(edition):
    """Return the bytes of the files that two builds of the same must have the same."""
    names = ("els.csv", "datapackage.json", "CHANGES.md")
    paths = [*edition.path.glob("parquet/*"), *edition.path.glob("csv/*"), *(edition.path / name for name in names)]
    return {path.name: path.read_bytes() for path in paths}


def test_a_killed_publish(home, before):
    wanted = published(publish(Warehouse(copied(home, "clean"))).edition)
    many = steps(home, "publish_tables")
    # The last things done are the renames that readers notice.
    points = [(many // 2, TIMED), *((number, 0) for number in range(many - 2, many + 1))]
    for copy in killed_at(home, "publish_tables", points):
        now = current(copy)
        assert verify(now.path) == []
        assert now.id == before.id or published(now) == wanted
        assert all(verify(edition.path) == [] for edition in editions(copy))
        assert copy.holder() == ""
        with copy.lock("test"):
            after = publish(Warehouse(copy)).edition
        assert current(copy) == after
        assert published(after) == wanted
        assert left_over(copy) == []
        assert len(editions(copy)) == 2


def test_a_killed_write_of_a_table(home):
    path = Warehouse(home).tables.path(BUILD.name).relative_to(home.root)
    clean = copied(home, "clean")
    replace_table(Warehouse(clean))
    old, new = ((where.root / path).read_bytes() for where in (home, clean))
    assert old != new
    many = steps(home, "replace_table")
    copies = killed_at(home, "replace_table", [(number, 0) for number in {*range(2, many, 2), many - 1, many}])
    assert {(copy.root / path).read_bytes() for copy in copies} == {old, new}
    assert any(left_over(copy) for copy in copies)
    for copy in copies:
        with copy.lock("test"):
            assert left_over(copy) == []
            replace_table(Warehouse(copy))
        assert (copy.root / path).read_bytes() == new
        assert left_over(copy) == []


def test_a_killed_landing(home):
    for copy in killed_at(home, "land_file", [(number, 0) for number in range(3, steps(home, "land_file") + 1, 3)]):
        landing = Warehouse(copy).landing
        assert [file.content for file in landing.current(SOURCE.id)] in ([], [LANDED])
        with copy.lock("test"):
            land_file(Warehouse(copy))
        (file,) = Warehouse(copy).landing.current(SOURCE.id)
        assert file.content == LANDED
        assert left_over(copy) == []


def test_what_a_killed_build_of_an_earlier_day_leaves_goes_with_the_next_writer(home):
    left = home.tables_of(date(2025, 1, 2)) / "core" / "dim_locality.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with home.lock("test"):
        assert not left.exists()
