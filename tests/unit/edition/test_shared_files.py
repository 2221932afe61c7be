"""What did not change is not made again: files are shared between editions, and the same content makes no edition."""

import errno
import os
import shutil
from datetime import UTC, datetime

import polars as pl
import pytest

from tests.unit.edition.conftest import rows_of
from warehouse import catalogue
from warehouse.editions import publish as edition
from warehouse.editions import publishing_code
from warehouse.editions import verify as verify_module
from warehouse.editions.find import current, is_whole, run_ids
from warehouse.editions.publish import publish
from warehouse.editions.verify import verify
from warehouse.exports import manifest, parquet
from warehouse.exports.shared import READ_ONLY
from warehouse.storage.home import Home
from warehouse.storage.landing import SourceStatus
from warehouse.storage.workspace import Warehouse

NEXT = "ffff0000ffff0000"
CHANGED = {"meta.build", "meta.check_result"}
PLACES = "csv/core.dim_locality.csv"
INSTANT = datetime(2027, 1, 2, 3, 4, 5, tzinfo=UTC)


def inodes(path):
    return {name: (path / name).stat().st_ino for name in manifest.listed(path)}


def tables_in(path):
    return {name for name in manifest.listed(path) if name.endswith((".parquet", ".csv")) and "/" in name}


def tamper(file):
    """Flip a byte and leave size and time of last change as they were."""
    status, content = file.stat(), file.read_bytes()
    file.chmod(0o644)
    file.write_bytes(content[:-3] + bytes([content[-3] ^ 1]) + content[-2:])
    os.utime(file, ns=(status.st_atime_ns, status.st_mtime_ns))
    file.chmod(READ_ONLY)


def test_an_edition_shares_the_files_of_tables_that_did_not_change(warehouse, before, rebuild):
    rebuild(NEXT)
    made = publish(warehouse).edition
    old, new = inodes(before.path), inodes(made.path)
    anew = {name for name in tables_in(made.path) if new[name] != old[name]}
    assert anew == {f"{form}/{table}.{form}" for table in CHANGED for form in ("csv", "parquet")}
    assert {(made.path / name).stat().st_mode & 0o777 for name in new} == {0o444}
    assert verify(made.path) == []


def test_an_edition_that_shares_files_is_that_which_is_made_from_nothing(
    warehouse, before, rebuild, tmp_path, monkeypatch
):
    monkeypatch.setattr(edition, "_instant", lambda home: INSTANT)
    rebuild(NEXT)
    shutil.copytree(warehouse.home.root, tmp_path / "alone", symlinks=True)
    alone = Warehouse(Home(tmp_path / "alone"))
    shutil.rmtree(alone.home.records)
    shared, made = publish(warehouse).edition.path, publish(alone).edition.path
    assert set(inodes(shared).values()) & set(inodes(before.path).values())
    assert not {(made / name).stat().st_nlink for name in manifest.listed(made)} - {1}
    of_database = {"community_power.duckdb", "dcat.jsonld"}
    names = set(manifest.listed(made)) - of_database
    assert set(manifest.listed(shared)) == names | of_database
    assert [name for name in sorted(names) if (shared / name).read_bytes() != (made / name).read_bytes()] == []


def test_a_csv_file_of_the_same_table_is_not_read_again_where_its_parquet_file_is_new(
    warehouse, before, rebuild, monkeypatch
):
    read = []
    fingerprint = verify_module._fingerprint
    monkeypatch.setattr(
        verify_module, "_fingerprint", lambda reader, rows: read.append(rows) or fingerprint(reader, rows)
    )
    monkeypatch.setattr(parquet, "_metadata", lambda *_: {"title": "other files behind the table"})
    rebuild(NEXT)
    made = publish(warehouse).edition
    files = {name for name in tables_in(made.path) if any(f"/{name}'" in rows for rows in read)}
    assert files == {name for name in tables_in(made.path) if name.startswith("parquet/")} | {
        f"csv/{table}.csv" for table in CHANGED
    }


def test_a_file_that_was_tampered_with_is_made_anew(warehouse, before, rebuild):
    published = (before.path / PLACES).read_bytes()
    tamper(before.path / PLACES)
    rebuild(NEXT)
    made = publish(warehouse).edition
    assert (made.path / PLACES).read_bytes() == published != (before.path / PLACES).read_bytes()
    assert verify(made.path) == []


def test_what_no_link_can_be_made_of_is_copied(warehouse, before, rebuild, monkeypatch):
    def refuse(*_):
        raise OSError(errno.EXDEV, "Invalid cross-device link")

    monkeypatch.setattr(os, "link", refuse)
    rebuild(NEXT)
    made = publish(warehouse).edition
    assert (made.path / PLACES).read_bytes() == (before.path / PLACES).read_bytes()
    assert not set(inodes(made.path).values()) & set(inodes(before.path).values())
    assert verify(made.path) == []


def test_shared_files_outlive_the_edition_that_they_were_made_for(warehouse, before, rebuild, monkeypatch):
    monkeypatch.setenv("CPOWER_KEEP_EDITIONS", "1")
    shutil.copyfile(warehouse.home.record_of(before.id), warehouse.home.record_of("20260101T000000Z-killed"))
    rebuild(NEXT)
    made = publish(warehouse).edition
    assert not before.path.exists()
    assert [path.name for path in warehouse.home.records.iterdir()] == [f"{made.id}.files.json"]
    assert verify(made.path) == []


def test_another_build_of_the_same_rows_makes_no_edition(warehouse, before, rename):
    rename(NEXT)
    published = publish(warehouse)
    assert (published.edition, published.is_new) == (before, False)
    assert run_ids(warehouse.home, before) == {before.run_id, NEXT}


def test_builds_of_the_same_rows_are_known_of_the_current_edition_alone(warehouse, before, rename, rebuild):
    rename(NEXT)
    publish(warehouse)
    rebuild("eeee0000eeee0000")
    made = publish(warehouse).edition
    assert run_ids(warehouse.home, made) == {"eeee0000eeee0000"}
    rename(NEXT)
    publish(warehouse)
    assert run_ids(warehouse.home, made) == {"eeee0000eeee0000", NEXT}
    assert run_ids(warehouse.home, before) == {before.run_id}


def test_a_new_try_of_a_source_makes_no_edition(warehouse, before, rename):
    rename(NEXT)
    table = catalogue.tables()["meta.source_status"]
    tried = pl.lit(datetime(2026, 2, 2), pl.Datetime("us"))
    warehouse.tables.replace(table, rows_of(table).with_columns(tried.alias("last_try_at"), age_days=pl.lit(31)))
    assert not publish(warehouse).is_new


def test_a_source_that_fails_or_recovers_makes_no_edition(warehouse, before, rename):
    def pull(run_id, state, day, reason=""):
        rename(run_id)
        warehouse.landing.record(SourceStatus("iod2025", state, datetime(2026, 1, day, tzinfo=UTC), reason=reason))
        return publish(warehouse).is_new

    assert not pull("1111000011110000", "failed", 2, "HTTP 404.")
    assert not pull("2222000022220000", "refused", 3, "Half a file.")
    assert not pull("3333000033330000", "unchanged", 4)


def test_a_damaged_edition_of_the_same_rows_is_made_anew(warehouse, before, rename):
    (before.path / PLACES).unlink()
    rename(NEXT)
    assert publish(warehouse).is_new


def test_a_table_that_is_not_on_record_is_published(warehouse, before, rename):
    rename(NEXT)
    path = warehouse.tables.path("core.dim_locality")
    pl.read_parquet(path).write_parquet(path)
    assert publish(warehouse).is_new


@pytest.mark.parametrize(
    "damage",
    [
        lambda path: (path / PLACES).unlink(),
        lambda path: (path / "more.csv").write_text("x"),
        lambda path: shutil.copyfile(path / "README.txt", path / PLACES),
        lambda path: (path / "SHA256SUMS").unlink(),
    ],
    ids=["missing", "extra", "other size", "no checksums"],
)
def test_a_quick_look_finds_what_has_changed(warehouse, before, damage):
    assert is_whole(warehouse.home, before)
    for file in (PLACES, "SHA256SUMS"):
        (before.path / file).chmod(0o644)
    damage(before.path)
    assert not is_whole(warehouse.home, before)


def test_a_quick_look_reads_what_has_another_time_of_change(warehouse, before):
    os.utime(before.path / PLACES)
    assert is_whole(warehouse.home, before)
    tamper(before.path / PLACES)
    assert not is_whole(warehouse.home, before)


def test_only_reading_every_byte_finds_one_that_was_changed_in_secret(warehouse, before):
    tamper(before.path / PLACES)
    assert is_whole(warehouse.home, before)
    assert verify(before.path) == [f"{PLACES} has changed since it was published."]


def test_an_edition_without_a_record_is_read_whole(warehouse, before):
    shutil.rmtree(warehouse.home.records)
    assert is_whole(warehouse.home, current(warehouse.home))
    tamper(before.path / PLACES)
    assert not is_whole(warehouse.home, before)


@pytest.mark.parametrize(
    ("content", "is_same"),
    [
        ('"""Other words."""\n\ndef f():\n    return 1  # one\n', True),
        ('"""Words."""\ndef f():\n    return 2\n', False),
    ],
    ids=["words", "code"],
)
def test_the_digest_of_the_publishing_code_is_of_what_it_does(tmp_path, monkeypatch, content, is_same):
    monkeypatch.setattr(publishing_code, "PROJECT", tmp_path)
    module = tmp_path / "warehouse" / "exports" / "x.py"
    module.parent.mkdir(parents=True)
    module.write_text('"""Words."""\ndef f():\n    """Say one."""\n    return 1\n')
    before = publishing_code.code.__wrapped__()
    module.write_text(content)
    assert (publishing_code.code.__wrapped__() == before) == is_same
