"""The practice register: its records, the readings of them, what is said of them later (method.md 2, 6 and 8)."""

import csv
import re
from hashlib import sha256
from types import SimpleNamespace

import duckdb
import polars as pl
import pytest

from assets.sources.practices.register import (
    PARTNER,
    PRACTICE,
    QUANTITY,
    RECIPES,
    agreement,
    parse_register,
    read_register,
)
from assets.sources.reference.records import csv_parser
from tests.support.reference import CASE_STUDIES
from warehouse.errors import BadRecord
from warehouse.storage.home import PROJECT
from warehouse.storage.landing import REFERENCE
from warehouse.storage.table_store import Tables

SHARED = PROJECT.parent / "shared"
REPORT = SHARED / "seeds" / "002_3c0902d1bd6cb8ce.txt"
FOLLOW_UP = SHARED / "facts" / "practice_followup.csv"
needs_report = pytest.mark.skipif(not REPORT.exists(), reason="the report stands beside the project and is not here")
needs_follow_up = pytest.mark.skipif(not FOLLOW_UP.exists(), reason="the follow-up stands beside the project")

REGISTER_FILES = sorted((REFERENCE / "practices").glob("*.yaml"))
READING_FILES = sorted((REFERENCE / "practice_readings").glob("*.csv"))
ADJUDICATION = PROJECT / "docs" / "method" / "adjudication.csv"
NOTES = PROJECT / "docs" / "method" / "codebook-notes.md"
MENTIONED = {
    "Pembrokeshire": "W06000009",
    "Plymouth": "E06000026",
    "Wigan": "E08000010",
    "East Ayrshire": "S12000008",
    "Rhondda Cynon Taf": "W06000016",
    "Cambridgeshire": "E10000003",
}


@pytest.fixture(scope="module")
def register():
    return pl.concat([parse_register(path.read_bytes())[PRACTICE].kept for path in REGISTER_FILES])


@pytest.fixture(scope="module")
def readings():
    parse = csv_parser("staging.reference__practice_reading")
    return pl.concat([parse(path.read_bytes()).kept for path in READING_FILES])


@pytest.fixture(scope="module")
def codes(readings):
    """The readings with one row a code, made by the statement that makes core.fct_practice_reading."""
    with duckdb.connect() as database:
        database.execute("create schema staging")
        provenance = {name: pl.lit("synthetic") for name in ("source_id", "file_sha256")}
        database.register("coded", readings.with_columns(**provenance))
        database.execute("create view staging.reference__practice_reading as select * from coded")
        return database.execute((PROJECT / "sql" / "core" / "fct_practice_reading.sql").read_text("utf-8")).pl()


@pytest.fixture(scope="module")
def coded(codes):
    """(practice, axis) -> reading -> set of codes."""
    found: dict[tuple[str, str], dict[str, set[str]]] = {}
    for practice, reading, axis, code in codes.select("practice_id", "reading", "axis", "code").iter_rows():
        found.setdefault((practice, axis), {}).setdefault(reading, set()).add(code)
    return found


@pytest.fixture(scope="module")
def adjudication():
    with ADJUDICATION.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def words(text):
    return re.findall(r"[a-z0-9£]+", text.lower().replace("’", "").replace("'", ""))


def runs(text, length=6):
    found = words(text)
    return {tuple(found[start : start + length]) for start in range(len(found) - length + 1)}


# The records


@pytest.mark.parametrize("path", REGISTER_FILES, ids=lambda path: path.stem)
def test_every_record_keeps_its_contract(path):
    content = path.read_bytes()
    records, _ = read_register(content)
    practices, partners, quantities = map(parse_register(content).__getitem__, (PRACTICE, PARTNER, QUANTITY))
    assert practices.kept.height == len(records.practices)
    assert partners.kept.height == sum(len(record.partners) for record in records.practices)
    assert quantities.kept.height == sum(len(record.quantities) for record in records.practices)
    assert [intake.quarantined.height for intake in (practices, partners, quantities)] == [0, 0, 0]
    lines = content.decode().split("\n")
    for practice, row in practices.kept.select("practice_id", "source_row").iter_rows():
        assert lines[row - 1] == f"  - id: {practice}", "the row of a record is the line on which it starts"


def test_the_seven_case_studies_and_the_six_places_mentioned_are_there(register):
    found = register.select("place", "locality_code", "is_case_study").unique()
    assert {(place, code) for place, code, is_case in found.iter_rows() if is_case} == set(CASE_STUDIES.items())
    assert {(place, code) for place, code, is_case in found.iter_rows() if not is_case} == set(MENTIONED.items())


@pytest.mark.parametrize(
    ("practice", "value", "unit"),
    [
        ("gwynedd-volunteer-bank", 600, "registrations"),
        ("north-ayrshire-community-hubs", 6, "hubs"),
        ("aberdeenshire-business-webinars", 550, "businesses"),
        ("sheffield-fargate-high-street", 15_800_000, "gbp"),
        ("gwynedd-resilience-funding", 24_000_000, "gbp"),
    ],
)
def test_the_numbers_of_the_report_stand_with_their_practice(practice, value, unit):
    quantities = pl.concat([parse_register(path.read_bytes())[QUANTITY].kept for path in REGISTER_FILES])
    assert (practice, value, unit) in quantities.select("practice_id", "value", "unit").rows()


def test_numbers_that_the_report_gives_for_no_place_are_not_in_the_register():
    # 800 volunteers and 2,500 households are told of an organisation that the report does not place.
    values = {value for path in REGISTER_FILES for value in parse_register(path.read_bytes())[QUANTITY].kept["value"]}
    assert not values & {800, 2500}


# H11: locators resolve, and the project holds no quotation


@needs_report
def test_h11_the_document_is_the_one_that_was_read(register):
    assert register["document"].unique().to_list() == [REPORT.name]
    assert register["document_sha256"].unique().to_list() == [sha256(REPORT.read_bytes()).hexdigest()]


@needs_report
def test_h11_each_span_lies_in_the_document_and_holds_its_anchor(register):
    lines = REPORT.read_text("utf-8").split("\n")
    broken = []
    for practice, anchor, start, end in register.select("practice_id", "anchor", "line_start", "line_end").iter_rows():
        span = " ".join(" ".join(lines[start - 1 : end]).split())
        if not 1 <= start <= end <= len(lines) or anchor not in span:
            broken.append(practice)
    assert broken == []


@needs_report
@pytest.mark.parametrize("what", ["practice_name", "summary"])
def test_h11_no_run_of_six_words_is_the_reports(register, what):
    theirs = runs(REPORT.read_text("utf-8"))
    assert {practice: runs(text) & theirs for practice, text in register.select("practice_id", what).iter_rows()} == {
        practice: set() for practice in register["practice_id"]
    }


@needs_report
def test_h11_the_reasons_of_the_adjudication_quote_nothing(adjudication):
    theirs = runs(REPORT.read_text("utf-8"))
    assert [row["practice_id"] for row in adjudication if runs(row["reason"]) & theirs] == []


# Records that are wrong

RECORD = """\
document: report.txt
sha256: {sha256}
coverage: mentioned
practices:
  - id: made-up-bench
    locality_code: E06000001
    place: Made-up place
    geo_precision: lad
    title: A bench
    summary: Made up for this test.
    lead_side: community
    reaches_less_heard: false
    anchor: Bench
    lines: [1, 2]
  - id: made-up-kettle
    locality_code: E06000001
    place: Made-up place
    geo_precision: lad
    title: A kettle
    summary: Made up for this test.
    lead_side: community
    reaches_less_heard: false
    anchor: Kettle
    lines: [3, 4]
""".replace("{sha256}", "0a" * 32)

WRONG = {
    "a span that is no number": ("lines: [3, 4]", "lines: [three, 4]", 15, "practices.1.lines.0"),
    "a number that is no number": (
        "lines: [3, 4]",
        "lines: [3, 4]\n    quantities: [{value: many, unit: cups, of: tea}]",
        15,
        "practices.1.quantities.0.value",
    ),
    "a locator that ends before it starts": ("lines: [3, 4]", "lines: [4, 3]", 15, "made-up-kettle: the locator ends"),
    "an unknown key": ("anchor: Kettle", "anchor: Kettle\n    colour: blue", 15, "practices.1.colour: Extra inputs"),
    "a missing key": ("    anchor: Kettle\n", "", 15, "practices.1.anchor: Field required"),
    "a key given twice": ("anchor: Kettle", "anchor: Kettle\n    anchor: Spout", 24, "anchor is given twice"),
    "a second list of practices": ("lines: [3, 4]\n", "lines: [3, 4]\npractices: []\n", 25, "practices is given"),
    "a coverage that is not known": ("coverage: mentioned", "coverage: partial", 1, "coverage: Input should be"),
    "YAML that does not close": ("lines: [3, 4]", "lines: [3, 4", 25, "not YAML"),
    "a date that the calendar lacks": ("title: A kettle", "title: 2021-13-01", 1, "not YAML"),
}


@pytest.mark.parametrize(("right", "wrong", "line", "reason"), WRONG.values(), ids=WRONG)
def test_a_wrong_record_is_refused_with_its_line_and_the_reason(right, wrong, line, reason):
    assert RECORD.count(right) == 1
    with pytest.raises(BadRecord) as refusal:
        parse_register(RECORD.replace(right, wrong).encode())
    assert refusal.value.line == line
    assert reason in refusal.value.reason


@pytest.mark.parametrize(
    "content", [b"", b"just words", b"- a\n- list\n", b"practices: 5\n", b"\xff\xfe\xfa", b"practices: []\n"]
)
def test_a_file_that_is_no_register_is_refused(content):
    with pytest.raises(BadRecord):
        parse_register(content)


@pytest.mark.parametrize(
    ("right", "wrong", "what"),
    [
        ("lines: [3, 4]", "lines: [3, 4", "not YAML"),
        ("geo_precision: lad\n    title: A kettle", "geo_precision: ward\n    title: A kettle", "geo_precision"),
        ("made-up-kettle", "made-up-bench", "primary_key"),
    ],
)
def test_a_build_names_the_file_of_a_wrong_record(tmp_path, right, wrong, what):
    path = tmp_path / "made-up.yaml"
    path.write_text(RECORD.replace(right, wrong), "utf-8")
    file = SimpleNamespace(file_name="practices/made-up.yaml", content=path.read_bytes(), landed_at=None)
    build = SimpleNamespace(
        landing=SimpleNamespace(read_by_builds=lambda source: [file]), tables=Tables(tmp_path / "tables")
    )
    (recipe,) = (recipe for recipe in RECIPES if PRACTICE in recipe.names)
    with pytest.raises(BadRecord, match=rf"^practices/made-up\.yaml:\d+: .*{what}"):
        recipe.make(build, "")


# The readings


def test_every_practice_has_a_first_a_second_and_an_agreed_reading(register, readings):
    found = readings.group_by("practice_id").agg(pl.col("reading").sort())
    assert set(found["practice_id"]) == set(register["practice_id"])
    assert all(row == ["agreed", "first", "second"] for row in found["reading"].to_list())


@pytest.mark.parametrize("path", READING_FILES, ids=lambda path: path.stem)
def test_a_file_of_readings_keeps_the_contract_and_holds_its_own_reading(path):
    intake = csv_parser("staging.reference__practice_reading")(path.read_bytes())
    assert intake.quarantined.height == 0
    assert intake.kept["reading"].unique().to_list() == [path.stem]


def test_a_code_that_the_codebook_lacks_is_quarantined():
    head, first = READING_FILES[0].read_text("utf-8").split("\n")[:2]
    cells = first.split(",")
    cells[head.split(",").index("primary_type")] = "A9"
    intake = csv_parser("staging.reference__practice_reading")("\n".join([head, ",".join(cells)]).encode())
    assert intake.kept.height == 0
    assert "primary_type" in intake.quarantined["rule"][0]


def test_the_primary_type_is_not_among_the_other_types_of_the_agreed_reading(readings):
    agreed = readings.filter(pl.col("reading") == "agreed").select("primary_type", "other_types").rows()
    assert not [row for row in agreed if row[0] in (row[1] or "").split(";")]


def test_the_agreed_reading_departs_from_the_two_only_where_a_reason_is_given(coded, adjudication):
    explained = {(row["practice_id"], row["axis"]) for row in adjudication}
    differing = {unit for unit, sets in coded.items() if sets["first"] != sets["second"]}
    changed = {unit for unit, sets in coded.items() if sets["agreed"] not in (sets["first"], sets["second"])}
    assert differing <= explained
    assert changed <= explained
    assert explained == differing | changed


def test_the_adjudication_tells_the_codes_of_all_three_readings(coded, adjudication):
    for row in adjudication:
        sets = coded[row["practice_id"], row["axis"]]
        assert {reading: set(row[reading].split(";")) for reading in sets} == sets
        assert row["reason"]


def test_the_agreed_reading_is_never_surer_than_either_of_the_two(readings):
    order = ["low", "medium", "high"]
    said = readings.select("practice_id", "reading", "confidence").iter_rows()
    sure = {(practice, reading): order.index(word) for practice, reading, word in said}
    for practice in readings["practice_id"].unique():
        assert sure[practice, "agreed"] == min(sure[practice, "first"], sure[practice, "second"])


# Agreement between the two


def made_up(first, second, axis="side"):
    """Readings of made-up practices, shaped as core.fct_practice_reading; a unit may have several codes."""
    rows = [
        (f"p{number}", reading, axis, code)
        for reading, units in (("first", first), ("second", second))
        for number, unit in enumerate(units)
        for code in unit.split(";")
    ]
    return pl.DataFrame(rows, schema=["practice_id", "reading", "axis", "code"], orient="row")


@pytest.mark.parametrize(
    ("first", "second", "alpha", "percent"),
    [
        # Eight codes: five a, three b. Observed disagreement 2/8; expected 2 * 5 * 3 / (8 * 7) = 15/28.
        (["a", "a", "b", "a"], ["a", "a", "b", "b"], 1 - (2 / 8) / (15 / 28), 75.0),
        (["a", "b", "c"], ["a", "b", "c"], 1.0, 100.0),
        (["a", "b"], ["b", "a"], -0.5, 0.0),
        (["a", "a"], ["a", "a"], None, 100.0),
        (["a;b", "c"], ["b;a", "c"], 1.0, 100.0),
        (["a;b", "c"], ["a", "c"], 0.4, 50.0),
    ],
    ids=["by hand", "agreed throughout", "below chance", "one value", "sets in any order", "a code more"],
)
def test_alpha_is_that_of_units_worked_out_by_hand(first, second, alpha, percent):
    (row,) = agreement(made_up(first, second)).to_dicts()
    assert (row["axis"], row["units_n"], row["percent_agreement"]) == ("side", len(first), percent)
    assert row["alpha"] == (None if alpha is None else pytest.approx(alpha))
    if percent == 100:
        # Each resample would agree throughout too: an interval of no width would claim what few units can't show.
        assert (row["alpha_lci"], row["alpha_uci"], row["draws_n"], row["seed"]) == (None, None, None, None)


def test_alpha_does_not_ask_who_read_first(codes):
    swapped = codes.with_columns(pl.col("reading").replace({"first": "second", "second": "first"}))
    for one, other in zip(agreement(codes).iter_rows(), agreement(swapped).iter_rows(), strict=True):
        assert one == pytest.approx(other)


def test_the_interval_of_alpha_is_a_bootstrap_over_the_records(codes):
    found = {row["axis"]: row for row in agreement(codes).to_dicts()}
    grade = found["evidence_grade"]
    assert (grade["alpha"], grade["alpha_lci"], grade["alpha_uci"]) == (
        pytest.approx(0.673, abs=0.001),
        pytest.approx(0.46, abs=0.015),
        pytest.approx(0.85, abs=0.015),
    )
    assert (grade["draws_n"], grade["seed"]) == (10_000, 20_261_122)
    for row in found.values():
        assert row["alpha_lci"] is None or row["alpha_lci"] < row["alpha"] < row["alpha_uci"]


def test_the_interval_of_alpha_follows_neither_the_order_of_rows_nor_the_run(codes):
    assert agreement(codes.reverse()).equals(agreement(codes))


def test_a_practice_read_once_and_the_agreed_reading_do_not_count():
    both = made_up(["a", "b"], ["a", "b"])
    once = pl.DataFrame([("p9", "first", "side", "b"), ("p0", "agreed", "side", "b")], schema=both.schema, orient="row")
    assert agreement(pl.concat([both, once])).equals(agreement(both))


def test_agreement_of_nothing_is_an_empty_table():
    assert agreement(made_up(["a"], ["a"]).clear()).rows() == []


def test_the_notes_on_the_codebook_print_the_agreement_as_it_is(codes):
    row = re.compile(r"^\| `(\w+)` \| (\d+) \| (-?[\d.]+) \| (none|[\d.]+ to [\d.]+) \| ([\d.]+) \|", re.MULTILINE)
    printed = row.findall(NOTES.read_text("utf-8"))
    computed = agreement(codes).to_dicts()
    assert sorted(printed) == sorted(
        (
            row["axis"],
            str(round(row["units_n"] * (100 - row["percent_agreement"]) / 100)),
            f"{row['alpha']:.3f}",
            "none" if row["alpha_lci"] is None else f"{row['alpha_lci']:.2f} to {row['alpha_uci']:.2f}",
            f"{row['percent_agreement']:.1f}",
        )
        for row in computed
    )


# What is said of the practices later


@pytest.fixture(scope="module")
def follow_up():
    with (REFERENCE / "practice_status.csv").open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def test_the_follow_up_keeps_its_contract():
    intake = csv_parser("staging.reference__practice_status")((REFERENCE / "practice_status.csv").read_bytes())
    assert (intake.kept.height, intake.quarantined.height) == (60, 0)


def test_the_follow_up_speaks_of_practices_of_the_register_in_their_place(register, follow_up):
    places = dict(register.select("practice_id", "locality_code").iter_rows())
    matched = [row for row in follow_up if row["practice_id"]]
    assert [row for row in matched if places.get(row["practice_id"]) != row["locality_code"]] == []
    assert len(follow_up) - len(matched) == 6


@needs_follow_up
def test_each_row_of_the_follow_up_says_what_was_found(follow_up):
    with FOLLOW_UP.open(encoding="utf-8", newline="") as file:
        published = list(csv.DictReader(file))
    precision = {0: "unknown", 4: "year", 7: "month", 10: "day"}
    for ours, theirs in zip(follow_up, published, strict=True):
        date, _, mark = theirs["status_as_of"].replace("unknown", "").partition(" ")
        title, address = theirs["source_title"], theirs["source_url"]
        assert ours["subject"] == theirs["practice"]
        for name in ("locality_code", "kind", "status", "finding", "confidence"):
            assert ours[name] == theirs[name]
        assert ours["source_title"] == ("" if title == "none found" else title)
        assert ours["source_url"] == (address if address.startswith("http") else "")
        assert ours["status_as_of"] == date
        assert ours["status_as_of_precision"] == precision[len(date)]
        assert ours["is_date_inferred"] == ("true" if mark == "(inferred)" else "false")
