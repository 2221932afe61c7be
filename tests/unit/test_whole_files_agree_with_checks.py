"""Indices, populations and lists of authorities that a check of the build would refuse alone are refused as they come.

All figures are synthetic but those of ../shared/data/hard, whose test skips where that folder is absent; codes and
names of authorities are real.
"""

import csv
import io
from contextlib import suppress
from itertools import cycle, islice

import polars as pl
import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from assets.landing.ingest_file import judge
from assets.sources.deprivation.indices import NIMDM_NAMES, NIMDM_RANKS, WIMD_OBSERVATION, WIMD_RANKS
from assets.subjects import parsers
from tests.support.macros import by_macro
from tests.support.reference import localities
from tests.support.sample_files import DATA, SIMD_HEADINGS, needs_real_files
from tests.support.table_store_harness import broken, build, stage, stage_reference
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile
from warehouse.storage.table_store import Tables

AREAS = {"iod2025": 33_755, "wimd2025": 1917, "statswales_wimd2025": 1917, "simd2020": 6976, "nimdm2017": 890}


def as_csv(*rows):
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue().encode()


def districts(nation, count):
    """Return names of the local authorities of a nation, over and over, `count` in number."""
    return list(islice(cycle(localities(nation).values()), count))


def nimdm():
    rows = [
        [f"Area {at}", name, f"95AA{at // 10:02}S{at % 10}" if at < 1000 else "", *[at + 1] * len(NIMDM_RANKS)]
        for at, name in enumerate(districts("Northern Ireland", 890))
    ]
    # The heading of the code is the first of the ranks.
    return [[*NIMDM_NAMES, *NIMDM_RANKS], *([*row[:3], *row[4:]] for row in rows)]


def wimd():
    names = districts("Wales", 1917)
    rows = [[f"W01{at:06}", f"Area {at}", name, *[at + 1] * (len(WIMD_RANKS) - 3)] for at, name in enumerate(names)]
    return [list(WIMD_RANKS), *rows]


def statswales_wimd():
    domains = ["WIMD", *list(WIMD_RANKS)[4:]]
    rows = [[at + 1, "Rank", f"W01{at:06}", f"Area {at}", domain] for at in range(1917) for domain in domains]
    return [list(WIMD_OBSERVATION), *rows]


def simd():
    names = districts("Scotland", 6976)
    rows = [
        [f"S01{at:06}", "Zone", name, 100, at + 1, "", "", at * 10 // 6976 + 1, "", *[at + 1] * 7]
        for at, name in enumerate(names)
    ]
    return [SIMD_HEADINGS.split(","), *rows]


WHOLE = {"nimdm2017": nimdm, "wimd2025": wimd, "statswales_wimd2025": statswales_wimd, "simd2020": simd}


def judged(source_id, rows):
    ((_, intake),) = judge(sources()[source_id], as_csv(*rows)).items()
    return intake


@pytest.mark.parametrize("source_id", WHOLE)
def test_a_whole_index_is_taken(source_id):
    intake = judged(source_id, WHOLE[source_id]())
    assert (intake.kept.height, intake.quarantined.height) == (AREAS[source_id], 0)


def test_the_catalogue_says_how_many_areas_each_index_has_and_the_queries_agree():
    assert {name: source.expected_rows for name, source in sources().items() if source.expected_rows} == AREAS
    ids = {"IoD2025": "iod2025", "WIMD2025": "wimd2025", "SIMD2020v2": "simd2020", "NIMDM2017": "nimdm2017"}
    found = {name: by_macro("areas_ranked($1)", name) for name in ids}
    assert found == {name: AREAS[source_id] for name, source_id in ids.items()}


def changed(rows, at, column, cell):
    """Return rows with one cell changed; rows are numbered as in the file, the headings being row 1."""
    heading = rows[0].index(column)
    return [[*row[:heading], cell, *row[heading + 1 :]] if number == at else row for number, row in enumerate(rows, 1)]


RANK = next(name for name, ours in NIMDM_RANKS.items() if ours == "overall_rank")
INCOME = next(name for name, ours in NIMDM_RANKS.items() if ours == "income_rank")


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        (lambda rows: rows[:601], "600 of 890 areas"),
        (lambda rows: [*rows[:40], *rows[41:]], "889 of 890 areas"),
        (lambda rows: changed(rows, 57, RANK, ""), "889 of 890 areas; row 57 is quarantined (overall_rank"),
        (lambda rows: changed(rows, 57, INCOME, ""), "889 of 890 areas; row 57 is quarantined (income_rank"),
        (lambda rows: changed(rows, 57, RANK, 891), "889 of 890 areas; row 57 is quarantined (overall_rank is too"),
        (lambda rows: changed(rows, 57, RANK, 5), "the rank 5 in rows 6 and 57"),
        (lambda rows: changed(rows, 57, "SOA2001", rows[5][2]), "888 of 890 areas; row 6 is quarantined"),
        (lambda rows: changed(rows, 57, "LGD2014NAME", "Atlantis"), "row 57 is quarantined (has_locality"),
        (lambda rows: changed(rows, 57, "LGD2014NAME", "Cardiff"), "row 57 is quarantined (locality_in_nation"),
        (lambda rows: changed(rows, 57, "LGD2014NAME", ""), "row 57 is quarantined (has_locality"),
        (
            lambda rows: [[row[0], "Belfast" if row[1] == "Mid Ulster" else row[1], *row[2:]] for row in rows],
            "every_locality_has_profile",
        ),
    ],
    ids=[
        "first part", "an area missing", "rank blank", "domain rank blank", "rank too high", "rank twice", "area twice",
        "authority unknown", "authority of another nation", "authority blank", "authority without an area",
    ],
)  # fmt: skip
def test_an_index_that_is_not_whole_is_refused_with_the_row(change, reason):
    with pytest.raises(RefusedFile) as refusal:
        judged("nimdm2017", change(nimdm()))
    assert reason in str(refusal.value)


@pytest.mark.parametrize("source_id", ["wimd2025", "statswales_wimd2025", "simd2020"])
def test_the_first_part_of_any_index_is_refused(source_id):
    rows = WHOLE[source_id]()
    with pytest.raises(RefusedFile, match=rf"of {AREAS[source_id]:,} areas"):
        judged(source_id, rows[: len(rows) // 2])


def test_deciles_that_do_not_follow_the_ranks_are_refused_and_none_are_taken():
    column = "SIMD2020v2_Decile"
    with pytest.raises(RefusedFile, match="decile 1 at rank 6976 in row 69"):
        judged("simd2020", changed(simd(), 6977, column, 1))
    at = SIMD_HEADINGS.split(",").index(column)
    nine = [[*row[:at], min(row[at], 9), *row[at + 1 :]] if number else row for number, row in enumerate(simd())]
    with pytest.raises(RefusedFile, match="ten deciles, got"):
        judged("simd2020", nine)
    none = [[*row[:at], "", *row[at + 1 :]] if number else row for number, row in enumerate(simd())]
    assert judged("simd2020", none).kept.height == 6976


@needs_real_files
def test_the_first_600_areas_of_the_real_measure_are_refused():
    with pytest.raises(RefusedFile, match="600 of 890 areas"):
        judge(sources()["nimdm2017"], (DATA / "hard" / "g2_nimdm_first600.csv").read_bytes())


NOMIS = ["DATE", "GEOGRAPHY_CODE", "GENDER", "C_AGE", "OBS_VALUE"]
RESIDENTS = dict(pl.read_csv("warehouse/reference/population.csv").select("locality_code", "population_persons").rows())
HARTLEPOOL, MIDDLESBROUGH = "E06000001", "E06000002"


def estimate(code, persons, *, date=2024, gender=0, age=200):
    return [date, code, gender, age, persons]


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    store = Tables(tmp_path_factory.mktemp("populations"))
    stage_reference(store, "locality", "locality_succession", "population")
    build(store, "core.bridge_locality_code", "core.dim_locality", "core.dim_nation")
    return store


def populated(store, *rows):
    """Return what was read in a file of estimates and the populations built of it alone, which break no check."""
    (intake,) = parsers()["nomis_population"].parse(as_csv(NOMIS, *rows)).values()
    assert intake.rows_in == intake.kept.height + intake.quarantined.height
    stage(store, "staging.nomis__population", (intake.kept, "nomis_population", "a"))
    build(store, "core.fct_population_age")
    build(store, "core.fct_population")
    assert broken(store, "core.fct_population") == {}
    return intake, store.read("core.fct_population")


@pytest.mark.parametrize(
    ("persons", "rules"),
    [
        (950_000, "no_leap_between_estimates"),
        (9_500, "no_leap_between_estimates"),
        (950, "no_leap_between_estimates; sizes_are_plausible"),
        (9_500_000, "no_leap_between_estimates; sizes_are_plausible"),
    ],
)
def test_a_population_that_cannot_be_is_quarantined_and_the_figure_on_record_stays(store, persons, rules):
    intake, population = populated(store, estimate(MIDDLESBROUGH, 153_000), estimate(HARTLEPOOL, persons))
    assert intake.quarantined.select("source_row", "rule").rows() == [(3, rules)]
    latest = population.filter(pl.col("is_latest") & pl.col("locality_code").is_in([HARTLEPOOL, MIDDLESBROUGH]))
    assert sorted(latest["population_persons"]) == [RESIDENTS[HARTLEPOOL], 153_000]


def test_a_leap_between_two_estimates_of_one_file_is_quarantined(store):
    rows = [estimate(HARTLEPOOL, persons, date=date) for date, persons in ((2021, 92_000), (2022, 9_200))]
    intake, _ = populated(store, *rows, estimate(MIDDLESBROUGH, 150_000))
    assert intake.kept["area_code"].to_list() == [HARTLEPOOL, MIDDLESBROUGH]
    assert intake.quarantined["source_row"].to_list() == [3]


def test_an_estimate_that_a_later_one_on_record_contradicts_is_quarantined_with_all_parts_of_a_locality(store):
    cumberland = ["E07000026", "E07000028", "E07000029"]
    rows = [estimate(code, 9_000, date=2021) for code in cumberland]
    intake, _ = populated(store, estimate(HARTLEPOOL, 9_200, date=2021), *rows, estimate(MIDDLESBROUGH, 150_000))
    assert intake.kept["area_code"].to_list() == [MIDDLESBROUGH]
    assert set(intake.quarantined["rule"]) == {"no_leap_between_estimates"}


def test_parts_of_the_population_and_other_areas_may_be_of_any_size(store):
    rows = [estimate(HARTLEPOOL, 12, age=191), estimate(HARTLEPOOL, 700, gender=1), estimate("E92000001", 58_000_000)]
    intake, _ = populated(store, *rows, estimate("E14000001", 90))
    assert intake.quarantined.is_empty()


@pytest.mark.parametrize(("difference", "is_taken"), [(0, True), (5_000, True), (6_000, False), (-6_000, False)])
def test_localities_that_do_not_sum_to_their_nation_are_refused_with_both_figures(store, difference, is_taken):
    scotland = {code: persons for code, persons in RESIDENTS.items() if code.startswith("S12")}
    whole = sum(scotland.values())
    rows = [*(estimate(*item) for item in scotland.items()), estimate("S92000003", whole + difference)]
    if is_taken:
        assert populated(store, *rows)[0].quarantined.is_empty()
    else:
        with pytest.raises(RefusedFile) as refusal:
            populated(store, *rows)
        assert f"nation_persons {whole + difference}, localities_persons {whole}" in str(refusal.value)


CODES = [HARTLEPOOL, "E07000026", "E07000028", "E07000029", "E08000019", "E08000039", "N92000002"]
CODES += [code for code in RESIDENTS if code.startswith("N09")]


@settings(
    deadline=None,
    max_examples=15,
    phases=[Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(CODES), st.sampled_from([2019, 2023, 2024]), st.sampled_from([0.1, 0.4, 0.6, 1, 1, 1, 2.1])
        ),
        min_size=10,
        max_size=50,
        unique_by=lambda item: item[:2],
    )
)
def test_whatever_an_answer_holds_the_checks_on_populations_hold(store, drawn):
    northern_ireland = sum(persons for code, persons in RESIDENTS.items() if code.startswith("N09"))
    known = RESIDENTS | {"N92000002": northern_ireland, "E08000019": RESIDENTS["E08000039"]}
    rows = [estimate(code, int(known.get(code, 90_000) * factor), date=date) for code, date, factor in drawn]
    with suppress(RefusedFile):
        populated(store, *rows)


def test_an_authority_that_is_not_on_record_is_quarantined_in_a_list_of_ons():
    rows = [["LAD26CD", "LAD26NM"], [HARTLEPOOL, "Hartlepool"], ["E06000999", "New"], ["E08000019", "Sheffield"]]
    intake = judged("ons_localities", rows)
    assert intake.kept["lad_code"].to_list() == [HARTLEPOOL, "E08000019"]
    assert intake.quarantined.select("source_row", "rule").rows() == [(3, "agrees_with_ons_list")]
