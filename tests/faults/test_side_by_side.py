"""Readers notice nothing of a publish, and of two writers one is told who the other is."""

import json
import subprocess
import sys
import threading
from contextlib import closing

import duckdb
import pytest

from tests.faults.killing import SOURCE, land_file
from warehouse.editions.find import current
from warehouse.editions.publish import publish
from warehouse.editions.retention import prune
from warehouse.errors import HomeUnavailable
from warehouse.storage.home import PROJECT
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long

READERS = 20
READ = """
import json, sys, time
from contextlib import closing
from pathlib import Path
from warehouse.editions.find import Edition
from warehouse.query import connect

home, seen = Path(sys.argv[1]), []
print("reading", flush=True)
while not (home / "done").exists():
    edition = Edition.read((home / "published" / "current").resolve(strict=True))
    with closing(connect(edition.path)) as reader:
        (found,), = reader.execute("select edition_id from meta.edition").fetchall()
        (rows,), = reader.execute("select count(*) from metrics.metric_value").fetchall()
    assert (found, rows) == (edition.id, edition.tables["metrics.metric_value"])
    seen.append(found)
    time.sleep(0.05)
print(json.dumps(sorted(set(seen))))
"""


def test_twenty_readers_meet_a_whole_edition_at_any_moment(home, before):
    """Twenty threads, and beside them a process, as on another desk."""
    wrong, seen, done = [], set(), threading.Event()

    def read():
        while not done.wait(0.2):
            try:
                path = home.current.resolve(strict=True)
                with closing(duckdb.connect(str(path / "community_power.duckdb"), read_only=True)) as connection:
                    ((found,),) = connection.execute("select edition_id from meta.edition").fetchall()
                if found != path.name:
                    wrong.append((found, path.name))
                seen.add(found)
            except Exception as error:
                wrong.append(error)

    desk = subprocess.Popen(
        [sys.executable, "-c", READ, home.root], cwd=PROJECT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    try:
        assert desk.stdout.readline() == "reading\n"
        readers = [threading.Thread(target=read) for _ in range(READERS)]
        for thread in readers:
            thread.start()
        made = publish(Warehouse(home), force=True).edition
    finally:
        done.set()
        (home.root / "done").touch()
    for thread in readers:
        thread.join()
    out, err = desk.communicate(timeout=60)
    assert wrong == []
    assert seen <= {before.id, made.id}
    assert desk.returncode == 0, err
    assert set(json.loads(out)) <= {before.id, made.id}


def test_who_reads_an_edition_that_is_removed_reads_on(home, before):
    after = publish(Warehouse(home)).edition
    with closing(duckdb.connect(str(before.path / "community_power.duckdb"), read_only=True)) as reader:
        prune(home, [before.id])
        assert sorted(path.name for path in home.published.iterdir()) == [after.id, "current"]
        for name in before.tables:
            assert len(reader.execute(f"from {name}").fetchall()) == before.tables[name]


def test_of_two_writers_one_is_told_who_holds_the_home(home):
    with (
        home.lock("build for a test"),
        pytest.raises(HomeUnavailable, match=r"in use: build for a test by .+, process \d+, since .+Wait"),
        home.lock("another build"),
    ):
        land_file(Warehouse(home))
    assert Warehouse(home).landing.current(SOURCE.id) == []
    assert current(home)
