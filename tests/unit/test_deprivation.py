"""The three indices of deprivation: the real files are read whole, and counts agree with the publishers' own."""

from pathlib import Path

import polars as pl
import pytest

from assets.sources.deprivation.indices import file_7_columns, parse_iod2025, parse_simd2020, parse_wimd2025
from assets.sources.reference.records import csv_parser
from tests.support.sample_files import (
    DATA,
    SIMD_HEADINGS,
    needs_real_files,
    rebuilt_file_7,
    rebuilt_simd_workbook,
    workbook,
)
from tests.support.table_store_harness import broken, build, stage, stage_reference
from warehouse.catalogue import tables
from warehouse.errors import RefusedFile
from warehouse.storage.table_store import Tables, empty

SHARED = Path(__file__).parents[3] / "shared"
REFERENCE = Path(__file__).parents[2] / "warehouse" / "reference"

WIMD_HEADINGS = (
    "LSOA code,LSOA name (Eng),Local Authority name (Eng),WIMD 2025 ,Income ,Employment,Health,Education ,"
    "Access to Services,Housing,Community Safety,Physical Environment, "
)


@pytest.fixture(scope="module")
def england():
    return parse_iod2025(rebuilt_file_7())


@pytest.fixture(scope="module")
def wales():
    return parse_wimd2025((DATA / "wimd" / "wimd2025_index_and_domain_ranks_by_small_area.ods").read_bytes())


@pytest.fixture(scope="module")
def scotland():
    return parse_simd2020(rebuilt_simd_workbook())


@needs_real_files
def test_every_english_small_area_is_kept(england):
    assert england.kept.height == 33_755
    assert england.quarantined.is_empty()
    assert set(england.kept["overall_rank"]) == set(range(1, 33_756))
    assert england.kept["population_persons"].count() == 5
    assert england.kept["overall_score"].null_count() == 0
    first = england.kept.row(0, named=True)
    assert (first["small_area_code"], first["overall_score"], first["health_score"]) == ("E01000001", 8.742, -1.771)
    assert (first["idaci_decile"], first["children_young_people_decile"], first["population_persons"]) == (10, 10, 1795)


@needs_real_files
def test_every_welsh_small_area_is_kept_with_its_published_bands(wales):
    assert wales.kept.height == 1917
    assert wales.quarantined.is_empty()
    bands = wales.kept.group_by("overall_decile").agg(pl.max("overall_rank").alias("last")).sort("overall_decile")
    assert bands["last"].to_list() == [191, 382, 574, 766, 958, 1149, 1341, 1533, 1724, 1917]
    worst = wales.kept.filter(pl.col("overall_decile") == 1)["local_authority_name"].value_counts()
    counts = dict(worst.iter_rows())
    assert (counts["Blaenau Gwent"], counts["Newport"], counts.get("Monmouthshire", 0)) == (9, 18, 0)
    assert wales.kept.filter(pl.col("overall_rank") == 1)["small_area_name"].to_list() == ["Rhyl West 2"]


@needs_real_files
def test_the_csv_form_has_the_same_ranks_and_no_bands(wales):
    plain = parse_wimd2025((DATA / "wimd" / "wimd2025_raw_ranks_by_small_area.csv").read_bytes())
    assert plain.quarantined.is_empty()
    ranks = [name for name in plain.kept.columns if name.endswith("_rank")]
    assert plain.kept.sort("small_area_code").select(ranks).equals(wales.kept.sort("small_area_code").select(ranks))
    assert plain.kept["overall_decile"].null_count() == 1917


@needs_real_files
def test_every_scottish_data_zone_is_kept_and_ties_are_half_ranks(scotland):
    assert scotland.kept.height == 6976
    assert scotland.quarantined.is_empty()
    assert set(scotland.kept["overall_rank"]) == set(range(1, 6977))
    ties = {
        name: (scotland.kept[f"{name}_rank"] % 1 == 0.5).sum() for name in ("income", "employment", "housing", "crime")
    }
    assert ties == {"income": 700, "employment": 568, "housing": 472, "crime": 156}
    assert scotland.kept["population_persons"].null_count() == 6976
    assert scotland.kept["council_area_name"].n_unique() == 32


def test_the_csv_form_of_the_scottish_ranks_carries_bands_and_population_where_it_has_them():
    made_up = (
        f"{SIMD_HEADINGS}\nS01006506,Culter,Aberdeen City,904,4691,68,14,7,4,3936,3220,5175,5887,4724,4664,3248.5\n"
    )
    intake = parse_simd2020(made_up.encode())
    row = intake.kept.row(0, named=True)
    assert (row["population_persons"], row["overall_decile"], row["housing_rank"]) == (904, 7, 3248.5)


def test_a_row_with_a_code_that_cannot_be_is_quarantined_with_its_number():
    made_up = f"{WIMD_HEADINGS}\nW01000003,A,B,570,1,1,1,1,1,1,1,1,\n,,,,,,,,,,,,\nE01000003,A,B,571,1,1,1,1,1,1,1,1,\n"
    made_up += "W01000004,A,B,nil,1,1,1,1,1,1,1,1,\nW01000005,A,B,1918,1,1,1,1,1,1,1,1,\nW01000006,A\n"
    intake = parse_wimd2025(made_up.encode())
    assert intake.kept["source_row"].to_list() == [2]
    assert intake.quarantined["source_row"].to_list() == [4, 5, 6, 7]
    assert intake.rows_in == 5


def test_a_rank_that_differs_between_the_two_sheets_is_quarantined():
    headings = [cell.strip() for cell in WIMD_HEADINGS.split(",")[:12]]
    bands = ["LSOA code", "WIMD 2025 overall rank", "WIMD 2025 overall decile", "WIMD 2025 overall quintile"]
    bands += ["WIMD 2025 overall quartile", "WIMD 2025 overall deprivation group"]
    row = ["A", "B", 570, 1, 1, 1, 1, 1, 1, 1, 1]
    made_up = workbook(
        ranks=[["A note"], headings, ["W01000003", *row], ["W01000004 ", *row]],
        bands=[["A note"], bands, ["W01000003", 570, 3, 2, 2, 3], ["W01000004", 571, 3, 2, 2, 3]],
    )
    intake = parse_wimd2025(made_up)
    assert intake.kept["small_area_code"].to_list() == ["W01000003"]
    assert intake.quarantined["rule"].to_list() == ["the rank differs between the two sheets"]


def test_the_cut_heading_and_a_later_year_of_the_authority_columns_are_recognised():
    row = ",".join(["E01000001", "A", "E09000001", "B"] + ["1"] * 52)
    names = [f"Local Authority District {part} (2025)" for part in ("code", "name")]
    made_up = ",".join(f'"{heading}"' for heading in file_7_columns())
    made_up = made_up.replace(
        '"Local Authority District code (2024)","Local Authority District name (2024)"', ",".join(names)
    ).replace(
        "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSOAs)",
        "Children and Young People Sub-domain Decile (where 1 is most deprived 10% of LSO",
    )
    assert parse_iod2025(f"{made_up}\n{row}\n".encode()).kept.height == 1


@pytest.mark.parametrize("parse", [parse_wimd2025, parse_iod2025, parse_simd2020])
@pytest.mark.parametrize(
    "content",
    [
        b",,\n",
        b"PK\x03\x04 no zip",
        "Name\u00e9".encode("utf-16"),
        b"LSOA code,other\nW01000003,1\n",
    ],
    ids=["commas", "damaged zip", "utf-16", "other columns"],
)
def test_what_is_not_the_file_is_refused(parse, content):
    with pytest.raises(RefusedFile):
        parse(content)


@pytest.mark.parametrize("parse", [parse_wimd2025, parse_simd2020])
def test_another_workbook_is_refused_and_its_sheets_are_named(parse):
    with pytest.raises(RefusedFile, match="sheet 'Table 1'"):
        parse(workbook(Table_1=[["Area", "Value"], ["A", 1]]))


def localities(store):
    stage_reference(store, "locality", "locality_succession", "locality_alias", "deprivation_profile")
    build(store, "core.bridge_locality_code", "core.bridge_locality_name", "core.dim_locality")


PARTS = tuple(f"staging.{index}__small_area" for index in ("iod2025", "wimd2025", "simd2020"))


@pytest.fixture(scope="module")
def landed(tmp_path_factory, england, wales, scotland):
    store = Tables(tmp_path_factory.mktemp("landed"))
    localities(store)
    stage(store, "staging.iod2025__small_area", (england.kept, "iod2025", "0"))
    stage(store, "staging.wimd2025__small_area", (wales.kept, "wimd2025", "0"))
    stage(store, "staging.simd2020__small_area", (scotland.kept, "simd2020", "0"))
    build(store, "core.fct_small_area", "core.fct_deprivation_profile")
    return store


@needs_real_files
def test_the_landed_indices_keep_every_rule(landed):
    assert broken(landed, "core.fct_small_area") == {}
    assert broken(landed, "core.fct_deprivation_profile") == {}


@needs_real_files
def test_every_landed_small_area_is_in_the_table_under_current_codes(landed):
    areas = landed.read("core.fct_small_area")
    counts = dict(areas["index_id"].value_counts().iter_rows())
    assert counts == {"IoD2025": 33_755, "WIMD2025": 1917, "SIMD2020v2": 6976}
    codes = set(areas["locality_code"])
    assert {"E08000038", "E08000039", "S12000047"} <= codes
    assert not {"E08000016", "E08000019"} & codes
    assert areas["locality_code"].null_count() == 0


@needs_real_files
def test_the_profile_of_the_landed_index_agrees_with_the_published_summary_of_every_district(landed):
    profile = landed.read("core.fct_deprivation_profile").filter(pl.col("index_id") == "IoD2025")
    assert set(profile["origin"]) == {"small_areas"}
    recoded = {"E08000016": "E08000038", "E08000019": "E08000039"}
    published = pl.read_csv(DATA / "deprivation" / "iod2025_england_ltla24_summaries.csv").with_columns(
        pl.col("ltla24_code").replace(recoded)
    )
    both = published.join(profile, left_on="ltla24_code", right_on="locality_code")
    assert both.height == 296
    share = both["decile_1_areas"] / both["areas_n"]
    column = "imd_proportion_of_lso_as_in_most_deprived_10_percent_nationally"
    assert (both[column] - share).abs().max() <= 1e-4


@needs_real_files
def test_the_profile_of_the_landed_index_agrees_with_the_reference_profile(landed):
    reference = csv_parser("staging.reference__deprivation_profile")(
        (REFERENCE / "deprivation_profile.csv").read_bytes()
    ).kept
    both = reference.join(landed.read("core.fct_deprivation_profile"), ["index_id", "locality_code"], suffix="_landed")
    assert both.height == 350
    assert (both["mean_rank_percentile"] - both["mean_rank_percentile_landed"]).abs().max() <= 5.1e-5
    deciles = [f"decile_{number}_areas" for number in range(1, 11)]
    differing = both.filter(pl.any_horizontal(pl.col(name) != pl.col(f"{name}_landed") for name in deciles))
    # Tenths of the ranks put 697 zones into the first Scottish decile, the reference profile 698.
    assert set(differing["index_id"]) == {"SIMD2020v2"}
    assert (differing["decile_1_areas"] - differing["decile_1_areas_landed"]).sum() == 1


@needs_real_files
def test_a_truncated_index_breaks_the_rules(tmp_path, england, wales, scotland):
    store = Tables(tmp_path)
    localities(store)
    stage(store, "staging.iod2025__small_area", (england.kept.head(20_000), "iod2025", "0"))
    stage(store, "staging.wimd2025__small_area", (wales.kept, "wimd2025", "0"))
    stage(store, "staging.simd2020__small_area", (scotland.kept, "simd2020", "0"))
    build(store, "core.fct_small_area", "core.fct_deprivation_profile")
    assert "ranks_are_complete" in broken(store, "core.fct_small_area")
    assert "areas_sum_to_index" in broken(store, "core.fct_deprivation_profile")


def small_areas(table, *rows):
    """Made-up rows of an index: named columns as given, ranks 1, the rest null."""
    types = empty(tables()[table]).drop("source_id", "file_sha256").schema
    frame = pl.DataFrame(
        [{name: 1 if name.endswith(("_rank", "_score", "_decile")) else None for name in types} | row for row in rows],
        schema=types,
        strict=False,
    )
    return frame.with_columns(pl.int_range(2, pl.len() + 2, dtype=pl.Int64).alias("source_row"))


def test_without_a_landed_index_the_reference_profile_stands(tmp_path):
    store = Tables(tmp_path)
    localities(store)
    for name in PARTS:
        stage(store, name, (small_areas(name), "none", "0"))
    build(store, "core.fct_small_area", "core.fct_deprivation_profile")
    profile = store.read("core.fct_deprivation_profile")
    assert (profile.height, set(profile["origin"])) == (350, {"reference"})
    assert profile["source_row"].null_count() == 0
    assert broken(store, "core.fct_deprivation_profile") == {}
    assert broken(store, "core.fct_small_area") == {}


def test_an_unknown_authority_is_left_null_and_breaks_a_rule(tmp_path):
    store = Tables(tmp_path)
    localities(store)
    names = {"small_area_code": "W01000003", "small_area_name": "A", "local_authority_name": "The Vale of  Glamorgan"}
    other = {
        "small_area_code": "W01000004",
        "small_area_name": "B",
        "local_authority_name": "Atlantis",
        "overall_rank": 192,
    }
    bands = {"overall_decile": None, "overall_quintile": None, "overall_quartile": None, "overall_group": None}
    england, wales, scotland = PARTS
    stage(store, england, (small_areas(england), "none", "0"))
    stage(store, wales, (small_areas(wales, names | bands, other | bands), "made_up", "0"))
    zone = {
        "small_area_code": "S01006506",
        "council_area_name": "Argyll & Bute",
        "overall_rank": 698,
        "overall_decile": None,
    }
    stage(store, scotland, (small_areas(scotland, zone), "made_up", "0"))
    build(store, "core.fct_small_area")
    rows = store.read("core.fct_small_area").sort("small_area_code")
    assert rows.select("locality_code", "overall_decile", "is_decile_published").rows() == [
        ("S12000035", 2, False),
        ("W06000014", 1, False),
        (None, 2, False),
    ]
    assert broken(store, "core.fct_small_area")["has_locality"] == 1
