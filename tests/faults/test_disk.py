"""A disk that is full or may not be written to, and files on it that are damaged, are said and change nothing."""

import os
import shutil
import subprocess

import duckdb
import pytest

from tests.faults.killing import BUILD, LANDED, SOURCE, replace_table
from warehouse.editions.find import current, find_current
from warehouse.editions.publish import publish
from warehouse.editions.retention import pin
from warehouse.editions.verify import verify
from warehouse.errors import CommunityPowerError, HomeUnavailable
from warehouse.query import connect
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long


def files(home):
    return {path: path.read_bytes() for path in home.root.rglob("*") if path.is_file()}


@pytest.fixture
def disk(home, tmp_path):
    """The home on a disk of its own; `disk("ro")` makes that one to read only, `disk("full")` leaves no room on it."""
    place = tmp_path / "disk"
    place.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=40m", "tmpfs", place]
    if os.geteuid() or subprocess.run(mount, capture_output=True, check=False).returncode:
        pytest.skip("needs the right to mount a small disk")
    shutil.copytree(home.root, place / "home", symlinks=True)

    def change(how):
        if how == "ro":
            subprocess.run(["mount", "-o", "remount,ro", place], check=True)
        else:
            filled = subprocess.run(
                ["dd", "if=/dev/zero", f"of={place / 'ballast'}", "bs=64k"], capture_output=True, check=False
            )
            assert b"No space left" in filled.stderr
        return Home(place / "home")

    yield change
    subprocess.run(["umount", "--lazy", place], check=True)


def land(warehouse):
    warehouse.landing.keep(SOURCE, LANDED * 10, file_name="made-up.csv")


@pytest.mark.parametrize("how", ["full", "ro"])
@pytest.mark.parametrize("work", [publish, replace_table, land, lambda warehouse: pin(warehouse.home, "x", "made up")])
def test_a_disk_that_takes_nothing_is_said_and_all_stays(disk, work, how):
    home = disk(how)
    held = files(home)
    with pytest.raises(HomeUnavailable, match=r"No space left on device|Read-only file system"):
        work(Warehouse(home))
    assert files(home) == held
    assert verify(current(home).path) == []


DAMAGE = {
    "empty": lambda content: b"",
    "cut": lambda content: content[: len(content) // 2],
    "another": lambda content: b"<!DOCTYPE html>" * 100,
}


@pytest.mark.parametrize("damage", DAMAGE.values(), ids=DAMAGE)
def test_a_damaged_table_is_named_with_what_to_do(home, before, damage):
    warehouse = Warehouse(home)
    path = warehouse.tables.path("core.dim_nation")
    path.write_bytes(damage(path.read_bytes()))
    for read in (lambda: warehouse.tables.read("core.dim_nation"), lambda: publish(warehouse)):
        with pytest.raises(CommunityPowerError, match=r"core.dim_nation") as told:
            read()
        assert "cpower build" in str(told.value)
    with (
        pytest.raises(CommunityPowerError, match=r"dim_nation"),
        warehouse.tables.connect(["core.dim_nation"]) as database,
    ):
        database.execute("from core.dim_nation").fetchall()
    assert find_current(home) == before
    assert sorted(path.name for path in home.published.iterdir()) == [before.id, "current"]


def test_a_log_beside_the_old_file_harms_no_new_edition(home, before):
    log = before.path / "community_power.duckdb.wal"
    log.write_bytes(b"of another file")
    with pytest.raises(CommunityPowerError, match="Remove that file"):
        connect(before.path)
    assert verify(before.path) == ["community_power.duckdb.wal is not part of the edition."]
    after = publish(Warehouse(home)).edition
    assert verify(after.path) == []
    with connect(home.current) as reader:
        assert reader.execute("select edition_id from meta.edition").fetchall() == [(after.id,)]


def half_an_edition(home, before):
    shutil.copytree(before.path, home.published / "20990101T000000Z-feedbeef")
    (home.published / "20990101T000000Z-feedbeef" / "edition.json").unlink()


def nothing(home, before):
    home.current.unlink()
    home.current.symlink_to("nothing")


def itself(home, before):
    home.current.unlink()
    home.current.symlink_to("current")


def a_file(home, before):
    home.current.unlink()
    home.current.write_text("made up")


@pytest.mark.parametrize("fault", [half_an_edition, nothing, itself, a_file])
def test_what_is_wrong_with_the_published_folder_is_put_right_by_the_next_edition(home, before, fault):
    fault(home, before)
    after = publish(Warehouse(home)).edition
    assert current(home) == after
    assert verify(after.path) == []
    assert verify(before.path) == []
    assert BUILD.name in after.tables
    with duckdb.connect(str(home.current / "community_power.duckdb"), read_only=True) as reader:
        assert reader.execute("select edition_id from meta.edition").fetchall() == [(after.id,)]
