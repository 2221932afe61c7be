"""The files of a real edition, opened by the tools that people open them with."""

import csv
import itertools
import json
import shutil
import subprocess
import warnings

import openpyxl
import pandas
import pytest
from csvw import CSVW
from frictionless import Package

from warehouse.exports import csvw, els, hexmap, workbook

# The validators read at the pace of a person: rows enough to meet every type and every shorthand, in every table.
ROWS = 50


@pytest.fixture(scope="module")
def heads(edition, tmp_path_factory):
    """The first rows of every CSV file, with what is said of them."""
    folder = tmp_path_factory.mktemp("heads")
    (folder / "csv").mkdir()
    for path in [*edition.path.glob("csv/*.csv"), edition.path / els.FILE]:
        name = path.relative_to(edition.path)
        with path.open(encoding="utf-8", newline="") as file, (folder / name).open("w", encoding="utf-8") as head:
            csv.writer(head, lineterminator="\r\n").writerows(itertools.islice(csv.reader(file), ROWS + 1))
    for name in (csvw.FILE, els.METADATA):
        shutil.copy(edition.path / name, folder / name)
    return folder


@pytest.mark.long
def test_frictionless_finds_nothing_wrong(edition):
    package = Package(str(edition.path / "datapackage.json"))
    report = package.validate(limit_rows=ROWS)
    assert report.valid, report.flatten(["name", "type", "note"])
    assert len(report.tasks) == len(package.resources) > 2 * len(edition.tables)


def test_csv_on_the_web_finds_nothing_wrong(heads):
    tables = CSVW(str(heads / csvw.FILE), validate=True)
    assert tables.is_valid
    assert len(tables.tables) == len(list((heads / "csv").glob("*.csv")))
    assert CSVW(str(heads / els.FILE), validate=True).is_valid


PANDAS_TYPES = {"integer": "Int64", "number": "Float64", "double": "Float64", "boolean": "boolean"}


def test_pandas_reads_every_csv_file_by_its_described_types_without_a_warning(edition):
    """Guessed from parts of a file, a column of text that is empty for a stretch has two types, and pandas warns."""
    described = {
        resource["path"]: {field["name"]: field["type"] for field in resource["schema"]["fields"]}
        for resource in json.loads((edition.path / "datapackage.json").read_text("utf-8"))["resources"]
        if resource["path"].endswith(".csv")
    }
    columns = json.loads((edition.path / f"{els.FILE}-metadata.json").read_text("utf-8"))["tableSchema"]["columns"]
    described[els.FILE] = {column["name"]: csvw.base(column["datatype"]) for column in columns}
    assert described.keys() == {str(path.relative_to(edition.path)) for path in edition.path.rglob("*.csv")}
    for path, types in described.items():
        dtypes = {name: PANDAS_TYPES.get(kind, "string") for name, kind in types.items()}
        with warnings.catch_warnings():
            warnings.simplefilter("error")
            frame = pandas.read_csv(edition.path / path, dtype=dtypes)
        assert list(frame.columns) == list(types), path


def test_every_locality_has_a_place_of_its_own_on_the_map(edition):
    said = json.loads((edition.path / hexmap.FILE).read_text("utf-8"))
    rings = [tuple(map(tuple, feature["geometry"]["coordinates"][0])) for feature in said["features"]]
    assert len(set(rings)) == 361


def test_the_workbook_has_a_sheet_for_every_mart_and_no_formula(edition, ask):
    book = openpyxl.load_workbook(edition.path / workbook.FILE, read_only=True)
    marts = {name.removeprefix("marts.") for name in edition.tables if name.startswith("marts.")} - {"locality_profile"}
    assert {sheet.lower() for sheet in book.sheetnames} >= marts | {"metrics", "sources", "population", "balance"}
    kinds = {cell.data_type for sheet in book for row in sheet.iter_rows() for cell in row if cell.value is not None}
    assert kinds <= {"s", "n", "d", "b"}


@pytest.mark.skipif(not shutil.which("soffice"), reason="needs LibreOffice: .ci/office.sh installs it")
@pytest.mark.long
def test_an_office_suite_opens_the_workbook(edition, ask, tmp_path):
    form = "csv:Text - txt - csv (StarCalc):44,34,76,1,,0,false,false,false,false,false,-1"
    own_settings = f"-env:UserInstallation={(tmp_path / 'office').as_uri()}"
    subprocess.run(
        [
            "soffice",
            "--headless",
            own_settings,
            "--convert-to",
            form,
            "--outdir",
            tmp_path,
            edition.path / workbook.FILE,
        ],
        check=True,
        capture_output=True,
        timeout=200,
    )
    sheets = {}
    for path in tmp_path.glob("*.csv"):
        with path.open(encoding="utf-8", newline="") as file:
            sheets[path.stem.removeprefix("community-power-")] = list(csv.reader(file))
    names = openpyxl.load_workbook(edition.path / workbook.FILE, read_only=True).sheetnames
    assert sheets.keys() == set(names)
    cells = {cell for rows in sheets.values() for row in rows for cell in row}
    assert not {cell for cell in cells if cell.startswith(("Err:", "#NAME", "#REF", "#VALUE"))}
    population = {row[0]: float(row[4]) for row in sheets["Population"] if row[0].startswith(("E0", "W0", "S1", "N0"))}
    assert population == dict(
        ask("select locality_code, pop_total from marts.locality_profile where pop_total is not null")
    )


def test_verify_finds_a_flipped_byte_and_says_it_in_one_line(edition, default_home, cpower, tmp_path):
    whole = cpower(default_home.root, "verify", edition.version)
    assert (whole.returncode, whole.stderr) == (0, "")
    assert whole.stdout.startswith(f"{edition.id}: ")
    copy = tmp_path / "copy"
    shutil.copytree(edition.path, copy)
    path = copy / "parquet" / "marts.locality_profile.parquet"
    content = path.read_bytes()
    path.chmod(0o644)
    path.write_bytes(content[:1000] + bytes([content[1000] ^ 1]) + content[1001:])
    damaged = cpower(default_home.root, "verify", str(copy))
    assert damaged.returncode == 1
    assert damaged.stderr == "copy: parquet/marts.locality_profile.parquet has changed since it was published.\n"
    assert json.loads(cpower(default_home.root, "verify", "--json", str(copy)).stdout)["problems"] == [
        "parquet/marts.locality_profile.parquet has changed since it was published."
    ]


def test_verify_knows_no_edition_that_is_not_there(default_home, cpower):
    unknown = cpower(default_home.root, "verify", "20000101T000000Z-deadbeef")
    assert unknown.returncode == 2
    assert "No edition is called" in unknown.stderr
