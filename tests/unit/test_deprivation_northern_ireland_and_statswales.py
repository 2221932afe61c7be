"""The Northern Irish measure of deprivation, and the Welsh index as StatsWales holds it.

Real figures, put together again in the shapes of the publishers; everything else is made up."""

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from assets.sources.deprivation.indices import parse_nimdm2017, parse_statswales_wimd2025, parse_wimd2025
from assets.sources.geography.areas import parse_area_lookup
from tests.support.sample_files import (
    DATA,
    NIMDM_HEADINGS,
    as_csv,
    needs_real_files,
    rebuilt_look_ups,
    rebuilt_ni_look_up,
    rebuilt_nimdm_workbook,
    workbook,
)
from tests.support.table_store_harness import broken, build, stage, stage_reference
from warehouse.errors import RefusedFile
from warehouse.storage.table_store import Tables

WIMD_HEADINGS = ["Data values", "Data description", "Area code", "Area name", "Domain", "Notes"]
DOMAINS = {
    "WIMD": "overall", "Income": "income", "Employment": "employment", "Health": "health", "Education": "education",
    "Access to services": "access", "Housing": "housing", "Community safety": "community_safety",
    "Physical environment": "physical_environment",
}  # fmt: skip


def wimd_rows(code, name, ranks, decile=None):
    """Return the observations of one area: the ranks in the order of the domains, and its decile."""
    rows = [[rank, "Rank", code, name, domain, ""] for domain, rank in zip(DOMAINS, ranks, strict=True)]
    return rows if decile is None else [*rows, [decile, "Decile", code, name, "WIMD", ""]]


@pytest.fixture(scope="module")
def wales():
    return parse_wimd2025((DATA / "wimd" / "wimd2025_index_and_domain_ranks_by_small_area.ods").read_bytes()).kept


@pytest.fixture(scope="module")
def statswales(wales):
    """The real index in the documented shape of StatsWales, with the overall deciles."""
    names = [f"{name}_rank" for name in DOMAINS.values()]
    rows = [
        row
        for area in wales.iter_rows(named=True)
        for row in wimd_rows(
            area["small_area_code"], area["small_area_name"], [area[name] for name in names], area["overall_decile"]
        )
    ]
    return parse_statswales_wimd2025(as_csv(WIMD_HEADINGS, *rows))


def northern_ireland(content):
    intake = parse_nimdm2017(content)
    assert intake.quarantined.is_empty()
    return intake.kept


@needs_real_files
def test_every_super_output_area_is_kept():
    kept = northern_ireland(rebuilt_nimdm_workbook())
    assert set(kept["overall_rank"]) == set(range(1, 891))
    assert kept["local_authority_name"].n_unique() == 11
    first = kept.row(0, named=True)
    assert (first["small_area_code"], first["overall_rank"], first["living_environment_rank"], first["crime_rank"]) == (
        "95AA01S1", 516, 75, 874,
    )  # fmt: skip
    assert first["source_row"] == 2


def made_up_measure(*codes, headings=NIMDM_HEADINGS):
    rows = [["Belfast", "Urban", code, "A", *[number] * 8] for number, code in enumerate(codes, start=1)]
    return workbook(Note=[["Made up"]], MDM=[["A note"], list(headings), *rows])


def test_a_heading_moved_and_line_breaks_elsewhere_make_no_difference():
    headings = [heading.replace("\n", "").replace("Rank (", "Rank\n(") for heading in NIMDM_HEADINGS]
    kept = northern_ireland(made_up_measure("95AA01S1", "95GG02W3", headings=headings))
    assert kept.select("source_row", "small_area_code", "overall_rank", "small_area_name").rows() == [
        (3, "95AA01S1", 1, "A"),
        (4, "95GG02W3", 2, "A"),
    ]


def test_rows_of_the_measure_that_cannot_be_are_quarantined():
    intake = parse_nimdm2017(made_up_measure("95AA01S1", "N00000001", "95AA01S1"))
    assert (intake.kept.height, intake.quarantined["source_row"].to_list()) == (0, [3, 4, 5])


@pytest.mark.parametrize("parse", [parse_nimdm2017, parse_statswales_wimd2025])
@pytest.mark.parametrize(
    "content",
    [b",,\n", b"PK\x03\x04 no zip", as_csv(WIMD_HEADINGS), as_csv(["Area", "Rank"], ["A", "1"])],
    ids=["commas", "damaged zip", "headings only", "other columns"],
)
def test_what_is_not_the_file_is_refused(parse, content):
    with pytest.raises(RefusedFile):
        parse(content)


@needs_real_files
def test_statswales_gives_the_same_ranks_and_deciles_as_the_workbook(wales, statswales):
    assert statswales.quarantined.is_empty()
    same = [name for name in wales.columns if name.endswith("_rank")] + ["small_area_code", "overall_decile"]
    assert statswales.kept.sort("small_area_code").select(same).equals(wales.sort("small_area_code").select(same))
    assert statswales.kept["local_authority_name"].null_count() == 1917
    assert statswales.kept["source_row"].to_list()[:2] == [2, 12]


def test_forms_of_the_statswales_table():
    headings = ["Area code", "Area code_reference", *WIMD_HEADINGS[:2], "Data values_sort", "Domain", "Area name"]
    rows = [
        ["W01000003", "W01000003", rank, "rank ", 1, name, "A"] for name, rank in zip(DOMAINS, "123456789", strict=True)
    ]
    rows[0][2] = "1,467"
    rows += [
        ["W06000001", "W06000001", 5, "Rank", 1, "WIMD", "Isle of Anglesey"],
        ["W01000003", "W01000003", 3, "Deprivation group", 1, "WIMD", "A"],
        ["W01000003", "W01000003", 4, "Quintile", 1, "WIMD", "A"],
        ["512", "512", 5, "Rank", 1, "WIMD", "Isle of Anglesey"],
    ]
    intake = parse_statswales_wimd2025(as_csv(headings, *rows))
    row = intake.kept.row(0, named=True)
    assert intake.kept.height == 1
    assert (row["overall_rank"], row["income_rank"], row["overall_quintile"], row["overall_group"]) == (
        1467,
        2,
        4,
        None,
    )
    assert intake.quarantined.select("source_row", "rule").rows() == [(14, "the area code is none")]


def test_the_name_of_an_area_is_the_one_that_the_publisher_gave():
    """An apostrophe before a sign is the work of the service, for spreadsheets."""
    intake = parse_statswales_wimd2025(as_csv(WIMD_HEADINGS, *wimd_rows("W01000003", "'-synthetic", "123456789")))
    assert intake.kept["small_area_name"].to_list() == ["-synthetic"]


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (lambda rows: [*rows, rows[0]], "has two values for overall_rank"),
        (lambda rows: rows[1:], "overall_rank"),
        (lambda rows: [[*rows[0][:4], "WIMD 2030", ""], *rows[1:]], "overall_rank"),
        (lambda rows: [[row[0], "Rang", *row[2:]] if row[4] == "Health" else row for row in rows], "health_rank"),
        (lambda rows: [["[x]", *rows[0][1:]], *rows[1:]], "overall_rank"),
        (lambda rows: [[1918, *rows[0][1:]], *rows[1:]], "overall_rank"),
        (lambda rows: [["1.5", *rows[0][1:]], *rows[1:]], "overall_rank"),
    ],
    ids=["twice", "missing", "domain renamed", "measure renamed", "marker", "too high", "no integer"],
)
def test_an_area_whose_ranks_are_not_whole_is_quarantined(change, rule):
    rows = change(wimd_rows("W01000003", "A", range(1, 10)))
    intake = parse_statswales_wimd2025(as_csv(WIMD_HEADINGS, *rows, *wimd_rows("W01000004", "B", range(2, 11))))
    assert intake.kept["small_area_code"].to_list() == ["W01000004"]
    assert rule in intake.quarantined["rule"][0]
    assert intake.rows_in == 2


@settings(deadline=None, max_examples=30)
@given(st.lists(st.tuples(st.integers(1, 4), st.sampled_from([*DOMAINS, "Other"]), st.integers(0, 2000)), max_size=30))
def test_every_area_is_kept_or_quarantined(observations):
    rows = [[value, "Rank", f"W0100000{area}", "A", domain, ""] for area, domain, value in observations]
    rows += wimd_rows("W01000009", "B", range(1, 10))
    intake = parse_statswales_wimd2025(as_csv(WIMD_HEADINGS, *rows))
    assert intake.rows_in == len({area for area, domain, _ in observations if domain != "Other"}) + 1


def localities(store):
    stage_reference(store, "locality", "locality_succession", "locality_alias", "deprivation_profile")
    build(store, "core.bridge_locality_code", "core.bridge_locality_name", "core.dim_locality")


def landed(folder, **staged):
    """Return a store with the indices and look-ups given, by name of the staging table without its schema."""
    store = Tables(folder)
    localities(store)
    for name, files in staged.items():
        stage(store, f"staging.{name}", *files)
    build(store, "core.fct_small_area", "core.fct_deprivation_profile")
    return store


@needs_real_files
@pytest.mark.parametrize("with_names", [True, False], ids=["districts by name", "districts by look-up"])
def test_northern_ireland_gets_its_profile(tmp_path, with_names):
    kept = northern_ireland(rebuilt_nimdm_workbook(with_names=with_names))
    look_up = parse_area_lookup(rebuilt_ni_look_up())
    assert (look_up.kept.height, look_up.quarantined.height) == (890, 0)
    look_ups = [] if with_names else [(look_up.kept, "ons_area_lookup", "b")]
    store = landed(tmp_path, nimdm2017__small_area=[(kept, "nimdm2017", "a")], ons__area_lookup=look_ups)
    assert broken(store, "core.fct_small_area") == {}
    assert broken(store, "core.fct_deprivation_profile") == {}
    profile = store.read("core.fct_deprivation_profile").filter(pl.col("index_id") == "NIMDM2017")
    assert (profile.height, profile["areas_n"].sum(), set(profile["origin"])) == (11, 890, {"small_areas"})
    tenths = [profile[f"decile_{number}_areas"].sum() for number in range(1, 11)]
    assert tenths == [89] * 10
    published = pl.read_csv(DATA / "deprivation" / "nimdm2017_ni_soa01.csv").join(
        pl.read_csv(DATA / "geography" / "soa01_to_lgd14_ni.csv"), "soa01_code"
    )
    worst = published.group_by("lgd14_code").agg((pl.col("IMD_decile") == 1).sum().alias("worst"))
    both = profile.join(worst, left_on="locality_code", right_on="lgd14_code")
    assert (both.height, (both["decile_1_areas"] - both["worst"]).abs().sum()) == (11, 0)
    areas = store.read("core.fct_small_area")
    assert not areas["is_decile_published"].any()


@needs_real_files
def test_a_measure_without_names_or_look_up_waits_and_breaks_nothing(tmp_path):
    kept = northern_ireland(rebuilt_nimdm_workbook(with_names=False))
    store = landed(tmp_path, nimdm2017__small_area=[(kept, "nimdm2017", "a")])
    assert store.read("core.fct_small_area").is_empty()
    assert broken(store, "core.fct_deprivation_profile") == {}


@needs_real_files
def test_statswales_counts_where_look_ups_place_every_area_and_the_workbook_has_not_landed(tmp_path, wales, statswales):
    name = "lsoa21_to_ward24_to_lad24_england_wales.csv"
    look_up = (parse_area_lookup(rebuilt_look_ups()[name]).kept, "ons_area_lookup", "b")
    short = (look_up[0].filter(pl.col("area_code") != "W01000003"), *look_up[1:])
    form, workbook_form = (statswales.kept, "statswales_wimd2025", "a"), (wales, "wimd2025", "c")
    stores = {
        name: landed(tmp_path / name, wimd2025__small_area=forms, ons__area_lookup=look_ups)
        for name, forms, look_ups in (
            ("placed", [form], [look_up]),
            ("unplaced", [form], [short]),
            ("both", [form, workbook_form], [look_up]),
            ("workbook", [workbook_form], []),
        )
    }
    areas = {name: store.read("core.fct_small_area").sort("small_area_code") for name, store in stores.items()}
    assert {name: dict(found["source_id"].value_counts().iter_rows()) for name, found in areas.items()} == {
        "placed": {"statswales_wimd2025": 1917},
        "unplaced": {},
        "both": {"wimd2025": 1917},
        "workbook": {"wimd2025": 1917},
    }
    same = ["small_area_code", "locality_code", "overall_rank", "overall_decile", "is_decile_published", "crime_rank"]
    assert areas["placed"].select(same).equals(areas["workbook"].select(same))
    for store in stores.values():
        assert broken(store, "core.fct_small_area") == {}
        assert broken(store, "core.fct_deprivation_profile") == {}
