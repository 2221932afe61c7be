"""What is wrong with an edition is found and said: any byte that flipped, and forms that do not agree."""

import csv
import json
import os
import shutil
from contextlib import closing

import duckdb
import pytest

from warehouse.editions.publish import publish
from warehouse.editions.verify import verify
from warehouse.exports import csvw, datapackage, els, manifest
from warehouse.query import EDITION_FILE

DATABASE = "community_power.duckdb"
PLACES = "core.dim_locality"
HEX_Q = f"table_name = '{PLACES}' and column_name = 'hex_q'"


@pytest.fixture(scope="module")
def whole(first_published, tmp_path_factory):
    """A copy of an edition that may be written to."""
    (edition,) = (path for path in first_published.iterdir() if not path.is_symlink())
    copy = tmp_path_factory.mktemp("whole") / edition.name
    shutil.copytree(edition, copy)
    for path in copy.rglob("*"):
        if path.is_file():
            path.chmod(0o644)
    return copy


@pytest.fixture
def copy(whole, tmp_path):
    """One that a test may spoil: files are links until they are replaced."""
    path = tmp_path / whole.name
    shutil.copytree(whole, path, copy_function=os.link)
    return path


def replace(path, content):
    """Write a file anew without writing to what it was linked to."""
    path.unlink()
    path.write_bytes(content if isinstance(content, bytes) else content.encode("utf-8"))


def sign(path):
    """Make the checksums those of the files, so that what these hold is looked at."""
    checksums = path / manifest.CHECKSUMS
    checksums.unlink()
    manifest.write_checksums(path)


def change_json(path, change):
    said = json.loads(path.read_text("utf-8"))
    change(said)
    replace(path, json.dumps(said, ensure_ascii=False, indent=2))


def change_database(path, *statements):
    file = path / DATABASE
    content = file.read_bytes()
    replace(file, content)
    with closing(duckdb.connect(str(file))) as database:
        for statement in statements:
            database.execute(statement)


def test_an_edition_as_published_has_nothing_wrong(whole):
    assert verify(whole) == []


def test_a_flipped_byte_in_any_file_is_found(copy):
    for number, name in enumerate([*manifest.listed(copy), manifest.CHECKSUMS]):
        path = copy / name
        content = path.read_bytes()
        place = (0, len(content) // 2, len(content) - 1)[number % 3]
        replace(path, content[:place] + bytes([content[place] ^ 1]) + content[place + 1 :])
        problems = verify(copy)
        assert problems, f"{name}, byte {place}"
        if name not in (manifest.CHECKSUMS, EDITION_FILE):
            assert problems == [f"{name} has changed since it was published."]
        replace(path, content)
    assert verify(copy) == []


@pytest.mark.parametrize("bit", range(8))
def test_no_bit_of_the_end_of_the_checksums_may_flip(copy, bit):
    path = copy / manifest.CHECKSUMS
    content = path.read_bytes()
    replace(path, content[:-1] + bytes([content[-1] ^ 1 << bit]))
    assert verify(copy)


def describe(name, change):
    def spoil(path):
        change_json(path / name, change)

    return spoil


def resource(said, name):
    return next(item["schema"] for item in said["resources"] if item["name"] == name)


def web(said, name):
    return next(item["tableSchema"] for item in said["tables"] if item["url"] == f"{name}.csv")


def parquet(sql):
    def spoil(path):
        file = path / "parquet" / f"{PLACES}.parquet"
        old = file.with_name("old.parquet")
        file.rename(old)
        duckdb.sql(f"copy ({sql.format(old=old)}) to '{file}'")
        old.unlink()

    return spoil


def rewrite(name, old, new):
    def spoil(path):
        text = (path / name).read_bytes().decode("utf-8")
        assert old in text
        replace(path / name, text.replace(old, new, 1))

    return spoil


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (
            describe(EDITION_FILE, lambda said: said["tables"].update({PLACES: 4})),
            f"{PLACES} has 3 rows in {DATABASE}, and 4 were published.",
        ),
        (describe(EDITION_FILE, lambda said: said["tables"].pop(PLACES)), f"{PLACES} is only in {DATABASE}."),
        (describe(EDITION_FILE, lambda said: said["tables"].update({"core.x": 0})), "core.x is only in edition.json."),
        (parquet("select * from '{old}' limit 2"), f"{PLACES} has 2 rows in parquet/, and 3 were published."),
        (
            parquet("select * replace (cast(hex_q as bigint) as hex_q) from '{old}'"),
            f"{PLACES}.hex_q is column 11, BIGINT in parquet/, and column 11, INTEGER in {DATABASE}.",
        ),
        (
            rewrite(f"csv/{PLACES}.csv", "\r\nE08000039", "\r\nE08000039,,,Wales,,,,,,,,,,,,,\r\nE08000039"),
            f"{PLACES} has 4 rows in csv/, and 3 were published.",
        ),
        (
            rewrite(f"csv/{PLACES}.csv", "hex_q", "hexq"),
            f"{PLACES}.hex_q is absent in csv/, and column 11 in {DATABASE}.",
        ),
        (
            parquet("select * replace (hex_q + 1 as hex_q) from '{old}'"),
            f"The rows of {PLACES} in parquet/ differ from {DATABASE}.",
        ),
        (rewrite(f"csv/{PLACES}.csv", "Gwynedd", "Gwent"), f"The rows of {PLACES} in csv/ differ from {DATABASE}."),
        (rewrite("els.csv", ",1234.5,", ",1234.6,"), "The values of els.csv differ from metrics.metric_value."),
        (
            lambda path: replace(path / "partner-network.graphml", "x"),
            "The checksum of partner-network.graphml in datapackage.json differs from SHA256SUMS.",
        ),
        (
            describe(EDITION_FILE, lambda said: said.update(version="9.9.9")),
            f"{DATABASE} and {EDITION_FILE} are from different editions.",
        ),
        (rewrite("els.csv", "Made up pop_total", "Made up\r\nx"), "Cannot read the content"),
        (
            describe(datapackage.FILE, lambda said: resource(said, PLACES)["fields"][10].update(type="string")),
            f"{PLACES}.hex_q is column 11, string in datapackage.json for csv/, and column 11, integer in {DATABASE}.",
        ),
        (
            describe(datapackage.FILE, lambda said: resource(said, f"{PLACES}.parquet").pop("primaryKey")),
            f"{PLACES}.locality_code is column 1, never null in datapackage.json for parquet/, "
            f"and column 1, never null, part of the key in {DATABASE}.",
        ),
        (
            describe(datapackage.FILE, lambda said: said["resources"].pop(0)),
            "core.bridge_award_locality is missing from datapackage.json or csv/csv-metadata.json.",
        ),
        (
            describe(
                datapackage.FILE,
                lambda said: resource(said, f"{PLACES}.parquet")["fields"][3]["constraints"].update(enum=["Wales"]),
            ),
            f"{PLACES}.nation has a value that is not listed in 1 rows.",
        ),
        (
            describe(csvw.FILE, lambda said: web(said, PLACES)["columns"][10].pop("required")),
            f"{PLACES}.hex_q is column 11, integer in csv/csv-metadata.json, "
            f"and column 11, integer, never null in {DATABASE}.",
        ),
        (
            lambda path: change_database(path, f"update meta.dictionary set type = 'DOUBLE' where {HEX_Q}"),
            f"{PLACES}.hex_q is column 11, DOUBLE, never null in meta.dictionary, "
            f"and column 11, INTEGER, never null in {DATABASE}.",
        ),
        (
            lambda path: change_database(
                path,
                "create table core.other as from core.dim_nation",
                "drop table core.dim_nation",
                "alter table core.other rename to dim_nation",
                "insert into core.dim_nation from core.dim_nation",
            ),
            "core.dim_nation.nation is column 2, VARCHAR, never null in meta.dictionary, "
            f"and column 2, VARCHAR in {DATABASE}.",
        ),
        (lambda path: replace(path / "parquet" / f"{PLACES}.parquet", "x"), "Cannot read the content"),
        (lambda path: replace(path / DATABASE, "x"), "Cannot read the content"),
    ],
)
def test_forms_that_do_not_agree_are_found(copy, spoil, said):
    spoil(copy)
    assert verify(copy)
    sign(copy)
    problems = verify(copy)
    assert any(problem.startswith(said) for problem in problems), problems
    assert all(problem.endswith(".") or problem.startswith("Cannot read") for problem in problems)


def test_rows_that_break_a_promise_are_found_where_the_file_no_longer_keeps_it(copy):
    change_database(
        copy,
        "create temp table old as from core.dim_nation",
        "drop table core.dim_nation",
        "create table core.dim_nation (nation_code varchar, nation varchar, nation_name_cy varchar)",
        "insert into core.dim_nation from old union all select nation_code, 'Atlantis', null from old",
    )
    sign(copy)
    assert [problem for problem in verify(copy) if problem.startswith("core.dim_nation") and "rows." in problem] == [
        "core.dim_nation repeats a key in 1 rows.",
        "core.dim_nation.nation_name_cy is null in 1 rows.",
        "core.dim_nation.nation has a value that is not listed in 1 rows.",
    ]


def test_what_is_no_file_in_the_place_of_one_is_found(copy):
    (copy / "README.txt").unlink()
    os.mkfifo(copy / "README.txt")
    (copy / "CHANGES.md").unlink()
    (copy / "CHANGES.md").symlink_to("nowhere")
    (copy / "more").symlink_to("/etc")
    (copy / "els.csv").unlink()
    assert sorted(verify(copy)) == [
        "CHANGES.md has changed since it was published.",
        "README.txt has changed since it was published.",
        "els.csv is missing.",
        "more is not part of the edition.",
    ]
    (copy / manifest.CHECKSUMS).unlink()
    assert manifest.CHECKSUMS in verify(copy)[0]


def test_a_folder_that_is_none_is_said_in_one_line(tmp_path):
    (problem,) = verify(tmp_path)
    assert "is not an edition or is damaged" in problem


def test_a_row_that_els_csv_should_list_is_missed(copy):
    path = copy / els.FILE
    lines = path.read_bytes().splitlines(keepends=True)
    replace(path, b"".join(lines[:-1]))
    sign(copy)
    rows = len(lines) - 1
    assert f"{els.FILE} has {rows - 1:,} rows, and metrics.metric_value {rows:,} to list." in verify(copy)


def test_an_edition_of_a_former_version_that_lists_the_whole_matrix_is_whole(warehouse, monkeypatch):
    with monkeypatch.context() as patch:
        patch.setattr(els, "LISTED", els.VALUES)
        edition = publish(warehouse).edition
    with (edition.path / els.FILE).open(encoding="utf-8", newline="") as file:
        assert len(list(csv.reader(file))) - 1 == edition.tables[els.VALUES]
    assert verify(edition.path) == []
