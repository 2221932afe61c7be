"""A process that is killed at any moment leaves the old or the new; the next one clears up and makes the same."""

import contextlib
import multiprocessing
import os
import shutil
import signal
import subprocess
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from datetime import date
from pathlib import Path

import pytest

from tests.faults.killing import BUILD, LANDED, LARGE, SOURCE, land_file, replace_table
from warehouse.editions.find import current, editions, ids
from warehouse.editions.publish import publish
from warehouse.editions.verify import verify
from warehouse.storage.atomic_files import scratch
from warehouse.storage.home import PROJECT, RECORD, WRITER, Home
from warehouse.storage.workspace import Warehouse

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


def paths(home):
    """Return everything in a home but editions, in which `verify` looks, their records, and the lock."""
    published = {path for name in ids(home) for path in (Path("published") / name, Path("records") / f"{name}{RECORD}")}
    found = {path.relative_to(home.root) for path in home.root.rglob("*")}
    return {path for path in found if published.isdisjoint([path, *path.parents]) and path.parts != (WRITER,)}


def left_over(home, clean):
    """Return what is in a home and, by whatever name, not in one in which the same was done without a kill."""
    return sorted(map(str, paths(home) - paths(clean)))


def published(edition):
    """Return the bytes of the files that two builds of the same must have the same."""
    names = ("els.csv", "CHANGES.md")
    paths = [*edition.path.glob("parquet/*"), *edition.path.glob("csv/*"), *(edition.path / name for name in names)]
    return {path.name: path.read_bytes() for path in paths}


def test_a_killed_publish(home, before):
    clean = copied(home, "clean")
    wanted = published(publish(Warehouse(clean)).edition)
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
        assert left_over(copy, clean) == []
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
    assert any(left_over(copy, clean) for copy in copies)
    for copy in copies:
        with copy.lock("test"):
            assert left_over(copy, clean) == []
            replace_table(Warehouse(copy))
        assert (copy.root / path).read_bytes() == new
        assert left_over(copy, clean) == []


def kill_once_written(home, work, folder, is_looked_for):
    """Run work in a working directory and kill it as soon as it has written to a file that is looked for."""
    command = [sys.executable, "-m", "tests.faults.killing", work, home.root, "0", "0"]
    process = subprocess.Popen(command, cwd=folder, env={**os.environ, "PYTHONPATH": str(PROJECT)})
    deadline = time.monotonic() + 60
    try:
        while process.poll() is None and time.monotonic() < deadline:
            for path in home.tables.rglob("*"):
                with contextlib.suppress(FileNotFoundError):
                    if is_looked_for(path) and path.is_file() and path.stat().st_size:
                        return
        raise AssertionError(f"{work} ended, or wrote nothing, before it could be killed")
    finally:
        process.kill()
        process.wait()


@pytest.mark.parametrize(
    ("work", "is_looked_for"),
    [
        ("build_large_table", lambda path: LARGE.short_name in path.name or "tmp_" in path.name),
        ("build_with_little_memory", lambda path: path.name.startswith("duckdb_temp")),
    ],
    ids=["a COPY", "a spill"],
)
def test_a_process_killed_inside_duckdb(home, tmp_path, work, is_looked_for):
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    path = Warehouse(home).tables.path(LARGE.name)
    path.write_bytes(b"the table before")
    clean = copied(home, "clean")
    kill_once_written(home, work, elsewhere, lambda found: found != path and is_looked_for(found))
    assert left_over(home, clean)
    assert path.read_bytes() == b"the table before"
    with home.lock("test"):
        assert [name for name in left_over(home, clean) if not (home.root / name).is_dir()] == []
    assert {name.rpartition("/")[2] for name in left_over(home, clean)} <= {".spill"}
    assert list(elsewhere.iterdir()) == []


def hold_scratch(folder, ready):
    with scratch(folder / "file.txt") as temporary:
        temporary.write_text("half")
        ready.set()
        time.sleep(60)


@pytest.mark.parametrize("folder", ["", "dagster", "pins", "whatif/any", "landing/iod2025", "tables/core/part"])
def test_what_a_writer_holds_without_the_lock_stays_until_it_is_killed(home, folder):
    context = multiprocessing.get_context("spawn")
    ready = context.Event()
    before = paths(home)
    writer = context.Process(target=hold_scratch, args=(home.root / folder, ready))
    writer.start()
    try:
        assert ready.wait(30)
        with home.lock("test"):
            (held,) = home.root.rglob("file.txt")
            assert held.read_text() == "half"
    finally:
        writer.kill()
        writer.join()
    with home.lock("test"):
        assert all((home.root / path).is_dir() for path in paths(home) - before)
        assert not list(home.root.rglob("file.txt"))
        assert not list(home.root.rglob(".part-*"))


def test_a_killed_landing(home):
    clean = copied(home, "clean")
    land_file(Warehouse(clean))
    for copy in killed_at(home, "land_file", [(number, 0) for number in range(3, steps(home, "land_file") + 1, 3)]):
        landing = Warehouse(copy).landing
        assert [file.content for file in landing.current(SOURCE.id)] in ([], [LANDED])
        with copy.lock("test"):
            land_file(Warehouse(copy))
        (file,) = Warehouse(copy).landing.current(SOURCE.id)
        assert file.content == LANDED
        assert left_over(copy, clean) == []


def test_what_a_killed_build_of_an_earlier_day_leaves_goes_with_the_next_writer(home):
    left = home.tables_of(date(2025, 1, 2)) / "core" / "dim_locality.parquet"
    left.parent.mkdir(parents=True)
    left.write_bytes(b"half")
    with home.lock("test"):
        assert not left.exists()
