"""What a publisher does to its file over the years, done to the file of every source that is landed.

For each source a small file in the documented shape, all figures made up, is judged by the door; then its columns are
renamed, dropped, added, put in another order and filled with something else, its headings moved, and a page for
browsers put in its place. Each time the file is refused by name, or what is kept of it is what was kept before: some
of it may be missing, as `docs/sources-pulling.md` says, and no figure may be another.
"""

import csv
import functools
import io
import json
import zipfile
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import pytest

from assets.ingest.file_drift import record_key, value_columns
from assets.landing.ingest_file import judge, landable
from assets.sources.deprivation.indices import NIMDM_NAMES, NIMDM_RANKS, WIMD_BANDS, WIMD_RANKS, file_7_columns
from assets.sources.tidy import measures_of
from assets.subjects import parsers
from tests.support.fake_services import MISSING
from tests.support.sample_files import SIMD_HEADINGS, workbook
from warehouse.catalogue import TidyFile, sources, tables
from warehouse.errors import RefusedFile
from warehouse.storage.home import PROJECT

HTML = b"<!DOCTYPE html><html><body>Sorry, this page is not available</body></html>"
NOTE = ["Made up"]
Rows = list[list[Any]]
# Columns of staging in which a dimension that is not there is a key less, and those that tell of the row as a whole.
DIMENSIONS, OF_THE_ROW = ("other_dimensions",), ("row_sha256", "sheet_title")


@dataclass(frozen=True)
class Sample:
    """A file as rows, the first of them headings, and how they are written.

    `optional` are the columns without which the file is still taken in, and `either` those that may be missed or not.
    `plain` are columns of words, which may hold any; `labels` those by which an indicator is known, so that with other
    words in them a figure is of none. `is_found` says that headings are looked for below notes, `takes_more` that a new
    column is left out, and `reads_last` that of two columns with one heading the last is read, as the publisher's
    own software does, and noted. Of a file of many columns of one kind every `step`th is tried.
    """

    rows: Rows
    write: Callable[[Rows], bytes]
    optional: frozenset[str] = frozenset()
    plain: frozenset[str] = frozenset()
    labels: frozenset[str] = frozenset()
    either: frozenset[str] = frozenset()
    is_found: bool = True
    takes_more: bool = True
    reads_last: bool = False
    step: int = 1


def tidy_file(source_id: str, columns: TidyFile) -> "Sample":
    """A tidy file of three synthetic districts, with the columns that the catalogue names."""
    cells = {
        columns.measure: next(iter(measures_of(source_id)), "Synthetic"),
        columns.unit: "out of 10",
        columns.area_name: "Synthetic",
        columns.notes: "",
        columns.status: "",
        columns.period: "2022-04-01/P1Y",
        columns.lower: "5.5",
        columns.upper: "8.5",
        **columns.where,
    }
    cells.pop("", None)
    headings = [columns.area_code, columns.value, *cells]
    rows = [[f"E0699990{n}", f"{6 + n / 10}", *cells.values()] for n in range(3)]
    words = {columns.measure, columns.unit, columns.area_name, columns.notes} - {""}
    return Sample([headings, *rows], as_csv, plain=frozenset(words))


def listed(headings: str) -> list[str]:
    return headings.split(",")


def as_csv(rows: Rows) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def as_zip(rows: Rows) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("Changes.csv", as_csv(rows))
    return content.getvalue()


def as_grants(rows: Rows) -> bytes:
    """Write awards as JSON, one object a row; rows above the headings come as another member beside the grants."""
    at = sum(row == NOTE for row in rows)
    headings, grants = rows[at], []
    for row in rows[at + 1 :]:
        grant: dict[str, Any] = {}
        for heading, cell in zip(headings, row, strict=True):
            *parents, name = heading.split(":")
            holder = grant
            for parent in parents:
                holder = holder.setdefault(parent, [{}])[0]
            holder[name] = cell
        grants.append(grant)
    return json.dumps({"notes": rows[:at], "grants": grants}).encode()


def as_labels(rows: Rows) -> bytes:
    at = sum(row == NOTE for row in rows)
    values = [dict(zip(rows[at], row, strict=True)) for row in rows[at + 1 :]]
    texts = [{"language": "en-GB", "title": "Made up"}, {"language": "cy-GB", "title": "Wedi'i ddyfeisio"}]
    metadata = {"id": MISSING, "published_revision": {"id": MISSING, "metadata": texts}}
    listed = [
        {"factTableColumn": value.pop("factTableColumn", None), "columnName": value.pop("columnName", None)}
        | {"values": [value]}
        for value in values
    ]
    return json.dumps({"notes": rows[:at], "metadata": metadata, "filters": {"en": listed}}).encode()


def wimd(rows: Rows) -> bytes:
    bands = [[f"W0100000{number}", number, 1, 1, 1, 1] for number in range(1, 4)]
    return workbook(WIMD_2025_ranks=rows, Deciles=[["Made up"], list(WIMD_BANDS), *bands])


def simd(rows: Rows) -> bytes:
    return workbook(Notes=[["Made up"]], SIMD_2020v2_ranks=rows)


def cls(rows: Rows) -> bytes:
    return workbook(Cover=[["Made up"]], B5c=rows)


def statswales(*, has_years: bool = True) -> Sample:
    """A table in the form raw_extended, of everybody, by authority and, as most are, by year."""
    headings, parts = ["Data values", "Data values_sort", "Data description", "Data description_reference"], []
    for name, part in (("Area", ()), ("Year", ("2018-19", "201819", "1", "")), ("Age", ("All", "All", "1", ""))):
        if has_years or name != "Year":
            headings += [name, f"{name}_reference", f"{name}_sort", f"{name}_hierarchy"]
            parts += part
    places = ((41, "Cardiff", "W06000015"), (52, "Newport", "W06000022"), (63, "Powys", "W06000023"))
    rows = [[value, value, "Percentage", "1", name, code, "1", "W92000004", *parts, ""] for value, name, code in places]
    headings.append("Notes")
    free = {"Data description_reference", "Year_reference", "Age", "Age_reference", "Notes"}
    free |= {name for name in headings if name.endswith(("_sort", "_hierarchy"))}
    figures = {"Data values", "Area_reference", "Year_reference"}
    return Sample(
        [headings, *rows],
        as_csv,
        frozenset(free),
        frozenset(set(headings) - figures),
        # Codes of areas, and years, are found under any heading.
        either=frozenset({"Area_reference", "Year"}),
        is_found=False,
    )


GRANT = {
    "id": "360G-madeup-{}",
    "title": "Made up",
    "currency": "GBP",
    "amountAwarded": "{}000",
    "awardDate": "2020-04-0{}",
    "fundingOrganization:id": "GB-CHC-1",
    "fundingOrganization:name": "Made-up funder",
    "recipientOrganization:id": "GB-CHC-{}",
    "recipientOrganization:name": "Made-up group {}",
    "recipientOrganization:postalCode": "CF10 1EP",
    "beneficiaryLocation:geoCode": "W06000015",
    "beneficiaryLocation:name": "Cardiff",
}
REQUIRED = {"id", "currency", "amountAwarded", "awardDate", "fundingOrganization:id"}
TITLES = listed(
    "Identifier,Title,Currency,Amount Awarded,Award Date,Funding Org:Identifier,Funding Org:Name,"
    "Recipient Org:Identifier,Recipient Org:Name,Recipient Org:Postal Code,"
    "Beneficiary Location:Geographic Code,Beneficiary Location:Name"
)


def grants(headings: list[str], write: Callable[[Rows], bytes], *, is_found: bool = True) -> Sample:
    rows = [[text.format(number) for text in GRANT.values()] for number in (1, 2, 3)]
    needed = {heading for heading, name in zip(headings, GRANT, strict=True) if name in REQUIRED}
    figures = {heading for heading, name in zip(headings, GRANT, strict=True) if name in ("amountAwarded", "awardDate")}
    others = frozenset(set(headings) - needed)
    return Sample([headings, *rows], write, others, frozenset(set(headings) - figures), is_found=is_found)


def numbered(headings: list[str], first: Callable[[int], list[Any]], start: int = 1) -> Rows:
    """Return three rows: what `first` gives of each number, then the number in every other column."""
    return [headings, *([*first(n), *[n] * (len(headings) - len(first(n)))] for n in range(start, start + 3))]


def samples() -> dict[str, Sample]:
    iod = list(file_7_columns())
    look_up = [["LSOA21CD", "LSOA21NM", "WD25CD", "LAD25CD", "LAD25NM"]]
    look_up += [[f"E0100000{n}", "Made up", f"E0500000{n}", f"E0600000{n}", "Made up"] for n in (1, 2, 3)]
    cube = [["FeatureCode", "DateCode", "Measurement", "Units", "Value", "Community Belonging", "Age"]]
    cube += [
        [f"S1200000{n}", "2019", "Percent", "Percent Of Adults", 40 + n, "Very strongly", "All"] for n in (5, 6, 8)
    ]
    profile = listed(
        "area_code,area_type,area_name,year,period,type_definition,indicator,numerator,measure,"
        "upper_confidence_interval,lower_confidence_interval"
    )
    profiles = [
        listed(f"S120000{n},Council area,Made up,2022,2022 survey year,Percentage,Made up,NA,{n},{n + 5},{n - 5}")
        for n in (33, 34, 35)
    ]
    history = listed("GEOGCD,GEOGNM,GEOGNMW,GEOGCD_P,GEOGNM_P,SI_ID,SI_TITLE,OPER_DATE,ENTITYCD,YEAR")
    changes = [
        [f"E0800003{n}", "New", "", f"E0800001{n}", "Old", "1/2025", "An Order", "01/04/2025", "E08", 2025]
        for n in (1, 2, 3)
    ]
    nomis = listed(
        "DATE,GEOGRAPHY_CODE,GEOGRAPHY_NAME,GENDER,GENDER_NAME,C_AGE,C_AGE_NAME,MEASURES,OBS_VALUE,OBS_STATUS,"
        "RECORD_COUNT"
    )
    persons = [
        [2023, f"E0600000{n}", "Made up", 0, "Total", 200, "All ages", 20100, persons, "A", 3]
        for n, persons in ((1, "95123"), (2, "150123"), (3, "140123"))
    ]
    question = "Made up: can influence decisions affecting your local area"
    shares = listed(
        "Percentage (%),Lower Estimate percentage (%),Upper Estimate percentage (%),Number of respondents,"
        "Unweighted Base"
    )
    survey = [
        "Question",
        "Response Breakdown ",
        *(f"2024/25 {name}" for name in shares),
        "LAD25 code",
        "ITL2 name",
    ]
    answers = [[question, f"Made up {n}", 20 + n, 15 + n, 25 + n, 90, 430, f"E0600000{n}", ""] for n in (1, 2, 3)]
    ranks = [[f"W0100000{n}", "Made up", "Cardiff", *[n] * (len(WIMD_RANKS) - 3)] for n in (1, 2, 3)]
    zones = numbered(listed(SIMD_HEADINGS), lambda n: [f"S0100000{n}", "Made up", "Fife"])
    areas = numbered([*NIMDM_NAMES, *NIMDM_RANKS], lambda n: ["Made up", "Belfast", f"95AA01S{n}"])
    small_areas = [
        [n, "Rank", f"W0100000{n}", "Made up", domain] for n in (1, 2, 3) for domain in ("WIMD", *list(WIMD_RANKS)[4:])
    ]
    labels = [["factTableColumn", "columnName", "reference", "description"]]
    labels += [["AreaCode", "Area", f"W0600000{n}", f"Made up {n}"] for n in (1, 2, 3)]
    authorities = [["LAD25CD", "LAD25NM", "LAD25NMW"], *([f"E0600000{n}", f"Made up {n}", ""] for n in (1, 2, 3))]
    optional = frozenset
    names = optional({"GEOGNMW", "YEAR"})
    found = {
        "wimd2025": Sample([list(WIMD_RANKS), *ranks], wimd, plain=optional(list(WIMD_RANKS)[1:3])),
        "iod2025": Sample(
            numbered(iod, lambda n: [f"E0100000{n}", "Made up", "E06000001", "Hartlepool"]),
            as_csv,
            plain=optional({iod[1], iod[3]}),
            step=9,
        ),
        "simd2020": Sample(
            zones,
            simd,
            optional([zones[0][1], *zones[0][3:4], *zones[0][5:9]]),
            optional(zones[0][1:3]),
        ),
        "nimdm2017": Sample(areas, as_csv, optional(NIMDM_NAMES), optional(NIMDM_NAMES)),
        "nomis_population": Sample(
            [nomis, *persons],
            as_csv,
            optional({"GEOGRAPHY_NAME", "GENDER_NAME", "C_AGE_NAME", "MEASURES", "OBS_STATUS", "RECORD_COUNT"}),
            optional({"GEOGRAPHY_NAME", "GENDER_NAME", "C_AGE_NAME", "RECORD_COUNT"}),
            is_found=False,
        ),
        "shs_cube": Sample(
            cube,
            as_csv,
            optional({"Age"}),
            optional({"Units", "Age"}),
            optional({"Measurement", "Community Belonging"}),
            is_found=False,
            takes_more=False,
        ),
        "scotpho_shs": Sample(
            [profile, *profiles],
            as_csv,
            optional({"numerator"}),
            optional({"area_type", "area_name", "period", "type_definition", "indicator", "numerator"}),
            is_found=False,
        ),
        "ons_area_lookup": Sample(
            look_up, as_csv, optional({"LSOA21CD", "LSOA21NM", "WD25CD", "LAD25NM"}), optional({"LSOA21NM", "LAD25NM"})
        ),
        "ons_localities": Sample(
            authorities, as_csv, optional({"LAD25NMW"}), optional({"LAD25NM", "LAD25NMW"}), is_found=False
        ),
        "ons_code_history": Sample(
            [history, *changes],
            as_zip,
            names,
            optional({"GEOGNM", "GEOGNMW", "GEOGNM_P", "SI_ID", "SI_TITLE", "YEAR"}),
            is_found=False,
        ),
        "cls2023": Sample(
            [survey, *answers], cls, optional({"ITL2 name"}), optional({"Response Breakdown ", "ITL2 name", "Question"})
        ),
        "statswales_wimd2025": Sample(
            [["Data values", "Data description", "Area code", "Area name", "Domain"], *small_areas],
            as_csv,
            plain=optional({"Area name"}),
            is_found=False,
        ),
        "statswales_label": Sample(labels, as_labels, plain=optional(labels[0])),
        "threesixtygiving": replace(grants(TITLES, as_csv), reads_last=True),
        **{
            name: grants(list(GRANT), as_grants)
            for name in ("threesixtygiving_api", "threesixtygiving_grantnav", "threesixtygiving_covid2020")
        },
        **{
            name: statswales(has_years=name != "statswales_deprivation")
            for name in (
                "statswales_cohesion",
                "statswales_influence",
                "statswales_local_authority",
                "statswales_deprivation",
                "statswales_population",
            )
        },
    }
    found["cls2024"] = found["cls2023"]
    found |= {source.id: tidy_file(source.id, source.tidy) for source in sources().values() if source.tidy}
    return found


SAMPLES = samples()


@pytest.fixture(autouse=True)
def parts_of_an_index(monkeypatch):
    """Let a sample of three records of an index that has thousands be read."""
    monkeypatch.setattr("assets.sources.deprivation.indices.require_whole", lambda source_id, table, intake: intake)


def tried_columns(source_id: str) -> range:
    """Return the columns that drift in the sample of a source; sources of one form share its columns between them."""
    forms = {name: (parsers()[name].tables, tuple(sample.rows[0])) for name, sample in SAMPLES.items()}
    alike = [name for name, form in forms.items() if form == forms[source_id]]
    step = SAMPLES[source_id].step
    return range(alike.index(source_id) * step, len(SAMPLES[source_id].rows[0]), step * len(alike))


@functools.cache
def kept_without_drift(source_id: str) -> dict[str, list[dict[str, Any]]]:
    """Return what is kept of the sample of a source as it is."""
    before = kept(source_id, SAMPLES[source_id].write(SAMPLES[source_id].rows))
    assert before is not None
    return before


def renamed(rows: Rows, at: int) -> Rows:
    return [[*rows[0][:at], "Another name", *rows[0][at + 1 :]], *rows[1:]]


def dropped(rows: Rows, at: int) -> Rows:
    return [[*row[:at], *row[at + 1 :]] for row in rows]


def added(rows: Rows, at: int) -> Rows:
    return [[*row[:at], "Something new" if number == 0 else 99, *row[at:]] for number, row in enumerate(rows)]


def moved_to_the_end(rows: Rows, at: int) -> Rows:
    return [[*row[:at], *row[at + 1 :], row[at]] for row in rows]


def twice(rows: Rows, at: int) -> Rows:
    return [[*row, row[at] if number == 0 else 99] for number, row in enumerate(rows)]


def words(rows: Rows, at: int) -> Rows:
    return [rows[0], *([*row[:at], "about forty", *row[at + 1 :]] for row in rows[1:])]


def commas(rows: Rows, at: int) -> Rows:
    """A number in the way of another country: 1.234,5 for 1234.5."""
    return [rows[0], *([*row[:at], f"{row[at]}.000,0", *row[at + 1 :]] for row in rows[1:])]


DRIFTS = {drift.__name__: drift for drift in (renamed, dropped, added, moved_to_the_end, twice, words, commas)}


def kept(source_id: str, content: bytes) -> dict[str, list[dict[str, Any]]] | None:
    """Return what the door would keep of a file, by table, or None where it refuses it with a reason."""
    source = sources()[source_id].model_copy(update={"expected_rows": None})
    try:
        read = judge(source, content)
    except RefusedFile as refusal:
        said = (refusal.source_id, bool(refusal.expected), bool(refusal.got))
    else:
        said = None
    if said:
        assert said == (source_id, True, True), "a refusal names the source, what was expected and what came"
        return None
    for intake in read.values():
        assert intake.rows_in == intake.kept.height + intake.quarantined.height
    return {name: intake.kept.to_dicts() for name, intake in read.items()}


def notes(source_id: str, content: bytes) -> list[str]:
    """Return what the user is told of a file that is read."""
    return [note for intake in parsers()[source_id].parse(content).values() for note in intake.notes]


def known(key: Any, name: str) -> Any:
    """Return what a part of a key says; a dimension is a key of its own."""
    return json.loads(key) if name in DIMENSIONS and key else key


def fits(now: dict[str, Any], before: dict[str, Any], names: list[str]) -> bool:
    """Return whether a record may be one from before, of which less is known."""
    for name in names:
        new, old = known(now[name], name), known(before[name], name)
        if isinstance(new, dict):
            if any(new[part] != old[part] for part in new.keys() & (old or {}).keys()):
                return False
        elif new is not None and new != old:
            return False
    return True


def assert_nothing_is_wrong(now: dict[str, list[dict[str, Any]]], before: dict[str, list[dict[str, Any]]]) -> None:
    for table, rows in now.items():
        described = tables()[table]
        names = [name for name in record_key(described) if name not in OF_THE_ROW]
        figures = value_columns(described)
        for row in rows:
            twins = [other for other in before[table] if fits(row, other, names)]
            assert twins, f"{table} has a record that was not there: {row}"
            for figure in figures:
                assert row[figure] is None or row[figure] in [other[figure] for other in twins], (table, figure, row)


def test_every_source_that_is_landed_has_a_sample():
    assert SAMPLES.keys() == set(landable())


@pytest.mark.parametrize("source_id", landable())
def test_the_sample_is_taken_in_whole(source_id):
    assert all(kept_without_drift(source_id).values()), "a table of the source has no row"


@pytest.mark.parametrize("drift", DRIFTS)
@pytest.mark.parametrize("source_id", landable())
def test_no_drift_of_a_column_gives_another_figure(source_id, drift):
    sample = SAMPLES[source_id]
    before = kept_without_drift(source_id)
    for at in tried_columns(source_id):
        heading = sample.rows[0][at]
        if drift in ("words", "commas") and heading in sample.plain:
            continue
        if drift == "twice" and sample.write in (as_grants, as_labels):
            continue  # JSON has no second member of a name.
        if drift == "twice" and sample.reads_last:
            assert any(heading in note for note in notes(source_id, sample.write(twice(sample.rows, at)))), heading
            continue
        now = kept(source_id, sample.write(DRIFTS[drift](sample.rows, at)))
        if drift == "added" and not sample.takes_more:
            assert now is None
        elif drift in ("added", "moved_to_the_end"):
            assert now is not None, heading
            assert {table: len(rows) for table, rows in now.items()} == {
                table: len(rows) for table, rows in before.items()
            }, heading
        if drift in ("renamed", "dropped") and heading not in sample.optional | sample.labels | sample.either:
            assert now is None, f"{heading} is {drift} and the file is taken in"
        if drift in ("renamed", "dropped") and heading in sample.optional:
            assert now is not None, f"{heading} is not needed"
        if now is not None and heading not in sample.labels:
            assert_nothing_is_wrong(now, before)


@pytest.mark.parametrize("source_id", landable())
def test_headings_that_move_are_found_or_missed(source_id):
    sample = SAMPLES[source_id]
    before = kept_without_drift(source_id)
    width = len(sample.rows[0])
    notes = [["Made up", *[""] * (width - 1)] for _ in range(3)] if sample.write in (wimd, simd, cls) else [NOTE] * 3
    now = kept(source_id, sample.write([*notes, *sample.rows]))
    assert (now is not None) == sample.is_found
    if now:
        assert_nothing_is_wrong(now, before)
        assert {table: len(rows) for table, rows in now.items()} == {table: len(rows) for table, rows in before.items()}


@pytest.mark.parametrize("source_id", landable())
def test_headings_that_are_gone_are_missed(source_id):
    sample = SAMPLES[source_id]
    if sample.write in (as_grants, as_labels):
        return
    assert kept(source_id, sample.write(sample.rows[1:])) is None


@pytest.mark.parametrize(
    "content",
    [HTML, b"", b"\n", b"\r\n", b"\xef\xbb\xbf", b"{}", b'{"error": "Sorry"}'],
    ids=["HTML", "empty", "blank", "blank of Windows", "BOM", "empty JSON", "error"],
)
@pytest.mark.parametrize("source_id", landable())
def test_a_page_or_nothing_in_the_place_of_a_file_is_refused(source_id, content):
    assert kept(source_id, content) is None


def test_every_tolerance_is_documented():
    page = (PROJECT / "docs" / "sources-pulling.md").read_text("utf-8")
    said = page.partition("## When a publisher changes a file")[2].partition("\n## ")[0]
    for source_id in landable():
        assert f"`{source_id}`" in said or f"`{source_id.split('_')[0]}_*`" in said, source_id
