"""The edition with the real files landed: what comes out agrees with what the publishers themselves print."""

import duckdb
import polars as pl
import pytest

from assets.landing.trial_build import try_file
from assets.subjects import parsers
from tests.support.edition_reasons import said_otherwise
from warehouse.editions.find import current
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long


@pytest.fixture
def ask(landed_home):
    """Ask the DuckDB file as any client does."""
    path = current(landed_home).path / "community_power.duckdb"
    with duckdb.connect(str(path), read_only=True) as database:
        yield lambda sql: database.execute(sql).fetchall()


def test_every_small_area_is_there(ask):
    found = dict(ask("select index_id, count(*) from core.fct_small_area group by index_id"))
    assert found == {"IoD2025": 33755, "WIMD2025": 1917, "SIMD2020v2": 6976, "NIMDM2017": 890}


def test_the_profile_is_worked_out_from_the_landed_areas(ask):
    assert dict(ask("select origin, count(*) from core.fct_deprivation_profile group by origin")) == {
        "small_areas": 361
    }


def test_the_most_deprived_tenth_is_the_official_one_in_all_296_districts(ask, shared):
    official = pl.read_csv(shared / "data" / "deprivation" / "iod2025_england_ltla24_summaries.csv")
    share = "imd_proportion_of_lso_as_in_most_deprived_10_percent_nationally"
    renamed = {"E08000016": "E08000038", "E08000019": "E08000039"}
    published = {renamed.get(code, code): value for code, value in official.select("ltla24_code", share).iter_rows()}
    tenths = "metrics.metric_value where metric_id = 'dep_prop10_areas' and locality_code like 'E%'"
    ours = dict(ask(f"select locality_code, value from {tenths}"))
    assert len(published) == 296
    assert ours == pytest.approx(published, abs=1e-4)


def test_the_welsh_figures_are_the_published_ones(ask):
    found = ask(
        """select locality_name, decile_1_areas from core.fct_deprivation_profile inner join core.dim_locality
        using (locality_code) where locality_name in ('Blaenau Gwent', 'Newport', 'Monmouthshire')"""
    )
    assert dict(found) == {"Blaenau Gwent": 9, "Newport": 18, "Monmouthshire": 0}


def test_sheffield_and_barnsley_are_there_under_their_current_codes(ask):
    codes = "('E08000038', 'E08000039')"
    found = ask(f"select locality_code, count(*) from core.fct_small_area where locality_code in {codes} group by 1")
    assert dict(found) == {"E08000038": 148, "E08000039": 343}


def test_no_award_of_any_file_is_lost(ask):
    by_set = dict(ask("select award_set, count(*) from core.fct_award group by award_set"))
    assert by_set["threesixtygiving_covid2020"] == 1978
    assert by_set["threesixtygiving"] == 4020 + 555 + 783


def test_the_arts_council_of_wales_keeps_every_row_and_pound(ask):
    rows = ask(
        """select count(*), sum(amount_gbp), count(*) filter (where is_repeat) from core.fct_award
        where file_sha256 = (select file_sha256 from meta.landed_file where file_name like 'Arts%')"""
    )
    assert [(count, round(total), repeats) for count, total, repeats in rows] == [(4020, 242_022_953, 7)]


def test_the_golden_pair_gives_its_awards_and_pounds(ask):
    assert ask(
        """select count(*), sum(amount_gbp) from core.fct_award
        where file_sha256 = (select file_sha256 from meta.landed_file where file_name like 'a001%')"""
    ) == [(783, 12_785_625.0)]


def test_nation_wide_awards_are_at_no_head_office(ask):
    assert ask(
        """select count(*) from core.fct_award inner join core.bridge_award_locality using (award_key)
        where is_nation_wide and basis = 'best' and locality_code <> 'unallocated'"""
    ) == [(0,)]


def test_the_landed_tracker_gives_the_counts_on_record(ask):
    """The counts that ship with the project were worked out from this very file."""
    located = """from core.fct_award inner join core.bridge_award_locality using (award_key)
        where award_set = 'threesixtygiving_covid2020' and basis = 'best' and locality_code <> 'unallocated'
        and weight = 1 and amount_gbp is not null group by locality_code order by locality_code"""
    ours = ask(f"select locality_code, count(*), sum(amount_gbp), count(distinct funder_id) {located}")
    record = ask("select locality_code, awards_n, total_gbp, funders_n from core.fct_award_summary order by 1")
    assert [row[:2] + row[3:] for row in ours] == [row[:2] + row[3:] for row in record]
    assert [row[2] for row in ours] == pytest.approx([row[2] for row in record], abs=0.01)


def test_localities_and_the_unallocated_sum_to_the_whole(ask):
    (placed,), (whole,) = (
        ask(
            """select sum(value) from metrics.metric_value where metric_id = 'fun_total_gbp_all'
            and period_start < '2010-01-01' and locality_code not like 'K%'"""
        )[0],
        ask(
            """select sum(amount_gbp) from core.fct_award where amount_class = 'positive' and not is_repeat
            and not is_regrant and not is_on_record_elsewhere and award_set <> 'covid_2020_reference'"""
        )[0],
    )
    assert placed == pytest.approx(whole, abs=1)


def test_the_tracker_is_on_record_once_and_whole_in_the_period_of_the_study(ask):
    counted = "from metrics.award_counted where award_set = 'threesixtygiving_covid2020'"
    ((elsewhere,),) = ask("select count(*) from core.fct_award where is_on_record_elsewhere")
    found = dict(ask(f"select window_id, count(*) {counted} group by window_id"))
    assert found["on_record"] == found["covid_2020"] - elsewhere == 1977 - elsewhere
    assert ask(
        """select count(*) from metrics.funding_window as part left join metrics.funding_window as whole
        on whole.window_id = 'on_record' and part.scope = whole.scope and part.basis = whole.basis
        and part.locality_code = whole.locality_code
        where part.window_id in ('covid_2020', 'rolling_3y') and part.total_gbp > coalesce(whole.total_gbp, 0) + 0.01"""
    ) == [(0,)]
    assert ask("select distinct origin from metrics.funding_window") == [("award_rows",)]


def test_a_landed_survey_stands_before_the_figures_on_record(ask):
    rows = "core.fct_observation where survey = 'Scottish Household Survey'"
    found = ask(f"select source_id, count(*) from {rows} group by source_id")
    assert dict(found)["scotpho_shs"] >= 160
    influence = "metric_id = 'coh_influence_pct' and locality_code = 'S12000021' and period_end = '2022-12-31'"
    ((source_ids,),) = ask(f"select source_ids from metrics.metric_value where {influence}")
    assert source_ids == ["scotpho_shs"]


def test_explore_local_statistics_is_on_the_page_and_explained(landed_home, ask, cpower):
    wigan = {"soc_museums_rate": 1.21, "cul_library_pct": 18.0, "wel_satisfaction_mean": 7.59}
    found = ask(
        f"select metric_id, value from metrics.headline_value where metric_id in {tuple(wigan)} and area_name = 'Wigan'"
    )
    assert dict(found) == wigan
    report = current(landed_home).path / "report"
    page = (report / "l" / "E08000010.html").read_text("utf-8")
    assert all(text in page for text in ("Museums per 100,000 residents", "1.21", "Visited a public library", "7.59"))
    assert "cpower pull els_" not in page
    told = cpower(landed_home.root, "explain", "cul_library_pct", "Wigan").stdout
    assert "18%; 95% interval 15 to 22 (published)" in told
    assert "of els_participation" in told
    told = " ".join(cpower(landed_home.root, "explain", "wel_satisfaction_mean", "Somerset").stdout.split())
    assert "Mendip, Sedgemoor, Somerset West and Taunton, South Somerset" in told


def test_every_landed_file_is_named_with_checksum_address_and_licence(ask):
    rows = ask("select source_id, file_sha256, address, licence_id from meta.landed_file where landed_at is not null")
    assert len(rows) == 16
    assert all(len(sha256) == 64 and licence for _, sha256, _, licence in rows)


def test_what_landing_says_of_a_file_is_what_the_edition_holds_of_it(landed_home, ask):
    landing = Warehouse(landed_home).landing
    counted = 0
    for source_id, parser in parsers().items():
        for file in landing.current(source_id):
            tried = try_file(parsers(), landing, file, parser.parse(file.content), [file])
            assert (tried.broken, tried.blocked) == ((), ())
            for table, used in tried.used.items():
                once = "and not is_repeat" if table == "core.fct_award" else ""
                where = f"source_id = '{source_id}' and file_sha256 = '{file.sha256}' {once}"
                assert ask(f"select count(*) from {table} where {where}") == [(used,)], (table, file.file_name)
                counted += used
    assert counted > 50_000


def test_a_sentence_says_how_many_councils_are_distinguishable(ask):
    """Counted here from the rank sets one by one, so that the sentence is that of the figures."""
    where = "metric_id = 'coh_influence_pct' and period = '2022-01-01/2022-12-31'"
    sets = "rank_lo, rank_hi, surely_better_n, surely_worse_n"
    ranked = ask(f"select {sets} from metrics.rank_interval where {where}")
    above = sum(high < 16.5 for _, high, _, _ in ranked)
    below = sum(low > 16.5 for low, _, _, _ in ranked)
    at_once = sum(32 - worse < 16.5 or better + 1 > 16.5 for _, _, better, worse in ranked)
    pairs = sum(better for _, _, better, _ in ranked)
    assert ask(f"select sentence from marts.told_apart where {where}") == [
        (
            f"Of 32 localities, {above} are distinguishably above the middle of the list and {below} below it; "
            f"with all comparisons judged at once, {at_once} are; of the 496 pairs, {pairs} "
            f"({100 * pairs / 496:.0f} %) are distinguishable.",
        )
    ]
    assert (above, below, at_once) == (2, 1, 0)


def test_every_reason_has_its_text_in_both_languages(ask):
    assert said_otherwise(ask) == []
