"""An edition is complete, checked and immutable, or it is not there."""

import csv
import errno
import json
import shutil
import subprocess
import tempfile
from contextlib import closing
from datetime import UTC, datetime

import duckdb
import polars as pl
import pytest

from warehouse import catalogue, report
from warehouse.editions import find
from warehouse.editions import publish as editions
from warehouse.editions.find import current, find_current
from warehouse.editions.publish import publish, verify
from warehouse.errors import CommunityPowerError, ContractBroken, HomeUnavailable
from warehouse.exports import els, graphml, hexmap, workbook
from warehouse.storage.landing import SourceStatus

# The made-up rows are too few for a report, which has tests of its own.
EXPORTS = tuple(export for export in editions.EXPORTS if export is not report.write)
LICENCES = {"reference_population": "OGL-UK-3.0", "reference_covid_awards": "CC-BY-4.0"}
OTHERS = {form.FILE for form in (els, workbook, hexmap, graphml) if form.write in EXPORTS}
TABLES = sorted({table.name for table in catalogue.edition_tables(composite=True)} - {"meta.edition"})


def names(home):
    return sorted(path.name for path in home.published.iterdir())


def read_csv(edition, table):
    with (edition.path / "csv" / f"{table}.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@pytest.fixture
def reader(edition):
    with closing(duckdb.connect(str(edition.path / "community_power.duckdb"), read_only=True)) as connection:
        yield connection


def test_an_edition_has_every_table_in_every_form(edition):
    expected = {"community_power.duckdb", "datapackage.json", "dcat.jsonld", "edition.json", "README.txt", "SHA256SUMS"}
    expected |= {"els.csv-metadata.json", "CHANGES.md", *OTHERS}
    expected |= {f"parquet/{name}.parquet" for name in TABLES} | {f"csv/{name}.csv" for name in TABLES}
    expected |= {"csv/csv-metadata.json"}
    found = {str(path.relative_to(edition.path)) for path in edition.path.rglob("*") if path.is_file()}
    assert found == expected
    assert edition.tables.keys() == set(TABLES)
    assert edition.tables["core.fct_population"] == 75


def test_nothing_of_an_edition_can_be_written_and_no_log_lies_beside(edition):
    files = [path for path in edition.path.rglob("*") if path.is_file()]
    assert {path.stat().st_mode & 0o777 for path in files} == {0o444}
    assert not list(edition.path.rglob("*.wal"))


def test_checksums_are_those_that_sha256sum_reads(edition):
    subprocess.run(["sha256sum", "--check", "--strict", "--quiet", "SHA256SUMS"], cwd=edition.path, check=True)


def test_the_link_is_relative_and_names_the_edition(warehouse):
    published = publish(warehouse)
    assert published.is_new
    assert str(warehouse.home.current.readlink()) == published.edition.id
    assert current(warehouse.home) == published.edition
    assert verify(published.edition.path) == []


def test_every_table_and_column_has_its_comment(reader):
    comments = dict(reader.execute("select schema_name || '.' || table_name, comment from duckdb_tables()").fetchall())
    assert comments == {name: catalogue.tables()[name].summary for name in [*TABLES, "meta.edition"]}
    columns = reader.execute(
        "select schema_name || '.' || table_name, column_name, comment from duckdb_columns() "
        "where not internal and schema_name not in ('en', 'cy')"
    ).fetchall()
    assert len(columns) == sum(len(catalogue.tables()[name].columns) for name in comments)
    assert all(comment for _, _, comment in columns)


def test_types_keys_and_not_null_are_those_of_the_catalogue(reader):
    found = reader.execute(
        "select schema_name || '.' || table_name, column_name, data_type, is_nullable from duckdb_columns() "
        "where not internal and schema_name not in ('en', 'cy') order by 1, column_index"
    ).fetchall()
    assert found == [
        (name, column.name, column.type, column.nullable)
        for name in sorted([*TABLES, "meta.edition"])
        for column in catalogue.tables()[name].columns
    ]
    keys = reader.execute(
        "select schema_name || '.' || table_name, constraint_column_names from duckdb_constraints() "
        "where constraint_type = 'PRIMARY KEY'"
    ).fetchall()
    assert {name: tuple(key) for name, key in keys} == {
        name: catalogue.tables()[name].key for name in [*TABLES, "meta.edition"]
    }


def test_the_file_is_in_the_storage_version_that_older_clients_read(reader):
    tags = reader.execute("select tags from duckdb_databases() where database_name = 'community_power'").fetchall()
    assert tags[0][0]["storage_version"] == "v1.2.0+"


def test_the_edition_says_what_it_was_made_of(edition, reader):
    said = json.loads((edition.path / "edition.json").read_text("utf-8"))
    assert said["edition_id"] == edition.id == edition.path.name
    assert (said["run_id"], said["as_of"], said["code_version"]) == ("1a2b3c4d5e6f7081", "2026-01-02", "c0de")
    assert said["versions"]["duckdb"] == duckdb.__version__
    assert said["checks"] == {"passed": 2, "failed": 0}
    assert {item["source_id"] for item in said["attributions"]} >= {"reference_population", "reference_covid_awards"}
    assert "reference_frameworks" not in {item["source_id"] for item in said["attributions"]}
    row = reader.execute("select edition_id, built_at, run_id, duckdb_version from meta.edition").fetchall()
    assert row == [(edition.id, edition.built_at.replace(tzinfo=None), "1a2b3c4d5e6f7081", duckdb.__version__)]


def test_the_edition_warns_of_a_source_in_trouble(warehouse, before):
    assert json.loads((before.path / "edition.json").read_text("utf-8"))["warnings"] == []
    assert "Warnings" not in (before.path / "README.txt").read_text("utf-8")
    warehouse.landing.record(SourceStatus("iod2025", "failed", datetime(2026, 1, 2, tzinfo=UTC), reason="HTTP 404."))
    path = publish(warehouse, force=True).edition.path
    (warning,) = json.loads((path / "edition.json").read_text("utf-8"))["warnings"]
    assert warning.endswith("(iod2025): the pull of 2026-01-02 failed, so the edition has no file of it. HTTP 404.")
    assert f"Warnings\n- {warning}\n\nAttribution\n" in (path / "README.txt").read_text("utf-8")


def test_the_same_tables_give_the_same_bytes(warehouse, monkeypatch):
    monkeypatch.setattr(editions, "EXPORTS", EXPORTS)
    first, second = publish(warehouse).edition, publish(warehouse, force=True).edition
    assert first.id < second.id
    of_the_edition = {"community_power.duckdb", "edition.json", "README.txt", "SHA256SUMS", "CHANGES.md"}
    of_the_edition |= {"dcat.jsonld", "datapackage.json"}
    same = [path for path in first.path.rglob("*") if path.is_file() and path.name not in of_the_edition]
    assert len(same) == 2 * len(first.tables) + len(OTHERS) + 2
    for path in same:
        assert path.read_bytes() == (second.path / path.relative_to(first.path)).read_bytes(), path.name


def test_the_readme_lists_what_lies_beside_it(edition):
    said = (edition.path / "README.txt").read_text("utf-8")
    beside = {f"{path.name}/" if path.is_dir() else path.name for path in edition.path.iterdir()} - {"README.txt"}
    listed = {line.split()[0] for line in said.splitlines() if "  " in line and line.split()[0] in beside}
    assert listed == beside - {"els.csv-metadata.json"}


@pytest.mark.long
def test_a_large_table_is_the_same_bytes_too(warehouse):
    table = catalogue.tables()["meta.quarantine"]
    texts = [pl.lit("x").alias(column.name) for column in table.columns if column.type == "VARCHAR"]
    warehouse.tables.replace(table, pl.DataFrame({"source_row": range(150_000, 0, -1)}).with_columns(texts))
    first, second = publish(warehouse).edition, publish(warehouse, force=True).edition
    for file in ("parquet/meta.quarantine.parquet", "csv/meta.quarantine.csv"):
        assert (first.path / file).read_bytes() == (second.path / file).read_bytes()
    assert read_csv(first, "meta.quarantine")[0]["source_row"] == "1"


def test_the_same_build_is_published_once(warehouse, before, rebuild):
    again = publish(warehouse)
    assert (again.edition, again.is_new) == (before, False)
    rebuild("ffff0000ffff0000")
    other = publish(warehouse)
    assert other.is_new
    assert [edition.id for edition in find.editions(warehouse.home)] == [before.id, other.edition.id]


def test_a_damaged_edition_is_published_anew(warehouse, before):
    file = before.path / "csv" / "core.dim_locality.csv"
    file.chmod(0o644)
    file.write_bytes(file.read_bytes()[:-1])
    published = publish(warehouse)
    assert published.is_new
    assert current(warehouse.home).id == published.edition.id > before.id


def test_an_edition_that_says_nothing_of_itself_is_published_anew(warehouse, before):
    (before.path / "edition.json").unlink()
    with pytest.raises(CommunityPowerError, match="damaged"):
        current(warehouse.home)
    assert find_current(warehouse.home) is None
    assert publish(warehouse).is_new
    assert [edition.id for edition in find.editions(warehouse.home)] == [current(warehouse.home).id]


def test_ids_go_on_where_the_clock_goes_back(warehouse, monkeypatch):
    class Clock(datetime):
        times = iter([datetime(2026, 11, 22, 7, 30, tzinfo=UTC), datetime(2026, 11, 22, 6, 30, tzinfo=UTC)])

        @classmethod
        def now(cls, tz=None):
            return next(cls.times)

    monkeypatch.setattr(editions, "datetime", Clock)
    assert publish(warehouse).edition.id == "20261122T073000Z-1a2b3c4d"
    second = publish(warehouse, force=True).edition
    assert second.id == "20261122T073001Z-1a2b3c4d"
    assert second.built_at == datetime(2026, 11, 22, 7, 30, 1, tzinfo=UTC)


def failing(error):
    def write(content, database, folder):
        (folder / "half").write_text("half")
        raise error

    return write


@pytest.mark.parametrize(
    ("place", "error", "raised"),
    [
        *[(place, RuntimeError("a fault"), RuntimeError) for place in (0, len(EXPORTS))],
        (1, KeyboardInterrupt(), KeyboardInterrupt),
        (1, OSError(errno.ENOSPC, "No space left on device"), HomeUnavailable),
        (1, duckdb.IOException("Could not write file: No space left on device"), HomeUnavailable),
    ],
)
def test_a_publish_that_fails_leaves_the_edition_before_it(
    warehouse, before, rebuild, monkeypatch, place, error, raised
):
    rebuild("ffff0000ffff0000")
    monkeypatch.setattr(editions, "EXPORTS", (*EXPORTS[:place], failing(error), *EXPORTS[place:]))
    with pytest.raises(raised):
        publish(warehouse)
    assert names(warehouse.home) == [before.id, "current"]
    assert current(warehouse.home) == before
    assert verify(before.path) == []


def test_a_link_that_cannot_be_replaced_leaves_the_edition_before_it(warehouse, before, rebuild, monkeypatch):
    rebuild("ffff0000ffff0000")

    def refuse(home, path):
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(editions, "make_current", refuse)
    with pytest.raises(HomeUnavailable, match="Input/output error"):
        publish(warehouse)
    assert names(warehouse.home) == [before.id, "current"]


def test_the_first_publish_that_fails_leaves_nothing(warehouse, monkeypatch):
    monkeypatch.setattr(editions, "EXPORTS", (failing(RuntimeError()),))
    with pytest.raises(RuntimeError):
        publish(warehouse)
    assert names(warehouse.home) == []
    with pytest.raises(CommunityPowerError, match="Run cpower build"):
        current(warehouse.home)


def test_left_over_files_folders_and_links_are_swept(warehouse):
    published = warehouse.home.published
    (published / ".part-old" / "csv").mkdir(parents=True)
    (published / ".part-old" / "csv" / "x.csv").write_text("half")
    (published / ".part-file").write_text("half")
    (published / ".part-current").symlink_to("nowhere")
    with warehouse.home.lock("test"):
        edition = publish(warehouse).edition
    assert names(warehouse.home) == [edition.id, "current"]


def test_nothing_is_written_outside_the_home(warehouse, tmp_path, monkeypatch):
    """So that the next writer, who sweeps the home, misses nothing of one that was killed."""
    elsewhere = tmp_path / "elsewhere"
    elsewhere.mkdir()
    monkeypatch.chdir(elsewhere)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "there-is-none"))
    assert publish(warehouse).is_new
    assert list(elsewhere.iterdir()) == []


def test_an_edition_that_was_not_yet_current_when_killed_becomes_so(warehouse, before, rebuild):
    rebuild("ffff0000ffff0000")
    after = publish(warehouse).edition
    warehouse.home.current.unlink()
    warehouse.home.current.symlink_to(before.id)
    published = publish(warehouse)
    assert (published.edition, published.is_new) == (after, True)
    assert current(warehouse.home) == after


def test_a_link_to_nothing_is_said_and_mended(warehouse, before):
    shutil.rmtree(before.path)
    with pytest.raises(CommunityPowerError, match="Run cpower build"):
        current(warehouse.home)
    assert find_current(warehouse.home) is None
    published = publish(warehouse)
    assert published.is_new
    assert current(warehouse.home) == published.edition


def test_tables_that_are_not_built_are_named(warehouse):
    warehouse.tables.path("core.dim_locality").unlink()
    with pytest.raises(CommunityPowerError, match=r"Not built yet: core\.dim_locality\. Run cpower build"):
        publish(warehouse)


def test_a_table_of_another_contract_is_named(warehouse):
    pl.DataFrame({"nation": ["x"]}).write_parquet(warehouse.tables.path("core.dim_locality"))
    with pytest.raises(ContractBroken, match=r"core\.dim_locality does not match"):
        publish(warehouse)
    assert names(warehouse.home) == []


def test_a_value_that_the_catalogue_does_not_list_is_named(warehouse):
    table = catalogue.tables()["core.dim_locality"]
    strange = warehouse.tables.read(table.name).with_columns(pl.lit("Atlantis").alias("nation"))
    warehouse.tables.replace(table, strange)
    with pytest.raises(ContractBroken, match=r"core\.dim_locality\.nation holds 'Atlantis'"):
        publish(warehouse)


def test_csv_is_rfc_4180_in_utf_8_without_a_mark(edition):
    content = (edition.path / "csv" / "core.dim_locality.csv").read_bytes()
    assert not content.startswith(b"\xef\xbb\xbf")
    assert content.count(b"\r\n") == 4
    assert content.count(b"\n") == 4
    assert "Ynys Môn" in content.decode("utf-8")
    codes = [row["locality_code"] for row in read_csv(edition, "core.dim_locality")]
    assert codes == ["E08000039", "W06000001", "W06000002"]


def test_csv_cells_are_in_the_forms_that_were_promised(edition):
    landed = read_csv(edition, "meta.landed_file")
    assert {row["landed_at"] for row in landed} == {"", "2026-01-02T03:04:05.600000Z"}
    assert {row["is_current"] for row in landed} == {"true"}
    assert [float(row["amount"]) for row in read_csv(edition, "core.fct_award")] == [0.1, 1 / 3, 1e22]
    withheld = next(row for row in read_csv(edition, "metrics.metric_value") if row["state"] == "suppressed")
    assert withheld["source_ids"] == "reference_population;reference_covid_awards"
    assert withheld["value"] == ""
    assert withheld["as_of"] == "2026-01-02"


def test_formulas_are_harmless_in_csv_and_untouched_elsewhere(edition):
    cells = {int(row["source_row"]): row["content"] for row in read_csv(edition, "meta.quarantine")}
    formulas = ["'=cmd()", "'+44 20", "'-", "'@x", "'\tx", "'\rx", "'＝x", "''=x"]
    others = ["-1.5e-3", "it's", 'a "b",\nc', "Ynys Môn", ""]
    assert [cells[number] for number in range(13)] == formulas + others
    parquet = pl.read_parquet(edition.path / "parquet" / "meta.quarantine.parquet")
    assert "=cmd()" in parquet["content"].to_list()


def test_parquet_says_what_it_is_and_where_it_comes_from(edition):
    said = pl.read_parquet_metadata(edition.path / "parquet" / "core.fct_award.parquet")
    assert said["title"] == "core.fct_award"
    assert said["description"] == catalogue.tables()["core.fct_award"].summary
    assert said["licences"] == "CC-BY-4.0"
    assert json.loads(said["sources"]) == [{"source_id": "reference_covid_awards", "sha256": "b" * 64}]


@pytest.mark.parametrize(
    ("table", "sources"),
    [
        ("core.fct_population", {"reference_population"}),
        ("metrics.metric_value", {"reference_population", "reference_covid_awards"}),
        ("core.dim_metric", {"reference_population", "reference_covid_awards"}),
    ],
    ids=["by columns of provenance", "by named sources", "all"],
)
def test_the_files_behind_a_table_are_found(edition, table, sources):
    said = pl.read_parquet_metadata(edition.path / "parquet" / f"{table}.parquet")
    assert {file["source_id"] for file in json.loads(said["sources"])} == sources
    assert set(said["licences"].split(";")) == {licence for source, licence in LICENCES.items() if source in sources}


@pytest.mark.long
def test_the_data_package_is_valid_and_describes_every_file(edition):
    from frictionless import Package

    package = Package(str(edition.path / "datapackage.json"))
    report = package.validate()
    assert report.valid, report.flatten(["name", "type", "note"])
    said = json.loads((edition.path / "datapackage.json").read_text("utf-8"))
    forms = {f"{form}/{name}.{form}" for name in TABLES for form in ("csv", "parquet")}
    assert {item["path"] for item in said["resources"]} == forms | OTHERS
    assert {item["name"] for item in said["licenses"]} >= {"OGL-UK-3.0", "CC-BY-4.0"}
    resource = package.get_resource("core.dim_locality")
    assert resource.schema.primary_key == ["locality_code"]
    assert resource.schema.get_field("nation").constraints == {
        "required": True,
        "enum": ["England", "Wales", "Scotland", "Northern Ireland"],
    }
    # An empty text cannot be told from a null in CSV, so a column that holds one is not promised to be full.
    assert not package.get_resource("meta.quarantine").schema.primary_key
