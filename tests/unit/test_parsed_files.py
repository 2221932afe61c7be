"""A landed file is parsed once by each version of its parser; all figures are synthetic."""

import json
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from assets.factories.staging import staged
from assets.ingest import parsed_files
from assets.ingest.parsed_files import RECORD, Counts, keep, kept_file, parse, parsed_file
from assets.landing.ingest_file import land
from assets.landing.trial_build import Trial
from assets.sources.scottish_household_survey import observations as survey
from assets.sources.threesixtygiving import awards
from assets.subjects import parsers
from assets.tables import revisions
from tests.faults.test_schema_drift import SAMPLES
from tests.support.vintages import vintages
from tests.unit.test_award_overlap import award, file
from warehouse.catalogue import ROOT, sources
from warehouse.errors import HomeUnavailable, RefusedFile
from warehouse.storage.home import Home
from warehouse.storage.landing import Landing
from warehouse.storage.workspace import Warehouse

SOURCE, TABLE, GIVING = "scotpho_shs", "staging.shs__observation", "threesixtygiving"
OLD, NEW = vintages(SOURCE)


@pytest.fixture
def warehouse(tmp_path):
    return Warehouse(Home(tmp_path / "home").prepare())


@pytest.fixture
def parsed(monkeypatch):
    """The files that the parsers of two sources parse, each time that they do."""
    found = []

    def counting(parser):
        def counted(content):
            found.append(content)
            return parser.parse(content)

        return replace(parser, parse=counted)

    for module, source in ((survey, SOURCE), (awards, GIVING)):
        monkeypatch.setitem(module.PARSERS, source, counting(module.PARSERS[source]))
    return found


def build(warehouse):
    """Make the staging table and the revisions, and return the bytes of both."""
    staged({SOURCE: parsers()[SOURCE]}).make(warehouse, "")
    found = revisions.revisions(warehouse)
    return warehouse.tables.path(TABLE).read_bytes(), found.rows()


def kept_folder(file):
    """Return the folder of what is kept of a file by its parser of today."""
    return file.path.with_name(f"{file.sha256}.parsed") / parsers()[file.source_id].version


def test_landing_builds_and_revisions_parse_a_file_once(warehouse, parsed):
    land(warehouse.landing, SOURCE, OLD, file_name="old.csv")
    land(warehouse.landing, SOURCE, NEW, file_name="new.csv")
    first = build(warehouse)
    assert (build(warehouse), len(first[1]), parsed) == (first, 1, [OLD, NEW])


def test_a_file_that_an_earlier_version_of_the_project_landed_is_parsed_by_the_first_build(warehouse, parsed):
    for content in (OLD, NEW):
        warehouse.landing.keep(sources()[SOURCE], content, file_name="file.csv")
    first = build(warehouse)
    assert (build(warehouse), sorted(parsed)) == (first, sorted([OLD, NEW]))


def test_what_is_kept_is_what_was_parsed(warehouse):
    sample = SAMPLES["nomis_population"]
    rows = [*sample.rows, [*sample.rows[1][:-1], "many"]]
    file, _ = warehouse.landing.keep(sources()["nomis_population"], sample.write(rows), file_name="a.csv")
    parser = parsers()["nomis_population"]
    read = parse(parser, file)
    for found in (keep(parser, file, read), kept_file(parser, file)):
        assert found.file == file
        for table, intake in read.items():
            again = found.tables[table].intake()
            assert again.kept.equals(intake.kept)
            assert again.kept.schema == intake.kept.schema
            assert again.quarantined.equals(intake.quarantined)
            assert intake.quarantined.height == 2
            assert found.tables[table].counts == Counts.of(again) == Counts.of(intake)
            assert (again.notes, again.rows_merged) == (intake.notes, intake.rows_merged)


def cut(folder):
    path = next(folder.glob("*.kept.parquet"))
    path.write_bytes(path.read_bytes()[:-10])


def change(folder):
    path = next(folder.glob("*.kept.parquet"))
    path.write_bytes(path.read_bytes().replace(b"PAR1", b"PAR2", 1))


DAMAGES = {
    "a file that is cut": cut,
    "a file that is changed": change,
    "a file that is missing": lambda folder: next(folder.glob("*.quarantined.parquet")).unlink(),
    "a record that is missing": lambda folder: (folder / RECORD).unlink(),
    "a record that is cut": lambda folder: (folder / RECORD).write_text((folder / RECORD).read_text()[:40]),
    "a record of nothing": lambda folder: (folder / RECORD).write_text("[]"),
    "a record of other tables": lambda folder: (folder / RECORD).write_text("{}"),
    "a record without counts": lambda folder: (folder / RECORD).write_text(json.dumps({TABLE: {"sha256": {}}})),
}


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES)
def test_what_is_damaged_is_parsed_again_once(warehouse, parsed, damage):
    file, _ = warehouse.landing.keep(sources()[SOURCE], OLD, file_name="old.csv")
    parser = parsers()[SOURCE]
    first = parsed_file(parser, file).tables[TABLE].intake()
    damage(kept_folder(file))
    for _ in range(2):
        assert parsed_file(parser, file).tables[TABLE].intake().kept.equals(first.kept)
    assert parsed == [OLD, OLD]
    assert list(kept_folder(file).parent.iterdir()) == [kept_folder(file)]


def test_a_new_version_parses_again_once_and_takes_the_place_of_the_old(warehouse, parsed, monkeypatch):
    file = land(warehouse.landing, SOURCE, OLD, file_name="old.csv").file
    old = kept_folder(file)
    changed = replace(parsers()[SOURCE], data=(ROOT / "indicators.yaml",))
    monkeypatch.setitem(survey.PARSERS, SOURCE, changed)
    assert kept_folder(file) != old
    assert build(warehouse) == build(warehouse)
    assert (parsed, list(old.parent.iterdir())) == ([OLD, OLD], [kept_folder(file)])


@pytest.mark.parametrize("broken", ["write_parquet", "rename"])
def test_a_write_that_is_interrupted_leaves_nothing_and_nothing_is_landed(warehouse, monkeypatch, broken):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    where = "polars.DataFrame" if broken == "write_parquet" else "assets.ingest.parsed_files.Path"
    monkeypatch.setattr(f"{where}.{broken}", full)
    monkeypatch.setattr("assets.landing.ingest_file.try_file", lambda *_: Trial())
    with pytest.raises(HomeUnavailable, match="No space left"):
        land(warehouse.landing, SOURCE, OLD, file_name="old.csv")
    assert warehouse.landing.current(SOURCE) == []
    assert [path for path in warehouse.home.landing.rglob("*") if path.is_file()] == []


def test_what_takes_the_place_of_what_is_damaged_is_there_or_the_damaged_is(warehouse, parsed, monkeypatch):
    file, _ = warehouse.landing.keep(sources()[SOURCE], OLD, file_name="old.csv")
    parsed_file(parsers()[SOURCE], file)
    cut(kept_folder(file))
    with monkeypatch.context() as patch:
        patch.setattr(parsed_files, "write", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left on device")))
        with pytest.raises(HomeUnavailable, match="what was there stays"):
            parsed_file(parsers()[SOURCE], file)
    assert list(kept_folder(file).parent.iterdir()) == [kept_folder(file)]
    assert parsed_file(parsers()[SOURCE], file) == kept_file(parsers()[SOURCE], file) is not None


def test_what_a_parser_refuses_is_not_kept(warehouse, parsed):
    file, _ = warehouse.landing.keep(sources()[SOURCE], b"no table", file_name="old.csv")
    for _ in range(2):
        with pytest.raises(RefusedFile):
            parsed_file(parsers()[SOURCE], file)
    assert parsed == [b"no table"] * 2
    assert not kept_folder(file).parent.exists()


def test_a_build_of_an_earlier_date_parses_nothing(warehouse, parsed):
    land(warehouse.landing, SOURCE, OLD, file_name="old.csv")
    land(warehouse.landing, SOURCE, NEW, file_name="new.csv")
    build(warehouse)
    earlier, newer = warehouse.landing.history(SOURCE)
    for landed, days in ((earlier, 3), (newer, 1)):
        record = landed.path.with_suffix(".json")
        day = datetime.now(UTC) - timedelta(days=days)
        record.write_text(json.dumps(json.loads(record.read_text("utf-8")) | {"landed_at": day.isoformat()}), "utf-8")
    before = Warehouse(warehouse.home, as_of=date.today() - timedelta(days=2))
    assert build(before)[1] == []
    assert before.tables.read(TABLE)["file_sha256"].unique().to_list() == [earlier.sha256]
    assert parsed == [OLD, NEW]


def test_what_is_landed_again_is_not_parsed_again(warehouse, parsed):
    for _ in range(2):
        land(warehouse.landing, SOURCE, OLD, file_name="old.csv")
    first = build(warehouse)
    warehouse.landing.unland(SOURCE)
    assert build(warehouse) != first
    again = land(warehouse.landing, SOURCE, OLD, file_name="again.csv")
    assert (again.is_new, again.rows[TABLE][0] > 0) == (True, True)
    assert (build(warehouse), parsed) == (first, [OLD])


def test_an_award_file_is_compared_with_others_that_are_not_parsed_again(tmp_path, parsed):
    landing = Landing(tmp_path / "landing")
    contents = [file(award(start), award(start + 1), award(start + 2)) for start in (1, 2, 9)]
    for number, content in enumerate(contents):
        land(landing, GIVING, content, file_name=f"{number}.json")
    assert parsed == contents
