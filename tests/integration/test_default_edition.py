"""The edition that `make run` builds from what ships with the project, met as its users meet it."""

import json
import os
import re
import signal
import subprocess
import sys
import time

import dagster as dg
import pytest

from assets.factories.steps import step
from assets.graph import recipes
from orchestration.build_runner import run_build
from orchestration.cli.build import FIRST_QUERY
from orchestration.definitions import build_defs
from orchestration.resources import WarehouseResource
from orchestration.run_errors import why_failed
from tests.support.reference import CASE_STUDIES
from warehouse.catalogue import edition_tables
from warehouse.editions.find import current, editions, find_current
from warehouse.editions.publish import verify
from warehouse.errors import BadRecord, CommunityPowerError
from warehouse.storage import landing
from warehouse.storage.atomic_files import sha256
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.workspace import Warehouse


def test_every_locality_is_there_once(ask):
    assert ask("select count(*), count(distinct locality_code) from core.dim_locality") == [(361, 361)]
    assert ask("select count(*) from marts.locality_profile") == [(361,)]


def test_the_case_studies_have_practice_records(ask):
    found = ask("select locality_code, locality_name, prac_records_n from marts.locality_profile where is_case_study")
    assert {name: code for code, name, _ in found} == CASE_STUDIES
    assert all(records > 0 for _, _, records in found)


def test_the_first_query_shows_something_in_every_cell(ask):
    readme = (PROJECT / "README.md").read_text("utf-8")
    assert re.search(r'cpower query "([^"]+)"', readme)[1] == FIRST_QUERY
    found = ask(FIRST_QUERY)
    assert {name for name, *_ in found} == set(CASE_STUDIES)
    assert not [row for row in found if None in row]


def test_an_award_without_a_funder_is_of_a_place_fund_and_names_the_fund(ask):
    assert ask("select distinct award_set from core.fct_award where funder_name is null") == [("place_funds",)]
    assert ask("select count(*) from core.fct_award where funder_name is null and fund is null") == [(0,)]
    assert ask("""select count(*) from en.awards where "Funder" is null and "Fund" is null""") == [(0,)]


def test_practices_show_their_status_and_the_name_of_their_locality(ask):
    assert ask("""select count(*) from en.practices where "Latest status" is null""") == [(0,)]
    assert ask("""select distinct "Statws diweddaraf" from cy.arferion order by 1""") == [
        ("ar waith",), ("ddim yn hysbys",), ("gwaith wedi'i gwblhau",), ("wedi dod i ben",), ("wedi newid",),
        ("wedi'i gynllunio",),
    ]  # fmt: skip
    assert ask("select distinct place from marts.sustaining where locality_name is null") == [("Cambridgeshire",)]
    assert ask("select locality_name_cy from marts.sustaining where locality_code = 'W06000021' limit 1") == [
        ("Sir Fynwy",)
    ]


def test_tables_join_as_the_catalogue_says(ask):
    """Every value of a joined column is in the other table, but for codes that the table of localities doesn't hold."""
    elsewhere = {("core.dim_locality", "E10000003"), ("core.dim_locality", "unallocated")}
    # The codes of a record that is left out are kept.
    elsewhere |= {("core.fct_practice", code) for (code,) in ask("select left_out_id from core.fct_practice_left_out")}
    nations = {
        (other, code)
        for (code,) in ask("select nation_code from core.dim_nation")
        for other in ("core.dim_locality", "core.bridge_locality_code")
    }
    for table in edition_tables(composite=False):
        assert table.joined or "no other table" in table.joins
        for other, columns in table.joined:
            listed = ", ".join(columns)
            known = " and ".join(f"{column} is not null" for column in columns)
            lone = ask(f"select distinct {listed} from {table.name} where {known} except select {listed} from {other}")
            assert {(other, *row) for row in lone} <= elsewhere | nations, (table.name, other)


def test_a_place_that_was_not_searched_has_no_practice_value(ask):
    assert ask("select count(*), count(records_n) from marts.practice_matrix where search_status = 'scanned'") == [
        ((361 - 12) * 16, 0)
    ]


def test_the_scan_found_practices_in_most_localities_and_none_of_its_values_is_zero(ask):
    assert ask("select collection, is_counted, count(*) from core.fct_practice group by all order by all") == [
        ("national_scan_2026", False, 252),
        ("national_scan_2026", True, 815),
        ("shifting_the_balance", True, 65),
    ]
    scanned = "from metrics.metric_value where metric_id = 'scan_records_n' and breakdown = 'all'"
    assert ask(f"select state, count(*), min(value) {scanned} group by state order by state") == [
        ("not_available", 16, None),
        ("ok_low", 345, 1.0),
    ]
    tunbridge_wells = f"select state, value, reason_codes {scanned} and locality_code = 'E07000116'"
    assert ask(tunbridge_wells) == [("not_available", None, ["scan_found_none"])]


def test_the_county_is_not_pushed_down_to_its_districts(ask):
    assert ask("select count(*) from core.fct_practice_study where locality_code = 'E10000003'") == [(1,)]
    districts = "('E07000008', 'E07000009', 'E07000010', 'E07000011', 'E07000012')"
    records = f"metrics.metric_value where metric_id = 'prac_records_n' and locality_code in {districts}"
    assert ask(f"select distinct state from {records}") == [("not_searched",)]


def test_what_is_on_record_holds_the_awards_of_spring_2020(ask):
    """Of Lambeth nothing else is on record; everywhere the summary adds what it has to the award rows."""
    on_record = "metric_id = 'fun_total_gbp_all' and period_start < date '2020-03-17'"
    assert ask(
        f"select value from metrics.metric_value join core.dim_locality using (locality_code) "
        f"where {on_record} and locality_name = 'Lambeth'"
    ) == [(234_120,)]
    assert ask(
        """select count(*) from metrics.metric_value as part left join metrics.metric_value as whole
        on part.metric_id = whole.metric_id and part.locality_code = whole.locality_code
        and whole.breakdown = part.breakdown and whole.period_start < date '2020-03-17'
        where part.metric_id in ('fun_total_gbp', 'fun_total_gbp_all', 'fun_n', 'fun_n_all')
        and part.value > coalesce(whole.value, 0)"""
    ) == [(0,)]
    ((parts, whole),) = ask(
        f"select sum(value) filter (locality_code <> 'K02000001'), sum(value) filter (locality_code = 'K02000001') "
        f"from metrics.metric_value where {on_record}"
    )
    ((rows,),) = ask("select sum(amount_gbp) from metrics.award_counted where window_id = 'on_record'")
    ((summary,),) = ask("select sum(total_gbp) from core.fct_award_summary")
    assert (parts, whole) == (pytest.approx(rows + summary), pytest.approx(rows + summary))


def test_the_awards_on_record_are_all_there(ask):
    assert ask("select count(*) from core.fct_award where award_set = 'place_funds'") == [(776,)]
    assert ask("select count(*) from core.fct_award where award_set = 'covid_2020_reference'") == [(48,)]
    assert dict(
        ask("select list_coverage, count(*) from core.fct_award where list_coverage is not null group by all")
    ) == {
        "complete": 518,
        "partial": 258,
    }
    assert ask("select count(*) from core.fct_award where is_amount_ceiling") == [(284,)]


def test_every_check_held(ask):
    assert ask("select count(*) from meta.check_result where not is_passed") == [(0,)]
    assert ask("select count(*) > 40 from meta.check_result") == [(True,)]


def test_a_build_of_the_same_input_publishes_nothing(default_home, cpower):
    before = current(default_home).id
    done = cpower(default_home.root, "build", "--json")
    assert done.returncode == 0, done.stderr
    outcome = json.loads(done.stdout)
    assert (outcome["edition_id"], outcome["is_new"]) == (before, False)
    assert outcome["counts"]["localities"] == 361


@pytest.mark.long
def test_a_killed_build_leaves_the_edition_and_the_next_one_gives_the_same_bytes(default_home, edition):
    before = {path.name: sha256(path) for path in edition.path.glob("[pc]*/*")}
    assert len(before) > 80
    for seconds in (5, 10):
        started = subprocess.Popen(
            [sys.executable, "-m", "orchestration.cli", "build", "--force"],
            env=os.environ | {"CPOWER_HOME": str(default_home.root)},
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        time.sleep(seconds)
        started.send_signal(signal.SIGKILL)
        started.wait()
        now = current(default_home)
        assert verify(now.path) == []
        assert now.id >= edition.id
    outcome = run_build(default_home, force=True)
    assert outcome.is_new
    assert outcome.edition.id > edition.id
    assert not list(default_home.published.glob(".part-*"))
    assert all(verify(standing.path) == [] for standing in editions(default_home))
    after = {path.name: sha256(path) for path in outcome.edition.path.glob("[pc]*/*")}
    assert after == before


@pytest.fixture
def reference(tmp_path, monkeypatch):
    """A copy of the reference records that a test may spoil."""
    copy = tmp_path / "reference"
    subprocess.run(["cp", "-r", str(landing.REFERENCE), str(copy)], check=True)
    monkeypatch.setattr(landing, "REFERENCE", copy)
    monkeypatch.setattr(landing, "PROJECT", tmp_path)
    return copy


def test_a_wrong_practice_fails_the_build_with_file_line_and_reason(default_home, reference):
    path = reference / "practices" / "gwynedd.yaml"
    path.write_text(path.read_text("utf-8").replace("geo_precision: lad", "geo_precision: village", 1), "utf-8")
    job = build_defs(warehouse=WarehouseResource(home=str(default_home.root))).resolve_job_def("build")
    # The steps that do not need the record would only take time.
    result = job.execute_in_process(
        asset_selection=[dg.AssetKey(["staging", "reference__practice"])],
        instance=dg.DagsterInstance.ephemeral(),
        raise_on_error=False,
    )
    with pytest.raises(CommunityPowerError, match=r"practices/gwynedd\.yaml:\d+: .*geo_precision") as told:
        raise why_failed(result.all_events).to_error()
    assert told.value.exit_code == BadRecord.exit_code


@pytest.fixture
def staged(reference, tmp_path):
    """Return a function that makes tables of the reference records as they are, with what was quarantined."""

    def made(*names):
        warehouse = Warehouse(Home(tmp_path / "home").prepare())
        wanted = {*names, "meta.quarantine", "meta.intake"}
        chosen = [recipe for made in recipes().values() for recipe in made if wanted.issuperset(recipe.names)]
        assert dg.materialize([step("chosen", chosen, [])], resources={"warehouse": warehouse}).success
        return warehouse.tables

    return made


def test_a_wrong_figure_is_quarantined_and_the_rest_goes_on(reference, staged):
    path = reference / "survey_figures.csv"
    text = path.read_text("utf-8")
    path.write_text(text.replace(",S12000005,2022,81.8,76.4,87.3,", ",S12000005,2022,818,76.4,87.3,", 1), "utf-8")
    tables = staged("staging.reference__survey_figure")
    ((table, rule, content),) = tables.read("meta.quarantine").select("table_name", "rule", "content").rows()
    assert table == "staging.reference__survey_figure"
    assert "value_pct" in rule
    assert json.loads(content)["area_code"] == "S12000005"
    assert tables.read("staging.reference__survey_figure").height == 178 + 1300


def test_a_wrong_file_of_the_scan_is_quarantined_and_the_rest_goes_on(reference, staged):
    scan = reference / "practices" / "scan"
    (scan / "E06000001.yaml").write_text("[", "utf-8")
    text = (scan / "E06000002.yaml").read_text("utf-8")
    (scan / "E06000002.yaml").write_text(text.replace("confidence: ", "confidence: very ", 1), "utf-8")
    tables = staged("staging.reference__scan_practice", "staging.reference__scan_partner")
    refused = tables.read("meta.quarantine").sort("source_row").select("source_row", "rule").rows()
    assert [line for line, _ in refused] == [2, text[: text.index("  - id")].count("\n") + 1]
    assert [rule.split(":")[0] for _, rule in refused] == ["not YAML", "confidence"]
    kept = tables.read("staging.reference__scan_practice")
    assert kept.height == 1074 - 4 - 1
    assert kept["file_sha256"].n_unique() == 359


@pytest.mark.long
def test_a_check_that_does_not_hold_stops_the_edition(default_home, reference):
    path = reference / "population.csv"
    lines = path.read_text("utf-8").splitlines(keepends=True)
    path.write_text("".join(line for line in lines if not line.startswith("W06000002")), "utf-8")
    before = current(default_home).id
    with pytest.raises(CommunityPowerError, match="These checks failed:"):
        run_build(default_home)
    assert current(default_home).id == before


def test_the_command_line_explains_itself_and_its_refusals(default_home, cpower, tmp_path):
    assert "Exit codes" in cpower(default_home.root, "--help").stdout
    wrong = cpower(default_home.root, "explain", "prac_record_n", "Sheffield")
    assert wrong.returncode == 2
    assert "prac_records_n" in wrong.stderr
    page = tmp_path / "page.csv"
    page.write_text("<!DOCTYPE html><title>Sign in</title>")
    refused = cpower(default_home.root, "land", "iod2025", str(page))
    assert refused.returncode == 3
    assert "expected" in refused.stderr
    assert "an HTML page" in refused.stderr
    assert cpower(default_home.root, "land", "iod2052", str(page)).returncode == 2
    foreign = cpower(tmp_path, "status")
    assert foreign.returncode == 4
    assert "not a home of Community Power" in foreign.stderr
    for answer in (wrong, refused, foreign):
        assert "Traceback" not in answer.stderr


def test_explain_gives_the_statistics_of_a_value_and_the_localities_that_it_was_compared_with(
    default_home, cpower, ask
):
    found = json.loads(cpower(default_home.root, "explain", "--json", "coh_influence_pct", "North Ayrshire").stdout)
    where = (
        "metric_id = 'coh_influence_pct' and locality_code = 'S12000021' "
        f"and period_start || '/' || period_end = '{found['explained']}'"
    )
    names = "group_n, shrunk_value, group_difference, rank_lo, rank_hi, ranked_n, p_topfifth"
    assert [tuple(found["statistics"]["columns"][name] for name in names.split(", "))] == ask(
        f"select {names} from metrics.value_statistic where {where}"
    )
    compared = found["statistics"]["compared"]
    assert compared["total"] == found["statistics"]["columns"]["group_n"] > len(compared["rows"]) > 0
    text = cpower(default_home.root, "explain", "coh_influence_pct", "North Ayrshire").stdout
    assert "Statistics of the value" in text
    assert "95 % confidence set for the rank of this locality alone" in " ".join(text.split())
    assert all(row["locality_code"] in text for row in compared["rows"])


def test_status_and_editions_say_where_things_stand(default_home, cpower):
    report = json.loads(cpower(default_home.root, "status", "--json").stdout)
    assert report["edition"] == current(default_home).id
    assert report["is_up_to_date"] is True
    assert {source["state"] for source in report["sources"]} == {"reference", "never"}
    listed = json.loads(cpower(default_home.root, "editions", "--json").stdout)
    assert next(edition["is_current"] for edition in listed) is True


def test_an_empty_home_has_no_edition_and_says_what_to_do(tmp_path, cpower):
    home = Home(tmp_path / "home").prepare()
    assert find_current(home) is None
    answer = cpower(home.root, "query", "select 1")
    assert answer.returncode == 1
    assert "cpower build" in answer.stderr
