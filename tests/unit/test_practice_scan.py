"""The national scan of practices: its files, the codes decided from two readings, its metrics, and what keeps it apart.

Rows are synthetic unless a test says that it reads the files of the project.
"""

import csv
from datetime import date

import polars as pl
import pytest

from assets.landing.shipped_tables import shipped_tables
from assets.sources.practices.agreement import agreement
from assets.sources.practices.scan import PARTNER, PRACTICE, first_day, parse_scan
from assets.sources.reference.records import csv_parser
from tests.support.sql_harness import AS_OF, OTHER, PLACE, SCOTLAND, WALES, Bench, of, practice, searches
from warehouse import catalogue
from warehouse.lineage import SQL_ROOT

BENCH = Bench()
AXES = {
    "is_shift": "yes",
    "primary_type": "A1",
    "side": "community",
    "mechanism": "mutual_aid",
    "direction": "to_community",
    "began": "pandemic",
    "response_to_pandemic": "new",
    "status": "active",
    "evidence_grade": "E2",
}
SOURCES = {"source_id": "practice_scan", "file_sha256": "made up"}
FILE = """
locality_code: E06000001
locality: Hartlepool
practices:
  - id: E06000001-w01
    title: A title
    summary: >-
      What was
      done.
    partners:
      - {name: A group, sector: informal_group}
    started_as_stated: 2020
    status_date: 2021-05 (inferred)
    source_url: https://example.org/page
    confidence: high
  - id: E06000001-w02
    title: Another title
    summary: More.
    confidence: low
""".lstrip()


# Files


def test_a_file_gives_its_records_and_partners_with_every_value_as_stated():
    read = parse_scan(FILE.encode())
    first, second = read[PRACTICE].kept.to_dicts()
    told = ("practice_id", "summary", "started_as_stated")
    assert [first[name] for name in told] == ["E06000001-w01", "What was done.", "2020"]
    assert (first["status_date_as_stated"], first["status_on"]) == ("2021-05 (inferred)", date(2021, 5, 1))
    assert (first["source_row"], second["source_row"]) == (4, 15)
    assert (second["source_url"], second["status_on"], second["locality_name"]) == (None, None, "Hartlepool")
    assert read[PARTNER].kept.select("practice_id", "partner_number", "partner_name", "sector").rows() == [
        ("E06000001-w01", 1, "A group", "informal_group")
    ]
    assert read[PRACTICE].rows_in == 2


@pytest.mark.parametrize(
    ("wrong", "line", "reason"),
    [
        (("title: Another title", "tile: Another title"), 15, "title: Field required"),
        (
            ("confidence: low", "confidence: sure"),
            15,
            "confidence: Value error, expected high, medium",
        ),
        (("sector: informal_group", "sector: friends"), 4, "partners.0.sector"),
        (("https://example.org", "example.org"), 4, "source_url: String should match"),
        (("id: E06000001-w02", "id: E06000002-w02"), 15, "does not start with E06000001"),
        (("summary: More.", "summary: {a: b}"), 15, "summary: Input should be a valid string"),
    ],
)
def test_an_invalid_record_is_quarantined_with_its_line_and_the_others_are_kept(wrong, line, reason):
    read = parse_scan(FILE.replace(*wrong).encode())
    (refused,) = read[PRACTICE].quarantined.to_dicts()
    assert refused["source_row"] == line
    assert reason in refused["rule"]
    assert "E0600000" in refused["content"]
    assert read[PRACTICE].kept.height == 1
    assert read[PRACTICE].rows_in == 2
    assert read[PARTNER].kept.height == (line == 15)


def test_an_id_given_twice_is_quarantined_both_times():
    read = parse_scan(FILE.replace("E06000001-w02", "E06000001-w01").encode())
    assert read[PRACTICE].quarantined["source_row"].to_list() == [4, 15]
    assert read[PRACTICE].kept.is_empty()


@pytest.mark.parametrize(
    ("content", "line", "reason"),
    [
        (FILE.replace("    title: A title", "   title: A title").encode(), 5, "not YAML"),
        (
            FILE.replace("locality: Hartlepool\n", "").encode(),
            1,
            "expected the keys locality_code, locality, practices",
        ),
        (FILE.replace("E06000001\n", "Hartlepool\n", 1).encode(), 1, "expected the GSS code"),
        (FILE.replace("    title: Another title", "    id: x\n    title: y").encode(), 16, "id is given twice"),
        (b"", 1, "found none"),
        (b"\xff\xfe\x00", 1, "not YAML"),
        (b"locality_code: E06000001\nlocality: Hartlepool\npractices: none\n", 1, "expected a list"),
    ],
)
def test_a_file_that_cannot_be_read_is_one_quarantined_row(content, line, reason):
    read = parse_scan(content)
    (refused,) = read[PRACTICE].quarantined.to_dicts()
    assert (refused["source_row"], read[PRACTICE].rows_in) == (line, 1)
    assert reason in refused["rule"]
    assert read[PARTNER].kept.is_empty()


@pytest.mark.parametrize(
    ("stated", "expected"),
    [
        ("2020", date(2020, 1, 1)),
        ("2020-03", date(2020, 3, 1)),
        ("2020-03-17 (inferred)", date(2020, 3, 17)),
        ("2020-13", None),
        ("2024 (planned end)", None),
        ("2020 or 2021", None),
        ("unknown", None),
        (None, None),
    ],
)
def test_only_a_plain_date_is_read(stated, expected):
    assert first_day(stated) == expected


def test_a_decision_must_be_a_code_of_its_axis():
    lines = ["practice_id,axis,decision,why", "E06000001-w01,side,joint,x", "E06000001-w01,mechanism,joint,x"]
    read = csv_parser("staging.reference__scan_adjudication")("\n".join(lines).encode())
    assert read.kept["axis"].to_list() == ["side"]
    assert read.quarantined["rule"].to_list() == ["decision_is_a_code_of_the_axis"]


# Codes


def record(number=1, place=PLACE, **more):
    return {"practice_id": f"{place}-w0{number}", "locality_code": place, "source_url": "https://example.org"} | more


def coded(readings, decisions=(), **more):
    """Return the coded row of a record that is read as given, each reading as what differs from `AXES`."""
    BENCH.reset()
    BENCH.put("staging.reference__scan_practice", [record(**more)])
    read = {"practice_id": f"{PLACE}-w01"}
    given = [read | {"reading": str(number)} | AXES | codes for number, codes in enumerate(readings, start=1)]
    BENCH.put("staging.reference__scan_reading", given)
    decided = [read | {"axis": axis, "decision": code} for axis, code in decisions]
    BENCH.put("staging.reference__scan_adjudication", decided)
    BENCH.make("core.fct_practice_scan_code")
    (row,) = BENCH.make("core.practice_scan_coded")
    return row


@pytest.mark.parametrize(
    ("axis", "one", "two", "expected"),
    [
        ("is_shift", "yes", "doubtful", "doubtful"),
        ("is_shift", "no", "doubtful", "no"),
        ("is_shift", "yes", "no", "no"),
        ("evidence_grade", "E2", "E1", "E1"),
        ("evidence_grade", "E0", "E3", "E0"),
        ("began", "pandemic", "after_2021", "unknown"),
        ("response_to_pandemic", "new", "unrelated", "unknown"),
        ("status", "active", "ended", "unknown"),
    ],
)
def test_a_difference_that_no_third_reading_decides_gives_the_lower_code_or_unknown(axis, one, two, expected):
    row = coded([{axis: one}, {axis: two}])
    assert row[axis] == expected
    assert row["disputed"] == [axis]
    assert {name: row[name] for name in AXES if name != axis} == {
        name: code for name, code in AXES.items() if name != axis
    }


@pytest.mark.parametrize(
    ("axis", "one", "two"),
    [
        ("primary_type", "A1", "C1"),
        ("side", "joint", "community"),
        ("mechanism", "food", "other"),
        ("direction", "shared", "unclear"),
    ],
)
def test_the_third_reading_decides_or_the_record_is_left_out(axis, one, two):
    assert coded([{axis: one}, {axis: two}], [(axis, two)])[axis] == two
    row = coded([{axis: one}, {axis: two}])
    assert (row[axis], row["left_out_code"]) == (None, "open_dispute")
    assert coded([{axis: one}, {axis: one}], [(axis, two)])[axis] == one, "a decision on what is agreed changes nothing"


def test_a_further_type_is_one_that_both_readings_give():
    row = coded([{"other_types": "C1;A1"}, {"other_types": "I2;C1"}])
    assert row["further_types"] == ["C1"]
    assert coded([{"other_types": "C1"}, {}])["further_types"] == []
    assert coded([{"other_types": "A1;C1"}, {"other_types": "A1"}])["further_types"] == [], "the primary type"


@pytest.mark.parametrize(
    ("readings", "more", "expected"),
    [
        ([{}, {}], {}, None),
        ([{}, {}], {"place": "E06999999"}, "unknown_locality"),
        ([{}], {}, "unread"),
        ([], {}, "unread"),
        ([{}, {}], {"source_url": None}, "no_address"),
        ([{"is_shift": "no"}, {}], {}, "no_shift"),
        ([{"is_shift": "doubtful"}, {}], {}, None),
    ],
)
def test_a_record_is_left_out_for_the_first_reason_that_applies(readings, more, expected):
    assert coded(readings, **more | {"practice_id": f"{PLACE}-w01"})["left_out_code"] == expected
    BENCH.make("core.fct_practice_left_out")
    left = BENCH.rows("core.fct_practice_left_out")
    assert [row["left_out_code"] for row in left] == ([expected] if expected else [])
    assert all(row["left_out_reason"] for row in left)
    kept = BENCH.make("core.fct_practice_scan")
    assert [row["is_counted"] for row in kept] == ([] if expected else [readings[0].get("is_shift") != "doubtful"])


@pytest.fixture(scope="module")
def facts(shared):
    """Return the rows of the facts of the scan; a test that needs them is skipped where they are absent."""
    path = shared / "facts" / "practice_scan" / "practices.csv"
    if not path.exists():
        pytest.skip("needs ../shared/facts/practice_scan, which is not part of the project")
    with path.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def shipped(table):
    return pl.read_parquet(shipped_tables().path(table)).to_dicts()


def test_every_record_and_every_code_of_the_files_is_that_of_the_facts(facts):
    names = {
        "title": "practice_name",
        "led_by": "lead_actor",
        "status_date": "status_date_as_stated",
        "quantities": "quantities_as_stated",
        "finder_confidence": "confidence",
    }
    partners = {}
    for row in shipped("staging.reference__scan_partner"):
        partners.setdefault(row["practice_id"], []).append((row["partner_name"], row["sector"]))
    found = {row["practice_id"]: row for row in shipped("core.practice_scan_coded")}
    assert found.keys() == {row["practice_id"] for row in facts}
    for expected in facts:
        row = found[expected["practice_id"]]
        lists = {"other_types": row["further_types"], "disputed": row["disputed"]}
        for name, text in expected.items():
            if name == "partners":
                listed = [part.rsplit(":", 1) for part in text.split(";") if part]
                wanted = [(one, sector.lower().replace(" ", "_")) for one, sector in listed]
                assert partners.get(row["practice_id"], []) == wanted, row["practice_id"]
            else:
                got = ";".join(lists[name]) if name in lists else row[names.get(name, name)] or ""
                assert got == text, (row["practice_id"], name)


def test_the_files_hold_what_the_document_says():
    coded_rows = shipped("core.practice_scan_coded")
    assert len(coded_rows) == 1074
    assert len({row["locality_code"] for row in coded_rows}) == 360
    left = [row["left_out_code"] for row in shipped("core.fct_practice_left_out")]
    assert sorted(left) == ["no_address"] * 4 + ["no_shift"] * 3
    assert len(shipped("core.fct_practice_scan_search")) == 435
    assert len({row["locality_code"] for row in shipped("core.fct_practice_scan_search")}) == 361
    assert len(shipped("staging.reference__scan_adjudication")) == 284
    assert len(shipped("core.bridge_practice_same")) == 3


def test_the_agreement_of_the_files_is_that_of_the_document():
    codes = pl.DataFrame(shipped("core.fct_practice_scan_code"))
    readings = pl.concat(
        codes.select("practice_id", "axis", reading=pl.lit(name), code=f"{name}_code") for name in ("first", "second")
    )
    found = {row["axis"]: row for row in agreement(readings).to_dicts()}
    expected = {
        "is_shift": (0.95, 0.86),
        "primary_type": (0.93, 0.91),
        "side": (0.97, 0.96),
        "mechanism": (0.93, 0.92),
        "direction": (0.90, 0.82),
        "began": (0.99, 0.99),
        "response_to_pandemic": (0.95, 0.93),
        "status": (0.98, 0.96),
        "evidence_grade": (0.96, 0.93),
    }
    assert {
        axis: (round(row["percent_agreement"] / 100, 2), round(row["alpha"], 2)) for axis, row in found.items()
    } == (expected)
    assert all(row["alpha_lci"] < row["alpha"] < row["alpha_uci"] for row in found.values())


# Metrics


def found(number, place=PLACE, **more):
    """Return a record of core.fct_practice_scan."""
    return record(number, place) | AXES | {"is_counted": True, "category": "adaptation"} | SOURCES | more


def scanned(records, searches):
    """Put records of the scan and the places of its queries."""
    BENCH.reset()
    put_scan(BENCH, records, searches)
    return BENCH.make("metrics.metric_value")


def put_scan(bench, records, searches):
    bench.put("core.fct_practice_scan", records)
    coded_as = {"axis": "side", "source_ids": ["practice_scan_readings"]}
    asked = [{"locality_code": place, "query": f"query {n}"} | SOURCES for n, place in enumerate(searches)]
    landed = [{"source_id": name, "is_current": True} for name in ("practice_scan_readings", "made up")]
    bench.put("core.fct_practice_scan_code", [{"practice_id": row["practice_id"]} | coded_as for row in records])
    bench.put("core.fct_practice_scan_search", asked)
    bench.put("meta.landed_file", landed)


RECORDS = [
    found(1),
    found(2, mechanism="food", side="joint", evidence_grade="E1", status_on=date(2022, 11, 22)),
    found(3, side="joint", primary_type="C1", evidence_grade="E3", status_on=date(2021, 11, 22)),
    found(4, mechanism="other", primary_type="I2", is_shift="doubtful", is_counted=False, status_on=AS_OF),
    found(5, status="unknown", status_on=date(2025, 1, 1)),
    found(6, status_on=date(2030, 1, 1)),
]


def test_the_scan_counts_what_it_found_and_says_what_it_is():
    rows = scanned(RECORDS, [PLACE, PLACE, OTHER])
    expected = {
        "scan_records_n": 5,
        "scan_mechanisms_n": 2,
        "scan_types_n": 2,
        "scan_evidence_e2_n": 4,
        "scan_status_age_months": 48,
        "scan_searches_n": 2,
    }
    for metric_id, value in expected.items():
        row = of(rows, metric_id)[PLACE]
        assert (row["value"], row["state"], row["reason_codes"]) == (value, "ok_low", ["sample_of_convenience"]), (
            metric_id
        )
        assert (row["ci_method"], row["comparable_group"], row["lci"]) == ("none:register_count", None, None)
    assert of(rows, "scan_records_n")[PLACE]["source_ids"] == ["practice_scan", "practice_scan_readings"]


def test_a_side_that_was_not_found_is_not_zero_and_the_others_sum_to_the_records():
    rows = scanned(RECORDS, [PLACE])
    sides = {code: of(rows, "scan_records_n", code) for code in ("side_institution", "side_community", "side_joint")}
    missing = sides["side_institution"][PLACE]
    said = [missing[name] for name in ("value", "state", "reason_codes")]
    assert said == [None, "not_available", ["scan_none_of_side"]]
    assert [sides[code][PLACE]["value"] for code in ("side_community", "side_joint")] == [3, 2]
    assert {sides[code][PLACE]["n_den"] for code in ("side_community", "side_joint")} == {5}


def test_what_the_scan_did_not_find_is_not_available_and_never_zero():
    plain = {"evidence_grade": "E1", "status": "unknown"}
    rows = scanned([found(1, **plain), found(1, WALES, is_shift="doubtful", is_counted=False)], [PLACE, OTHER, WALES])
    shown = {
        (row["metric_id"], row["locality_code"]): (row["state"], row["value"], *row["reason_codes"])
        for row in rows
        if row["metric_id"].startswith("scan_")
    }
    assert shown["scan_evidence_e2_n", PLACE] == ("not_available", None, "scan_no_figure")
    assert shown["scan_status_age_months", PLACE] == ("not_available", None, "scan_no_date")
    for metric_id in ("scan_records_n", "scan_mechanisms_n", "scan_types_n", "scan_evidence_e2_n"):
        assert shown[metric_id, OTHER] == ("not_available", None, "scan_found_none")
        assert shown[metric_id, WALES] == ("not_available", None, "scan_found_none"), "a doubtful record does not count"
        assert shown[metric_id, SCOTLAND] == ("not_searched", None, "no_scan")
    assert shown["scan_searches_n", OTHER] == ("ok_low", 1, "sample_of_convenience")
    assert 0 not in [value for _, value, *_ in shown.values()]


def test_a_place_that_was_only_scanned_is_not_searched_and_says_so():
    BENCH.reset()
    put_scan(BENCH, [found(1)], [PLACE, OTHER, WALES])
    BENCH.record(practice(1, OTHER))
    BENCH.put("core.fct_practice_search", searches((WALES, "none_found")))
    standing = {row["locality_code"]: row["search_status"] for row in BENCH.make("metrics.practice_standing")}
    assert [standing[place] for place in (PLACE, OTHER, WALES, SCOTLAND)] == [
        "scanned",
        "recorded",
        "searched_none_found",
        "not_searched",
    ]
    records = of(BENCH.make("metrics.metric_value"), "prac_records_n")
    assert (records[PLACE]["state"], records[PLACE]["reason_codes"]) == ("not_searched", ["only_scanned"])
    assert (records[SCOTLAND]["state"], records[SCOTLAND]["reason_codes"]) == ("not_searched", ["no_search"])
    assert (records[WALES]["state"], records[WALES]["value"]) == ("searched_none_found", 0)
    cells = [row for row in BENCH.make("marts.practice_matrix") if row["locality_code"] == PLACE]
    assert {(row["records_n"], row["state"], *row["reason_codes"]) for row in cells} == {
        (None, "not_searched", "only_scanned")
    }


def test_agreement_is_of_the_united_kingdom_and_keeps_its_interval():
    BENCH.reset()
    shape = {"units_n": 1074, "percent_agreement": 95.0}
    BENCH.put("core.fct_practice_scan_code", [{"practice_id": "x", "axis": "side", "source_id": "made up"}])
    BENCH.put(
        "metrics.practice_scan_agreement",
        [
            shape | {"axis": "side", "alpha": 0.96, "alpha_lci": 0.94, "alpha_uci": 0.97},
            shape | {"axis": "began", "alpha": None},
        ],
    )
    rows = BENCH.make("metrics.metric_value")
    side = of(rows, "scan_alpha", "axis_side")["K02000001"]
    assert (side["value"], side["lci"], side["uci"], side["ci_method"]) == (0.96, 0.94, 0.97, "bootstrap")
    assert (side["state"], side["reason_codes"]) == ("ok_low", ["sample_of_convenience"])
    assert of(rows, "scan_alpha", "axis_began")["K02000001"]["state"] == "not_applicable"


# Apart


def test_no_metric_of_the_report_counts_rows_of_the_scan():
    for metric in catalogue.metrics().values():
        tables = {part.table for part in metric.inputs}
        of_scan = tables & {"core.fct_practice", *(name for name in catalogue.tables() if "practice_scan" in name)}
        assert bool(of_scan) == (metric.family == "SCN"), metric.id


def test_no_value_of_the_report_changes_with_the_scan():
    BENCH.reset()
    records = [practice(n, side=side) for n, side in enumerate(["institution", "community", "joint"] * 2)]
    BENCH.record(*records)
    shown = ("metric_id", "breakdown", "locality_code", "value", "lci", "uci", "state", "n_num", "n_den", "source_ids")

    def of_the_report():
        rows = BENCH.make("metrics.metric_value")
        return sorted([row[name] for name in shown] for row in rows if not row["metric_id"].startswith(("scan_", "q_")))

    before = of_the_report()
    assert len(before) > 300
    put_scan(BENCH, RECORDS, [PLACE, OTHER])
    assert of_the_report() == before
    assert of(BENCH.make("metrics.metric_value"), "scan_records_n")[PLACE]["value"] == 5


def test_both_collections_are_in_one_table_each_with_its_own_codes():
    BENCH.reset()
    BENCH.record(practice(1))
    BENCH.put(
        "core.fct_practice_code", [{"practice_id": "practice 1", "axis": "type", "code": code} for code in ("A1", "C2")]
    )
    put_scan(BENCH, [found(1, further_types=["I1"])], [])
    report, scan = sorted(BENCH.make("core.fct_practice"), key=lambda row: row["collection"], reverse=True)
    told = ("collection", "further_types", "mechanism", "durability", "is_counted")
    assert [report[name] for name in told] == ["shifting_the_balance", ["C2"], None, "unknown", True]
    assert [scan[name] for name in told] == ["national_scan_2026", ["I1"], "mutual_aid", None, True]
    assert report["is_shift"] is scan["origin"] is scan["line_start"] is scan["is_case_study"] is None


@pytest.mark.parametrize(
    "fault",
    [
        "collection = 'national_scan_2026' where practice_id = 'practice 1'",
        "mechanism = 'food' where practice_id = 'practice 1'",
        "is_counted = not is_counted",
        "source_url = null where collection = 'national_scan_2026'",
    ],
)
def test_a_practice_in_the_wrong_collection_is_found(fault):
    BENCH.reset()
    BENCH.record(practice(1, source_id="practice_register"))
    put_scan(BENCH, RECORDS, [])
    BENCH.make("core.fct_practice")
    check = SQL_ROOT / "checks" / "core" / "fct_practice" / "h19_collections_are_apart.sql"
    assert BENCH.broken(check) == []
    assert BENCH.broken_after(check, f"update core.fct_practice set {fault}")


def test_a_record_of_the_scan_that_is_nowhere_is_found():
    coded([{}, {}])
    for table in ("core.fct_practice_left_out", "core.fct_practice"):
        BENCH.make(table)
    check = SQL_ROOT / "checks" / "core" / "fct_practice" / "every_scan_record_is_kept_or_left_out.sql"
    assert BENCH.broken(check) == []
    assert BENCH.broken_after(check, "delete from core.fct_practice")
