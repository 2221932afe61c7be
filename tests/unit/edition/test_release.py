"""Editions are numbered by what they change, held back where too much moves, and kept as long as they should be."""

import json
import os
import shutil
import signal
import subprocess
import sys
from contextlib import closing
from dataclasses import dataclass
from datetime import date

import polars as pl
import pytest
from click.testing import CliRunner

from assets.edition import edition as publishing
from orchestration.cli import main
from tests.support.edition_builders import BELONG, CODES, CONTRACTS, Made, publish_few, value
from warehouse import query
from warehouse.catalogue import tables
from warehouse.editions import publish as edition_module
from warehouse.editions.find import current, editions, find
from warehouse.editions.publish import publish
from warehouse.editions.retention import number_kept, pin, pins, unkept
from warehouse.errors import CommunityPowerError, ReleaseBlocked, UnknownName
from warehouse.release.diff import compare
from warehouse.release.gate import gated
from warehouse.release.snapshots import Snapshot
from warehouse.release.version import Version
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.table_store import empty
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long


@pytest.fixture(scope="module", autouse=True)
def few_tables():
    """Publish the made-up tables alone."""
    with pytest.MonkeyPatch.context() as patch:
        publish_few(patch)
        yield


def another_year(made):
    year = (date(2025, 4, 1), date(2026, 3, 31))
    made.code("beef")
    made.values |= {(BELONG, code, 2): value(BELONG, code, 60.0, year) for code in CODES}


def another_formula(made):
    made.code("f00d")
    made.method(BELONG, formula="another")


def reversal(made):
    """Turn the order of the values round by code alone: all but the middle fifth move."""
    made.code("dead")
    for number, code in enumerate(CODES):
        made.set(BELONG, code, value=99.0 - number)


STEPS = (lambda made: None, lambda made: made.observe(CODES[0], 51.5), another_year, another_formula)


@pytest.fixture(scope="module")
def sequence(tmp_path_factory):
    """A home with four editions, each with one more change: none, a figure, a year, a formula."""
    warehouse, made = Warehouse(Home(tmp_path_factory.mktemp("sequence") / "home").prepare()), Made()
    for step in STEPS:
        step(made)
        publish(made.written(warehouse))
    return warehouse.home


@pytest.fixture
def home(sequence, tmp_path):
    """A copy of that home, to change."""
    shutil.copytree(sequence.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


def made_of(*steps):
    made = Made()
    for step in steps:
        step(made)
    return made


def ask(edition, sql):
    return query.run(edition.path, sql)[1]


def damage(edition):
    """Cut a byte off the database of an edition."""
    database = edition.path / "community_power.duckdb"
    database.chmod(0o644)
    database.write_bytes(database.read_bytes()[:-1])


def said(edition, name):
    return json.loads((edition.path / name).read_text("utf-8"))


def test_versions_follow_what_changed(sequence):
    found = editions(sequence)
    assert [edition.version for edition in found] == ["1.0.0", "1.0.1", "1.1.0", "2.0.0"]
    assert [edition.version_why for edition in found] == [
        ("the first edition",),
        ("patch: rows corrected or withdrawn: 2",),
        ("minor: rows added: 20",),
        (f"major: method changed: {BELONG}",),
    ]
    assert [edition.previous_id for edition in found] == [None, *(edition.id for edition in found[:-1])]


def test_the_version_stands_in_every_description(sequence):
    newest = current(sequence)
    before = find(sequence, "1.1.0")
    assert said(newest, "edition.json")["version"] == "2.0.0"
    assert said(newest, "edition.json")["previous"] == {"edition_id": before.id, "version": "1.1.0"}
    assert said(newest, "datapackage.json")["version"] == "2.0.0"
    assert "version 2.0.0" in (newest.path / "README.txt").read_text("utf-8").splitlines()[0]
    assert ask(
        newest,
        "select version, version_why, previous_edition_id, previous_version, localities_with_band_n, "
        "localities_moved_n, sign_off from meta.edition",
    ) == [("2.0.0", f"major: method changed: {BELONG}", before.id, "1.1.0", 20, 0, None)]
    assert ask(find(sequence, "1.0.0"), "select previous_edition_id, localities_moved_n from meta.edition") == [
        (None, None)
    ]


def test_what_changed_is_in_every_form(sequence):
    corrected = find(sequence, "1.0.1")
    row = ask(corrected, "select locality_code, old_value, new_value, cause from meta.edition_change")
    assert row == [(CODES[0], 50.0, 51.5, "input")]
    parquet = pl.read_parquet(corrected.path / "parquet" / "meta.edition_change.parquet")
    assert parquet.select("locality_code", "old_value", "new_value", "cause").rows() == row
    assert (corrected.path / "csv" / "meta.edition_change.csv").read_text("utf-8").count("\n") == 2
    assert corrected.tables["meta.edition_change"] == 1
    notes = (corrected.path / "CHANGES.md").read_text("utf-8")
    assert notes.startswith("# Changes in version 1.0.1\n\nCompared with version 1.0.0 (")
    assert "Place 01, 2024-04-01/2025-03-31: 50% → 51.5%" in notes
    assert "CHANGES.md" in (corrected.path / "SHA256SUMS").read_text("utf-8")
    first = (find(sequence, "1.0.0").path / "CHANGES.md").read_text("utf-8")
    assert first == "# Changes in version 1.0.0\n\nThe first edition.\n"


def test_the_same_build_made_anew_has_its_version_and_its_changes(home):
    made = made_of(*STEPS[:3])
    warehouse = made.written(Warehouse(home))
    back = publish(warehouse).edition
    again = publish(warehouse, force=True).edition
    assert again.id > back.id
    assert (again.version, again.previous_id) == (back.version, back.previous_id) == ("3.0.0", find(home, "2.0.0").id)
    for name in ("CHANGES.md", "parquet/meta.edition_change.parquet"):
        assert (again.path / name).read_bytes() == (back.path / name).read_bytes()


def test_an_edition_that_cannot_be_read_is_passed_over(home):
    damage(current(home))
    made = made_of(*STEPS[:3], lambda made: made.land("c" * 64))
    after = publish(made.written(Warehouse(home))).edition
    assert (after.version, after.previous_id) == ("2.0.1", find(home, "1.1.0").id)


def test_a_version_is_not_given_twice_where_nothing_can_be_compared(home):
    for edition in editions(home):
        damage(edition)
    after = publish(made_of(reversal).written(Warehouse(home))).edition
    assert (after.version, after.previous_id) == ("3.0.0", None)
    assert after.version_why == ("major: no previous edition is readable, so nothing was compared",)


def test_the_last_of_its_line_made_anew_keeps_its_version(home):
    *others, newest = editions(home)
    for edition in others:
        shutil.rmtree(edition.path)
    warehouse = made_of(*STEPS).written(Warehouse(home))
    again = publish(warehouse, force=True).edition
    assert (again.version, again.previous_id) == ("2.0.0", newest.id)
    for edition in (newest, again):
        damage(edition)
    assert publish(warehouse).edition.version == "2.0.0"


def test_an_edition_of_an_earlier_day_is_in_no_sequence(home):
    newest = current(home)
    warehouse = made_of(reversal).written(Warehouse(home, date(2025, 6, 1)))
    earlier = publish(warehouse).edition
    assert earlier.version == f"0.0.0-asof.20260102+{earlier.run_id[:8]}"
    assert (earlier.previous_id, earlier.is_of_earlier_day) == (None, True)
    assert ask(earlier, "select count(*) from meta.edition_change") == [(0,)]
    assert current(home) == newest
    after = publish(made_of(*STEPS, lambda made: made.land("c" * 64)).written(Warehouse(home))).edition
    assert (after.version, after.previous_id) == ("2.0.1", newest.id)


def test_what_moves_many_without_input_is_held_back_until_somebody_answers_for_it(home):
    before = current(home)
    warehouse = made_of(*STEPS, reversal).written(Warehouse(home))
    with pytest.raises(ReleaseBlocked) as told:
        publish(warehouse)
    for part in (
        "16 of 20 localities (80.0%) move to another fifth without an input change, "
        f"compared with version 2.0.0 ({before.id})",
        "The limit is 10%",
        f"Moves by metric: {BELONG} 16",
        f"Place 02 from 1 to 5 of 5 in {BELONG}",
        'cpower build --sign-off "reason"',
        str(home.blocked),
    ):
        assert part in str(told.value)
    assert told.value.exit_code == 1
    assert current(home) == before
    assert len(editions(home)) == 4
    assert "| coh_belong_pct | Place 02 |" in home.blocked.read_text("utf-8")

    signed = publish(warehouse, sign_off="  The scale was\nread the wrong way round. ").edition
    assert (signed.version, current(home)) == ("3.0.0", signed)
    assert signed.sign_off == said(signed, "edition.json")["sign_off"] == "The scale was read the wrong way round."
    assert ask(
        signed, "select localities_with_band_n, localities_moved_without_input_n, sign_off from meta.edition"
    ) == [(20, 16, signed.sign_off)]
    assert "> Signed off: The scale was read the wrong way round." in (signed.path / "CHANGES.md").read_text("utf-8")
    assert not home.blocked.exists()
    assert publish(warehouse, force=True).edition.sign_off == signed.sign_off


@pytest.mark.parametrize(("turned", "moved", "is_blocked"), [([0, 4], 2, False), ([0, 4, 15, 16], 4, True)])
def test_a_tenth_may_move_and_no_more(tmp_path, turned, moved, is_blocked):
    def swap(made):
        made.code("f00d")
        for low, high in zip(turned[::2], turned[1::2], strict=True):
            first, second = (made.values[BELONG, CODES[place]]["value"] for place in (low, high))
            made.set(BELONG, CODES[low], value=second)
            made.set(BELONG, CODES[high], value=first)

    sides = [
        Snapshot.of_store(name, made.written(Warehouse(Home(tmp_path / name))).tables, CONTRACTS)
        for name, made in (("older", made_of()), ("newer", made_of(swap)))
    ]
    compared = compare(*sides)
    assert (compared.moved_without_input_n, compared.localities_n) == (moved, 20)
    if is_blocked:
        with pytest.raises(ReleaseBlocked):
            gated(compared, "")
        assert gated(compared, "why") == "why"
    else:
        assert gated(compared, "why") is None


@dataclass(frozen=True)
class Listed:
    id: str
    is_of_earlier_day: bool = False


def test_the_newest_the_pinned_and_the_current_stay(tmp_path):
    home = Home(tmp_path / "home").prepare()
    line = [Listed(str(number)) for number in range(6)]
    earlier = [Listed(f"{number}-then", is_of_earlier_day=True) for number in range(3)]
    assert unkept(home, [*line, *earlier], "5", 10) == []
    assert unkept(home, [*line, *earlier], "5", 2) == ["0", "0-then", "1", "2", "3"]
    assert unkept(home, line, "0", 2) == ["1", "2", "3"]
    pin(home, "2", "the figures of a paper")
    assert unkept(home, line, "5", 1) == ["0", "1", "3", "4"]
    assert pins(home) == {"2": "the figures of a paper"}


@pytest.mark.parametrize("number", ["0", "-1", "ten", "1.5", "²"])
def test_a_number_of_editions_to_keep_that_is_none_is_refused_before_anything_is_done(home, monkeypatch, number):
    monkeypatch.setenv("CPOWER_KEEP_EDITIONS", number)
    with pytest.raises(CommunityPowerError, match="CPOWER_KEEP_EDITIONS must be a whole number, 1 or more"):
        publish(made_of(*STEPS, reversal).written(Warehouse(home)), sign_off="why")
    assert len(editions(home)) == 4


def test_ten_editions_are_kept_unless_another_number_is_given(monkeypatch):
    monkeypatch.delenv("CPOWER_KEEP_EDITIONS", raising=False)
    assert number_kept() == 10
    monkeypatch.setenv("CPOWER_KEEP_EDITIONS", "3")
    assert number_kept() == 3


def test_who_reads_an_edition_that_goes_reads_on(home, monkeypatch):
    monkeypatch.setenv("CPOWER_KEEP_EDITIONS", "1")
    first, second, *_ = editions(home)
    pin(home, second.id, "")
    with closing(query.connect(first.path)) as reader:
        after = publish(made_of(*STEPS, lambda made: made.land("c" * 64)).written(Warehouse(home))).edition
        assert sorted(path.name for path in home.published.iterdir()) == sorted([second.id, after.id, "current"])
        assert reader.execute("select count(*) from metrics.metric_value").fetchall() == [(20,)]
        assert reader.execute("select max(value) from metrics.metric_value").fetchall() == [(69.0,)]
    assert current(home) == after


KILLED = """
import os, shutil, signal, sys
from pathlib import Path
from warehouse.storage.home import Home
from warehouse.editions import retention

def kill(path):
    next(Path(path).glob("*.json")).unlink()
    os.kill(os.getpid(), signal.SIGKILL)

shutil.rmtree = kill
retention.prune(Home(Path(sys.argv[1])), sys.argv[2:])
"""


def test_what_a_killed_removal_leaves_is_no_edition_and_swept(home):
    first, *others = editions(home)
    ended = subprocess.run([sys.executable, "-c", KILLED, str(home.root), first.id], cwd=PROJECT, check=False)
    assert ended.returncode == -signal.SIGKILL
    assert editions(home) == others
    assert (home.published / f".part-{first.id}").is_dir()
    with home.lock("test"):
        assert not list(home.published.glob(".part-*"))


def test_an_edition_is_found_by_id_version_and_as_the_current_one(sequence):
    newest = current(sequence)
    assert find(sequence, "current") == find(sequence, newest.id) == find(sequence, "2.0.0") == newest
    with pytest.raises(UnknownName, match=r"No edition is called '1\.1'"):
        find(sequence, "1.1")


def test_versions_are_read_and_counted_on():
    assert Version.parse("1.2.10") == Version(1, 2, 10) > Version(1, 2, 9)
    assert [Version.parse(text) for text in ("1.2", "01.2.3", "0.0.0-asof.20250101+abc", "1.2.3\n")] == [None] * 4
    assert [str(Version(1, 2, 3).next(level)) for level in ("patch", "minor", "major")] == ["1.2.4", "1.3.0", "2.0.0"]


@pytest.fixture
def cpower(home, monkeypatch):
    """Run the command line on the copied home."""
    monkeypatch.setenv("CPOWER_HOME", str(home.root))

    def run(*arguments, code=0):
        result = CliRunner().invoke(main, arguments)
        assert result.exit_code == code, result.output
        return result.output

    return run


def test_editions_are_listed_with_version_rows_pin_and_why(cpower):
    listed = json.loads(cpower("editions", "--json"))
    assert [item["version"] for item in listed] == ["2.0.0", "1.1.0", "1.0.1", "1.0.0"]
    assert [item["is_current"] for item in listed] == [True, False, False, False]
    assert listed[2]["rows"] == listed[3]["rows"] + 1  # the change itself
    assert (listed[0]["tables"], listed[0]["why"]) == (len(CONTRACTS) + 1, [f"major: method changed: {BELONG}"])
    text = cpower("editions")
    assert "minor: rows added: 20" in text
    told = text.splitlines()[1].split()[1:5]
    assert told == ["2.0.0", "2026-01-02", str(len(CONTRACTS) + 1), f"{listed[0]['rows']:,}"]


def test_editions_are_pinned_and_unpinned(cpower, home):
    assert "(version 1.0.1) is pinned." in cpower("editions", "pin", "1.0.1", "--why", "figures of\na paper")
    assert "pinned: figures of a paper" in cpower("editions")
    (pinned,) = (item for item in json.loads(cpower("editions", "--json")) if item["is_pinned"])
    assert (pinned["version"], pinned["pinned_why"]) == ("1.0.1", "figures of a paper")
    assert "is no longer pinned" in cpower("editions", "unpin", "1.0.1")
    assert "was not pinned" in cpower("editions", "unpin", pinned["edition_id"])
    assert pins(home) == {}
    cpower("editions", "pin", "9.9.9", code=2)


def test_nothing_is_pinned_while_another_writes(cpower, home):
    with home.lock("a build in a test"):
        cpower("editions", "pin", "current", code=4)


def test_any_two_editions_are_compared_as_changes_does(cpower, sequence):
    text = cpower("editions", "compare", "1.0.0", "1.0.1")
    notes = (find(sequence, "1.0.1").path / "CHANGES.md").read_text("utf-8")
    assert text.split("\n## ", 1)[1] == notes.split("\n## ", 1)[1]
    across = json.loads(cpower("editions", "compare", "1.0.0", "current", "--json"))
    assert (across["level"], across["values"][0]["changed"], across["values"][0]["added"]) == ("major", 1, 20)
    back = cpower("editions", "compare", "current", "1.0.0")
    assert back.startswith("# Version 1.0.0 (")
    cpower("editions", "compare", "1.0.0", "1.0.7", code=2)


COUNTED = ("core.dim_indicator", "core.fct_award", "core.fct_practice_study", "meta.quarantine", "meta.source_status")


def test_a_build_is_held_back_and_signed_off_from_the_command_line(cpower, home, monkeypatch):
    contracts = (*CONTRACTS, *(tables()[name] for name in COUNTED))
    monkeypatch.setattr(edition_module, "published_tables", lambda _: contracts)
    monkeypatch.setattr("orchestration.definitions.graph", lambda: [publishing(())])
    warehouse = made_of(*STEPS, reversal).written(Warehouse(home))
    for name in COUNTED:
        warehouse.tables.replace(tables()[name], empty(tables()[name]))
    before = current(home)
    told = cpower("build", code=1)
    assert "16 of 20 localities (80.0%) move to another fifth" in told
    assert "No edition was published; the current one stays." in told
    assert "Traceback" not in told
    assert current(home) == before
    outcome = json.loads(cpower("build", "--json", "--sign-off", "The scale was read the wrong way round."))
    assert (outcome["version"], outcome["sign_off"]) == ("3.0.0", "The scale was read the wrong way round.")
    assert outcome["is_current"]
    assert "signed off: The scale was read the wrong way round." in cpower("editions")


def test_a_sign_off_says_why(cpower):
    assert "expected a reason" in cpower("build", "--sign-off", "  ", code=2)


def test_a_comparison_leaves_both_editions_as_they_are(cpower, home):
    before = {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in home.published.rglob("*")}
    cpower("editions", "compare", "1.0.0", "2.0.0")
    assert {path: (path.stat().st_mtime_ns, path.stat().st_size) for path in home.published.rglob("*")} == before
    assert os.access(home.root, os.W_OK)
