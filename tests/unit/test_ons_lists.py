"""Look-ups, lists of local authorities and the code history, in the shapes in which ONS answers. Real codes and names
come from the reference records and, where to hand, from real look-ups; answers and archives are made up around them."""

import csv
import io
import json
import zipfile
from datetime import date
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.sources.geography.areas import parse_area_lookup, parse_code_history, parse_ons_localities
from tests.support.sample_files import DATA, needs_real_files, rebuilt_look_ups, workbook
from tests.support.table_store_harness import broken, build, stage, stage_reference
from warehouse.errors import RefusedFile
from warehouse.storage.table_store import Tables

REFERENCE = Path(__file__).parents[2] / "warehouse" / "reference"
HTML = b"<!DOCTYPE html><html><body>Sorry, this page is not available</body></html>"
ERROR = {"error": {"code": 400, "message": "Invalid URL", "details": []}}


def answer(*attributes, **more):
    """Return the answer of a feature service."""
    names = list(attributes[0]) if attributes else []
    body = {"fields": [{"name": name} for name in names], "features": [{"attributes": item} for item in attributes]}
    return json.dumps(body | more).encode()


def authority(code, name, year=25, **more):
    return {"FID": 1, f"LAD{year}CD": code, f"LAD{year}NM": name, **more}


def every_authority(year=25):
    """Return every locality of the reference records as ONS lists it."""
    rows = csv.DictReader((REFERENCE / "localities.csv").read_text("utf-8").splitlines())
    return [
        authority(
            row["locality_code"], row["locality_name"], year, **{f"LAD{year}NMW": row["locality_name_cy"] or None}
        )
        for row in rows
    ]


def test_a_list_of_authorities_is_read_with_its_year():
    intake = parse_ons_localities(answer(*every_authority(), exceededTransferLimit=False))
    assert (intake.kept.height, intake.quarantined.height) == (361, 0)
    assert set(intake.kept["list_year"]) == {2025}
    welsh = intake.kept.filter(pl.col("lad_code") == "W06000001").row(0, named=True)
    assert (welsh["lad_name"], welsh["lad_name_cy"]) == ("Isle of Anglesey", "Ynys Môn")
    assert intake.kept["source_row"].to_list()[:2] == [1, 2]
    assert intake.kept["lad_name_cy"].null_count() == 361 - 22


def test_a_list_of_another_year_as_csv():
    intake = parse_ons_localities("\ufeffLAD26CD,LAD26NM,ObjectId\nE06000001,Hartlepool,1\nX,Nowhere,2\n".encode())
    assert intake.kept.select("lad_code", "lad_name", "lad_name_cy", "list_year").rows() == [
        ("E06000001", "Hartlepool", None, 2026)
    ]
    assert intake.quarantined["source_row"].to_list() == [3]


def test_an_authority_twice_is_quarantined_both_times():
    intake = parse_ons_localities(answer(authority("E06000001", "A"), authority("E06000001", "A")))
    assert (intake.kept.height, intake.quarantined.height) == (0, 2)


BAD_ANSWERS = {
    "html": (HTML, "HTML"),
    "empty": (b"", "empty"),
    "error with status 200": (json.dumps(ERROR).encode(), "Invalid URL"),
    "no features": (answer(), "no features"),
    "one page": (answer(authority("E06000001", "A"), exceededTransferLimit=True), "one page of 1"),
    "no attributes": (json.dumps({"features": [{"geometry": {}}]}).encode(), "a feature without"),
    "a list": (b"[]", "JSON without features"),
    "cut short": (answer(authority("E06000001", "A"))[:-5], "invalid JSON in line 1"),
    "other fields": (answer({"CTRY25CD": "E92000001", "CTRY25NM": "England"}), "ctry25cd"),
}


@pytest.mark.parametrize("parse", [parse_ons_localities, parse_area_lookup], ids=["list", "look-up"])
@pytest.mark.parametrize("case", BAD_ANSWERS)
def test_what_is_no_whole_answer_is_refused(parse, case):
    content, reason = BAD_ANSWERS[case]
    with pytest.raises(RefusedFile, match=reason):
        parse(content)


@pytest.mark.parametrize(
    "content",
    [
        answer({"LAD25CD": "E06000001"}),
        answer({"LAD24CD": "E06000001", "LAD25CD": "E06000001", "LAD25NM": "A"}),
        answer({"LAD25NM": "A"}),
        b",,\n",
        b"LAD25CD,LAD25NM\n",
    ],
    ids=["no name", "two years", "no code", "commas", "headings only"],
)
def test_a_list_without_its_fields_or_rows_is_refused(content):
    with pytest.raises(RefusedFile):
        parse_ons_localities(content)


@needs_real_files
def test_a_look_up_gives_the_same_as_json_and_as_csv():
    content = rebuilt_look_ups()["lsoa21_to_ward24_to_lad24_england_wales.csv"]
    rows = list(csv.DictReader(content.decode().splitlines()))[:3000]
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0])
    writer.writeheader()
    writer.writerows(rows)
    from_csv = parse_area_lookup(text.getvalue().encode())
    from_json = parse_area_lookup(answer(*rows, geometryType="esriGeometryPolygon"))
    columns = ["area_code", "area_kind", "lad_code"]
    assert from_json.kept.select(columns).equals(from_csv.kept.select(columns))
    assert set(from_json.kept["area_kind"]) == {"lsoa", "ward"}
    assert from_json.kept["source_row"].min() == 1


def test_a_look_up_in_a_workbook_is_found_by_its_headings():
    sheets = {
        "Notes": [["Made up"]],
        "SA2011": [["SA2011"], ["N00000001"]],
        "SOA2001": [["Made up"], ["SOA2001", "LGD2014", "LGD2014NAME"], ["95AA01S1", "N09000001", "Antrim"]],
    }
    intake = parse_area_lookup(workbook(**sheets))
    assert intake.kept.rows() == [(3, "95AA01S1", "soa", "N09000001")]


codes = st.sampled_from(["E01000001", "E01000002", "W01000003", "", "x"])
districts = st.sampled_from(["E06000001", "E06000002", "E12000001", ""])


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(codes, districts), min_size=1, max_size=8).filter(lambda rows: any(code for code, _ in rows)))
def test_every_area_of_a_look_up_is_kept_or_quarantined(rows):
    intake = parse_area_lookup(answer(*({"LSOA21CD": code, "LAD25CD": district} for code, district in rows)))
    assert intake.rows_in == len({code for code, _ in rows if code})


CHANGES = ("GEOGCD", "GEOGNM", "GEOGNMW", "GEOGCD_P", "GEOGNM_P", "SI_ID", "SI_TITLE", "OPER_DATE", "ENTITYCD", "YEAR")
SHEFFIELD = (
    "E08000039", "Sheffield", "", "E08000019", "Sheffield", "1328/2024", "The Barnsley and Sheffield Order",
    "01/04/2025", "E08", "2025",
)  # fmt: skip
WARD = ("E05000001", "Ward", "", "E05000002", "Ward", "1", "An Order", "01/04/2025", "E05", "2025")
NEW = ("E06000099", "Café Town", "", "", "", "1", "An Order", "01/04/2025", "E06", "2025")


def changes(*rows, headings=CHANGES):
    text = io.StringIO()
    csv.writer(text).writerows([headings, *rows])
    return text.getvalue()


def archive(**files):
    kept = io.BytesIO()
    with zipfile.ZipFile(kept, "w") as bundle:
        for name, content in files.items():
            bundle.writestr(name, content)
    return kept.getvalue()


@pytest.mark.parametrize("encoding", ["latin-1", "utf-8", "utf-8-sig"])
@pytest.mark.parametrize("name", ["Changes.csv", "Code_History/changes.CSV"])
def test_changes_of_authorities_are_read_in_either_encoding(encoding, name):
    content = archive(**{name: changes(SHEFFIELD, WARD, NEW).encode(encoding), "ChangeHistory.csv": b"\xff"})
    intake = parse_code_history(content)
    assert intake.quarantined.is_empty()
    assert intake.kept.select("source_row", "new_code", "new_name", "former_code", "operative_date").rows() == [
        (2, "E08000039", "Sheffield", "E08000019", date(2025, 4, 1)),
        (4, "E06000099", "Café Town", None, date(2025, 4, 1)),
    ]


@pytest.mark.parametrize(
    ("printed", "is_kept"),
    [
        ("01/04/2023", True),
        ("01/04/2023 00:00:00", True),
        ("2023-04-01", True),
        ("31/02/2023", False),
        ("04/2023", False),
    ],
)
def test_dates_are_read_day_first_or_not_at_all(printed, is_kept):
    row = [printed if cell == "01/04/2025" else cell for cell in SHEFFIELD]
    intake = parse_code_history(archive(**{"Changes.csv": changes(row)}))
    assert (intake.kept.height, intake.quarantined.height) == (int(is_kept), int(not is_kept))


@pytest.mark.parametrize(
    "content",
    [
        HTML,
        b"",
        b"PK\x03\x04 no zip",
        archive(**{"ChangeHistory.csv": "GEOGCD"}),
        archive(**{"Changes.csv": changes(SHEFFIELD), "old/Changes.csv": changes(SHEFFIELD)}),
        archive(**{"Changes.csv": changes(WARD)}),
        archive(**{"Changes.csv": changes()}),
        archive(**{"Changes.csv": HTML}),
        archive(**{"Changes.csv": changes(SHEFFIELD, headings=[name.replace("_P", "_OLD") for name in CHANGES])}),
    ],
    ids=["html", "empty", "damaged", "no changes", "two of them", "wards only", "headings only", "a page", "renamed"],
)
def test_what_is_no_code_history_is_refused(content):
    with pytest.raises(RefusedFile):
        parse_code_history(content)


@settings(deadline=None, max_examples=30)
@given(
    st.lists(
        st.tuples(st.sampled_from(["E06000001", "E0600000", ""]), st.sampled_from(["01/04/2023", "?"])), max_size=6
    )
)
def test_every_change_of_an_authority_is_kept_or_quarantined(cells):
    rows = [(code, "A", "", "", "", "", "", day, "E06", "") for code, day in cells]
    assert parse_code_history(archive(**{"Changes.csv": changes(SHEFFIELD, *rows)})).rows_in == len(cells) + 1


@pytest.fixture
def store(tmp_path):
    store = Tables(tmp_path)
    stage_reference(store, "locality", "locality_succession")
    build(store, "core.bridge_locality_code", "core.dim_locality")
    for name in ("locality", "code_change"):
        stage(store, f"staging.ons__{name}")
    return store


def test_lists_of_this_and_of_an_older_year_agree_with_the_reference_records(store):
    assert broken(store, "core.dim_locality") == {}
    older = [item for item in every_authority(24) if item["LAD24CD"] != "E08000039"]
    older.append(authority("E08000019", "Sheffield", 24, LAD24NMW=None))
    for year, listed in ((25, every_authority()), (24, older)):
        stage(store, "staging.ons__locality", (parse_ons_localities(answer(*listed)).kept, "ons_localities", "a"))
        assert broken(store, "core.dim_locality") == {}, year


def test_an_authority_that_the_reference_records_do_not_know_breaks_a_rule(store):
    listed = [*every_authority(27), authority("E06000099", "Made-up Unitary", 27, LAD27NMW=None)]
    stage(store, "staging.ons__locality", (parse_ons_localities(answer(*listed)).kept, "ons_localities", "a"))
    assert broken(store, "core.dim_locality") == {"agrees_with_ons_list": 1}


def test_every_retired_code_of_the_history_must_be_on_record(store):
    def landed(*former):
        rows = [
            [code if cell == "E08000019" else day if cell == "01/04/2025" else cell for cell in SHEFFIELD]
            for code, day in former
        ]
        stage(
            store,
            "staging.ons__code_change",
            (parse_code_history(archive(**{"Changes.csv": changes(*rows)})).kept, "ons_code_history", "a"),
        )
        return broken(store, "core.bridge_locality_code")

    known = store.read("staging.reference__locality_succession")["former_code"].to_list()
    assert landed(*((code, "01/04/2023") for code in known)) == {}
    assert (
        landed(("E07000999", "31/12/2010"), ("E08000039", "01/04/2025"), ("", "01/04/2025"), ("95AA", "01/04/2015"))
        == {}
    )
    assert landed(("E07000999", "01/04/2019"), ("E08000019", "01/04/2025")) == {"agrees_with_code_history": 1}


@needs_real_files
def test_every_authority_code_since_2011_is_on_record(store):
    """The real list of all codes since 2011, with which the rule on the code history must agree."""
    known = set(store.read("core.bridge_locality_code")["area_code"])
    known |= set(store.read("staging.reference__locality_succession")["former_code"])
    listed = pl.read_csv(DATA / "geography" / "geolookups_la_all_codes.csv", infer_schema=False)["LADCD"]
    assert listed.len() == 415
    assert set(listed) <= known


LOOK_UP = b"WD25CD,WD25NM,LAD25CD,LAD25NM\nE05000001,A,E06000001,X\nE05000002,B,E06000001,X\nE05000003,C,E06000002,Y\n"


def test_a_look_up_is_not_the_list_of_authorities():
    with pytest.raises(RefusedFile, match="one row for each local authority, got a look-up with the codes wd25cd"):
        parse_ons_localities(LOOK_UP)
    with pytest.raises(RefusedFile, match="got a look-up with the codes wd25cd"):
        parse_ons_localities(b"\n".join(LOOK_UP.splitlines()[:2]))


def test_a_list_may_name_the_country_of_each_authority():
    content = b"LAD25CD,LAD25NM,CTRY25CD\nE06000001,X,E92000001\nW06000001,Y,W92000004\n"
    assert parse_ons_localities(content).kept["lad_code"].to_list() == ["E06000001", "W06000001"]


def test_a_look_up_of_former_authorities_is_not_the_list(shared):
    content = (shared / "data" / "geography" / "geolookups_la_all_codes.csv").read_bytes()
    with pytest.raises(RefusedFile, match="one row for each local authority"):
        parse_ons_localities(content)
