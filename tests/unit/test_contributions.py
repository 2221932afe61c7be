"""Suggested practices: template, check, addition and second reading. All practices in these tests are synthetic."""

import csv
import io
import json
import shutil
from datetime import date
from unicodedata import normalize

import pytest
import xlsxwriter
import yaml
from click.testing import CliRunner
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from assets.contributions import adding, checking, readings
from assets.contributions.adding import CannotAdd, additions, require_checkout
from assets.contributions.checking import check_file
from assets.contributions.links import addresses_of_records
from assets.contributions.suggestion_files import columns
from assets.contributions.templates import csv_template, yaml_template
from assets.sources.practices.scan import PARTNER, PRACTICE, parse_scan, read_scan
from assets.sources.reference.records import csv_parser
from orchestration.cli import main
from warehouse.catalogue import codebook, read_axes
from warehouse.errors import HomeUnavailable
from warehouse.i18n import text
from warehouse.storage.landing import REFERENCE
from warehouse.yaml_loader import TEXT_LOADER

TODAY = date(2026, 11, 30)
HARTLEPOOL = "E06000001"
ROW = {
    "locality": "Hartlepool",
    "title": "Café of the neighbours",
    "summary": "Neighbours run a café – open daily – in a shop that the council lent them.",
    "led_by": "Friends of the café",
    "partners": "Friends: informal_group; Council: council",
    "source_title": "A café opens",
    "publisher": "A newspaper",
    "source_url": "https://news.example.org/cafe?id=1&x=2",
    "source_date": "2024-05",
    "confidence": "high",
}
CODES = {
    "is_shift": "yes",
    "primary_type": "A1",
    "other_types": "I2;C1",
    "side": "community",
    "mechanism": "food",
    "direction": "to_community",
    "began": "after_2021",
    "response_to_pandemic": "unrelated",
    "status": "active",
    "evidence_grade": "E1",
}


def as_csv(*rows, delimiter=",", encoding="utf-8"):
    written = io.StringIO(newline="")
    table = csv.DictWriter(written, columns(), delimiter=delimiter)
    table.writeheader()
    table.writerows(rows)
    return written.getvalue().encode(encoding)


def check(content, name="practices.csv", records=checking.RECORDS):
    return check_file(name, content, records, TODAY)


def problems(content, name="practices.csv"):
    return [(item.place, item.column) for item in check(content, name).problems if not item.is_warning]


@pytest.fixture
def reference(tmp_path):
    """A copy of the reference records of the scan with two localities."""
    folder = tmp_path / "reference"
    (folder / "practices" / "scan").mkdir(parents=True)
    (folder / "practice_scan").mkdir()
    for name in ("practices/scan/E06000001.yaml", "practices/scan/W06000024.yaml", "practice_scan/readings.csv"):
        shutil.copy(REFERENCE / name, folder / name)
    return folder


def contributions(*rows, records=checking.RECORDS):
    checked = check(as_csv(*rows), records=records)
    assert checked.is_valid, [item.to_text() for item in checked.problems]
    return checked.contributions


# Templates

TEXT = st.text(
    st.characters(exclude_categories=["Cc", "Cf", "Cn", "Co", "Cs", "Zl", "Zp"]),
    min_size=1,
    max_size=40,
).filter(lambda said: said.strip() and said.strip()[0] not in "#=+@-")
CODED = st.fixed_dictionaries(
    {name: st.sampled_from(axis.permitted) for name, axis in read_axes().items() if name != "other_types"}
)
FILLED = st.builds(
    lambda title, summary, note, codes: ROW | {"title": title, "summary": summary, "evidence_note": note} | codes,
    TEXT,
    TEXT,
    TEXT,
    CODED,
)


def filled_csv(row):
    """Return the CSV template with a row below its comments."""
    written = io.StringIO(newline="")
    csv.writer(written).writerow([row.get(name, "") for name in columns()])
    return (csv_template() + written.getvalue()).encode()


def filled_yaml(row):
    """Return the YAML template with the values of a row behind its keys."""
    lines = []
    for line in yaml_template().splitlines():
        name = line.strip(" -").removesuffix(":")
        value = f" {json.dumps(row[name], ensure_ascii=False)}" if name in row and line.endswith(":") else ""
        lines.append(line + value)
    return "\n".join(lines).encode()


@settings(max_examples=40)
@given(row=FILLED)
def test_a_filled_template_is_valid_and_the_record_that_is_added_is_the_one_that_was_written(row):
    found = {}
    for name, content in (("p.csv", filled_csv(row)), ("p.yaml", filled_yaml(row))):
        checked = check(content, name)
        assert [item.to_text() for item in checked.problems if not item.is_warning] == []
        (found[name],) = checked.contributions
    assert found["p.csv"].values == found["p.yaml"].values
    assert found["p.csv"].codes == found["p.yaml"].codes == {name: row[name] for name in read_axes() if name in row}
    for field in ("title", "summary", "evidence_note"):
        assert found["p.csv"].values[field].split() == normalize("NFC", row[field]).split()
    added = additions([found["p.csv"]])
    after = read_scan(added.changes[0].after.encode())
    assert after.records[-1][1] == found["p.csv"].record(f"{HARTLEPOOL}-c01")


def test_the_templates_name_every_column_and_every_permitted_code():
    for template in (csv_template(), yaml_template()):
        for name in columns():
            assert name in template
        for axis in codebook().values():
            assert ", ".join(axis.permitted) in template, axis.id
    assert yaml.load(yaml_template(), Loader=TEXT_LOADER)["practices"][0].keys() == set(columns())


def test_an_empty_template_has_no_practice():
    for name, template in (("p.csv", csv_template()), ("p.yaml", yaml_template())):
        (problem,) = check(template.encode(), name).problems
        assert (problem.place, problem.expected) == ("file", "at least one practice")


def test_codes_have_the_same_names_as_in_the_report():
    for language in ("en", "cy"):
        for axis, part in {"primary_type": "type", "side": "side", "mechanism": "mechanism", "began": "began"}.items():
            for code in codebook()[axis].codes:
                assert code.name(language) == text(language)(f"{part}.{code.code}")


# Files


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252"])
def test_csv_is_read_as_spreadsheets_save_it(delimiter, encoding):
    (found,) = check(as_csv(ROW, {}, delimiter=delimiter, encoding=encoding)).contributions
    assert (found.values["title"], found.place) == (ROW["title"], "row 2")
    assert "–" in found.values["summary"]


def test_a_first_line_that_names_the_delimiter_is_read():
    assert check(b"sep=;\r\n" + as_csv(ROW, delimiter=";")).is_valid


def test_a_workbook_is_read(tmp_path):
    with xlsxwriter.Workbook(tmp_path / "p.xlsx") as book:
        book.add_worksheet("Notes").write_row(0, 0, ["To do"])
        sheet = book.add_worksheet("Practices")
        sheet.write_row(0, 0, list(ROW))
        sheet.write_row(1, 0, list(ROW.values()))
    checked = check((tmp_path / "p.xlsx").read_bytes(), "p.xlsx")
    assert [item.values["title"] for item in checked.contributions] == [ROW["title"]]


def test_yaml_takes_partners_as_a_list():
    row = ROW | {"partners": [{"name": "A: B; C", "sector": "vcse"}]}
    (found,) = check(yaml.safe_dump({"practices": [row]}).encode(), "p.yml").contributions
    assert found.partners == (("A: B; C", "vcse"),)


def test_all_problems_of_a_file_are_named_at_once_each_with_its_place():
    wrong = ROW | {"locality": "Hartlpool", "source_url": "www.example.org", "source_date": "31/01/2024"}
    found = problems(as_csv(ROW, wrong, ROW | {"title": "", "confidence": "sure"}))
    assert found == [
        ("row 3", "locality"),
        ("row 3", "source_url"),
        ("row 3", "source_date"),
        ("row 4", "title"),
        ("row 4", "confidence"),
    ]
    assert any("Did you mean Hartlepool (E06000001)" in item.fix for item in check(as_csv(wrong)).problems)


@pytest.mark.parametrize(
    ("values", "column"),
    [
        ({"locality": "E99999999"}, "locality"),
        ({"locality": "Bournemouth & Poole"}, "locality"),
        ({"summary": "x" * 401}, "summary"),
        ({"title": '=HYPERLINK("https://example.org")'}, "title"),
        ({"partners": "@SUM(A1): vcse"}, "partners"),
        ({"source_url": "ftp://example.org/x"}, "source_url"),
        ({"source_url": "javascript:alert(1)"}, "source_url"),
        ({"source_url": "https://"}, "source_url"),
        ({"source_url": "http://[::1"}, "source_url"),
        ({"status_date": "2026-02-30"}, "status_date"),
        ({"status_date": "2026-12-01"}, "status_date"),
        ({"status_date": "spring"}, "status_date"),
        ({"partners": "A charity"}, "partners"),
        ({"partners": "A: charity"}, "partners"),
        ({"corrects": "E06000001-w99"}, "corrects"),
        ({"confidence": ""}, "confidence"),
        (CODES | {"side": ""}, "side"),
        (CODES | {"primary_type": "B1"}, "primary_type"),
        (CODES | {"other_types": "A1"}, "other_types"),
        (CODES | {"other_types": "I2;C1;C2"}, "other_types"),
        (CODES | {"other_types": "I2;I2"}, "other_types"),
        ({"title": "A winter network of warm places  ACROSS sectors"}, "title"),
    ],
)
def test_a_wrong_value_is_named_with_its_column(values, column):
    assert problems(as_csv(ROW | values)) == [("row 2", column)]


@pytest.mark.parametrize(
    "values",
    [
        {"locality": "hartlepool"},
        {"locality": "e06000001"},
        {"locality": "The City of Kingston upon Hull"},
        {"locality": "Rhondda Cynon Taf"},
        {"locality": "E06000028"},  # Bournemouth, now part of another authority
        {"corrects": "E06000001-w01", "title": "A winter network of warm places across sectors"},
        {"corrects": "gwynedd-volunteer-bank"},
        {"status_date": "2024", "source_date": "2024-02-29"},
        {"partners": "Age UK: VCSE; Thirteen: Business"},
        CODES | {"is_shift": "Yes", "primary_type": "a1", "mechanism": "Mutual aid", "side": "Cymunedau"},
        CODES | {"other_types": ""},
    ],
)
def test_a_value_is_understood_as_people_write_it(values):
    if values.get("locality", "").startswith("The City"):
        values = {"locality": "Kingston upon Hull"}
    assert problems(as_csv(ROW | values)) == []


def test_names_of_codes_become_codes():
    (found,) = contributions(ROW | CODES | {"mechanism": "Mutual aid", "evidence_grade": "e2"})
    assert (found.codes["mechanism"], found.codes["evidence_grade"]) == ("mutual_aid", "E2")


@pytest.mark.parametrize("said", ["ann.smith@example.org", "01429 266522", "+44 (0)1429 266522", "07700900123"])
def test_personal_data_are_a_warning(said):
    checked = check(as_csv(ROW | {"summary": f"Ask {said} for the key."}))
    (warning,) = checked.problems
    assert (warning.column, warning.is_warning, checked.is_valid) == ("summary", True, True)


@pytest.mark.parametrize(
    "said", ["In 2020 and 2021 12,000 meals", "2019-2020, 450 members", "£1,250,000 over 10 years"]
)
def test_figures_are_not_taken_for_telephone_numbers(said):
    assert check(as_csv(ROW | {"quantities": said})).problems == ()


def test_a_title_is_given_once_in_a_locality():
    assert problems(as_csv(ROW, ROW)) == [("row 2", "title"), ("row 3", "title")]
    assert problems(as_csv(ROW, ROW | {"locality": "Wigan"})) == []


def test_unknown_missing_and_repeated_columns_are_named():
    header, row = as_csv(ROW).decode().splitlines()
    assert problems(f"{header},led_buy\r\n{row},x".encode()) == [("row 1", "led_buy")]
    assert problems(f"{header},title\r\n{row},x".encode()) == [("row 1", "title")]
    assert problems(b"title,summary\r\na,b") == [
        ("row 1", name) for name in ("locality", "source_title", "publisher", "source_url")
    ]
    assert problems(f"{header}\r\n{row},x".encode()) == [("row 2", "")]
    assert problems(b"practices: [{titel: x}]", "p.yaml")[0] == ("line 1", "titel")


@pytest.mark.parametrize(
    ("name", "content", "got"),
    [
        ("p.csv", b"", "an empty file"),
        ("p.csv", b"<!DOCTYPE html><html></html>", "HTML"),
        ("p.csv", "title\n".encode("utf-16"), "UTF-16"),
        ("p.csv", b'title\n"open', "unexpected end of data"),
        ("p.csv", b"# only a comment\n", "only comments"),
        ("p.xlsx", b"PK\x03\x04 no workbook", "a damaged zip archive"),
        ("p.yaml", b"practices: [", "not YAML"),
        ("p.yaml", b"practices: {a: b}", "practices"),
        ("p.yaml", b"- a\n- b", "no keys"),
        ("p.yaml", b"practices:\n  - x", "'x'"),
        ("p.yaml", b"practices:\n  - title: a\n    title: b", "title is given twice"),
        ("p.yaml", b"practices: " + b"[" * 100_000, "lists in lists"),
        ("p.yaml", b"- " * 100_000, "lists in lists"),
    ],
)
def test_a_file_that_cannot_be_read_is_a_problem_and_not_a_traceback(name, content, got):
    checked = check(content, name)
    assert not checked.is_valid
    assert got in checked.problems[0].got


BROKEN = st.one_of(
    st.binary(max_size=200),
    st.builds(
        lambda base, at, junk: base[: at % len(base)] + junk + base[(at + 3) % len(base) :],
        st.sampled_from([as_csv(ROW | CODES), filled_yaml(ROW | CODES)]),
        st.integers(0, 5_000),
        st.one_of(st.binary(max_size=6), st.text(max_size=4).map(lambda said: said.encode("utf-8", "replace"))),
    ),
)


@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow])
@given(content=BROKEN, name=st.sampled_from(["p.csv", "p.yaml", "p.xlsx"]))
@example(content=b"practices:\n  - {? [a, b] : c}", name="p.yaml")
@example(content=b"practices:\n  - &a [*a]", name="p.yaml")
@example(content=b"practices:\n  - partners: [{name: [x], sector: y}]", name="p.yaml")
def test_a_broken_file_is_checked_and_what_is_valid_can_be_added(content, name):
    checked = check(content, name)
    for problem in checked.problems:
        assert problem.to_text()
    if checked.is_valid:
        assert checked.contributions
        new = [item for item in checked.contributions if not item.corrects]
        assert len(additions(new).practice_ids) == len(new)


# Adding


def test_a_practice_is_appended_to_its_locality_and_its_codes_are_the_first_reading(reference):
    path = reference / "practices" / "scan" / f"{HARTLEPOOL}.yaml"
    before = path.read_text("utf-8")
    added = additions(contributions(ROW | CODES, ROW | {"title": "Another"}), reference)
    assert added.practice_ids == (f"{HARTLEPOOL}-c01", f"{HARTLEPOOL}-c02")
    assert added.unread == (f"{HARTLEPOOL}-c02",)
    added.write()
    assert path.read_text("utf-8").startswith(before)
    parsed = parse_scan(path.read_bytes())
    assert parsed[PRACTICE].quarantined.is_empty()
    row = parsed[PRACTICE].kept.filter(parsed[PRACTICE].kept["practice_id"] == f"{HARTLEPOOL}-c01").row(0, named=True)
    assert (row["practice_name"], row["summary"]) == (ROW["title"], ROW["summary"])
    assert (row["source_date"], row["source_url"], row["status_date_as_stated"]) == ("2024-05", ROW["source_url"], None)
    named = parsed[PARTNER].kept.filter(parsed[PARTNER].kept["practice_id"] == f"{HARTLEPOOL}-c01")
    assert named.select("partner_name", "sector").rows() == [("Friends", "informal_group"), ("Council", "council")]
    read = csv_parser("staging.reference__scan_reading")((reference / "practice_scan" / "readings.csv").read_bytes())
    assert read.quarantined.is_empty()
    codes = read.kept.filter(read.kept["practice_id"].str.contains("-c")).to_dicts()
    assert [{name: row[name] for name in ("practice_id", "reading", *CODES)} for row in codes] == [
        {"practice_id": f"{HARTLEPOOL}-c01", "reading": "1", **CODES}
    ]
    again = additions(contributions(ROW | {"title": "A third"}), reference)
    assert again.practice_ids == (f"{HARTLEPOOL}-c03",)


def test_a_locality_without_a_file_gets_one(reference):
    added = additions(contributions(ROW | {"locality": "Tunbridge Wells"}), reference)
    added.write()
    found = read_scan((reference / "practices" / "scan" / "E07000116.yaml").read_bytes())
    assert (found.locality_code, found.locality_name) == ("E07000116", "Tunbridge Wells")
    assert [record.title for _, record in found.records] == [ROW["title"]]


def test_a_practice_that_is_in_the_records_already_is_not_added_twice(reference):
    additions(contributions(ROW), reference).write()
    checked = check(as_csv(ROW), records=reference / "practices" / "scan")
    assert [item.column for item in checked.problems] == ["title"]
    assert f"{HARTLEPOOL}-c01" in checked.problems[0].got


@pytest.mark.parametrize(
    ("change", "why"),
    [
        (lambda said: said + "note: at the end\n", r"W06000024\.yaml:1: expected the keys"),
        (lambda said: said.replace("locality: Merthyr Tydfil\n", "") + "locality: Merthyr Tydfil\n", "last key"),
        (lambda said: said.encode("cp1252", "replace").decode("cp1252").replace("Merthyr", "\udce9"), "not in UTF-8"),
        (lambda said: said.replace("    confidence: high\n", "", 1), r"W06000024\.yaml:\d+: confidence: "),
    ],
)
def test_nothing_is_added_to_a_file_that_could_not_be_read_afterwards(reference, change, why):
    wales = reference / "practices" / "scan" / "W06000024.yaml"
    wales.write_text(change(wales.read_text("utf-8")), "utf-8", "surrogateescape")
    with pytest.raises(CannotAdd, match=f"{why}.*Nothing was written"):
        additions(contributions(ROW, ROW | {"locality": "W06000024"}), reference)


def test_a_file_that_changed_after_the_check_is_not_overwritten(reference):
    added = additions(contributions(ROW | CODES), reference)
    path = reference / "practice_scan" / "readings.csv"
    path.write_bytes(path.read_bytes() + b"E06000001-w01,3\r\n")
    with pytest.raises(CannotAdd, match="has changed meanwhile"):
        added.write()
    assert f"{HARTLEPOOL}-c01" not in (reference / "practices" / "scan" / f"{HARTLEPOOL}.yaml").read_text("utf-8")


def test_a_correction_is_left_to_an_editor_with_the_line_of_the_record(reference):
    with pytest.raises(CannotAdd, match=r"E06000001-w01 in practices/scan/E06000001\.yaml:6"):
        additions(contributions(ROW | {"corrects": f"{HARTLEPOOL}-w01"}), reference)


def test_a_file_that_cannot_be_written_says_so(reference, monkeypatch):
    added = additions(contributions(ROW), reference)
    monkeypatch.setattr("tempfile.mkdtemp", lambda **_: (_ for _ in ()).throw(PermissionError(13, "Permission denied")))
    with pytest.raises(HomeUnavailable, match="Permission denied"):
        added.write()


def test_an_installed_package_has_no_records_to_edit(tmp_path):
    with pytest.raises(CannotAdd, match="installed package"):
        require_checkout(tmp_path)
    require_checkout()


# Second reading


def coded(sheet, **codes):
    """Return a sheet of unread records with codes filled in."""
    rows = list(csv.DictReader(io.StringIO(sheet.lstrip("\ufeff"))))
    return as_sheet([row | CODES | {"confidence": "low"} | codes for row in rows])


def as_sheet(rows):
    written = io.StringIO(newline="")
    table = csv.DictWriter(written, list(rows[0]), delimiter=";")
    table.writeheader()
    table.writerows(rows)
    return written.getvalue().encode("cp1252")


def test_the_sheet_of_unread_records_is_coded_and_added_as_the_second_reading(reference):
    additions(contributions(ROW | CODES), reference).write()
    sheet = readings.unread_sheet(reference)
    (row,) = csv.DictReader(io.StringIO(sheet.lstrip("\ufeff")))
    assert (row["practice_id"], row["summary"]) == (f"{HARTLEPOOL}-c01", ROW["summary"])
    assert [row[name] for name in read_axes()] == [""] * len(read_axes())
    found, wrong = readings.check_readings(coded(sheet, side="joint"), reference)
    assert wrong == []
    readings.reading_additions(found, reference).write()
    read = csv_parser("staging.reference__scan_reading")((reference / "practice_scan" / "readings.csv").read_bytes())
    sides = dict(
        read.kept.filter(read.kept["practice_id"] == f"{HARTLEPOOL}-c01").select("reading", "side").iter_rows()
    )
    assert sides == {"1": "community", "2": "joint"}
    assert list(csv.DictReader(io.StringIO(readings.unread_sheet(reference).lstrip("\ufeff")))) == []


@pytest.mark.parametrize(
    ("change", "column"),
    [
        ({"practice_id": "E06000001-c77"}, "practice_id"),
        ({"practice_id": "E06000001-w01"}, "practice_id"),
        ({"mechanism": "gardening"}, "mechanism"),
        ({"evidence_grade": ""}, "evidence_grade"),
        (dict.fromkeys(CODES, ""), ""),
        (dict.fromkeys([*CODES, "confidence"], ""), ""),
    ],
)
def test_a_wrong_reading_is_named_with_its_column(reference, change, column):
    additions(contributions(ROW | CODES), reference).write()
    found, wrong = readings.check_readings(coded(readings.unread_sheet(reference), **change), reference)
    assert found == []
    assert [item.column for item in wrong] == [column]


# Commands


def run(*arguments):
    return CliRunner().invoke(main, ["practices", *map(str, arguments)])


@pytest.fixture
def at_reference(reference, monkeypatch):
    """Have the commands edit a copy of the records."""
    monkeypatch.setattr(checking, "RECORDS", reference / "practices" / "scan")
    monkeypatch.setattr(adding.additions, "__defaults__", (reference,))
    monkeypatch.setattr(check_file, "__defaults__", (reference / "practices" / "scan", TODAY))
    return reference


def test_check_prints_every_problem_and_fails(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(as_csv(ROW | {"source_url": "x"}))
    result = run("check", path)
    assert result.exit_code == 1
    assert "row 2, source_url: expected a web address, got 'x'." in result.output
    told = json.loads(run("check", path, "--json").stdout)
    assert (told["is_valid"], told["problems"][0]["column"]) == (False, "source_url")
    path.write_bytes(as_csv(ROW))
    assert run("check", path).exit_code == 0


def test_template_prints_what_check_reads(tmp_path):
    path = tmp_path / "p.csv"
    path.write_bytes(run("template").stdout_bytes)
    assert "at least one practice" in run("check", path).output
    assert yaml.safe_load(run("template", "--format", "yaml").stdout_bytes)["practices"]


def test_add_writes_only_without_dry_run_and_only_a_valid_file(tmp_path, at_reference):
    path, records = tmp_path / "p.csv", at_reference / "practices" / "scan" / f"{HARTLEPOOL}.yaml"
    before = records.read_bytes()
    path.write_bytes(as_csv(ROW | CODES))
    dry = run("add", path, "--dry-run")
    assert (dry.exit_code, records.read_bytes()) == (0, before)
    assert "+  - id: E06000001-c01\n" in dry.output
    path.write_bytes(as_csv(ROW | CODES, ROW | {"title": ""}))
    assert run("add", path).exit_code == 1
    assert records.read_bytes() == before
    path.write_bytes(as_csv(ROW | CODES))
    result = run("add", path)
    assert (result.exit_code, records.read_bytes() == before) == (0, False)
    assert "1 with one reading" in result.output
    assert "cpower practices add-reading" in result.output


def test_links_asks_the_addresses_of_both_collections():
    addresses = addresses_of_records()
    assert any(f"{HARTLEPOOL}-w01" in ids for ids in addresses.values())
    assert any("kingston-upon-thames-closer-partnerships" in ids for ids in addresses.values())
    assert all(ids for ids in addresses.values())
