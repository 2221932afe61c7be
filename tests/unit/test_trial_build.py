"""Trial build of a file before it is landed; all figures are synthetic unless noted."""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from click.testing import CliRunner

from assets.landing import trial_build
from assets.landing.ingest_file import judge, land
from assets.landing.shipped_tables import ShippedTables
from assets.landing.trial_build import try_file
from assets.subjects import parsers
from orchestration.cli import main
from tests.support import award_files
from tests.support.fake_services import Puller
from tests.support.sample_files import (
    DATA,
    needs_real_files,
    rebuilt_look_ups,
    rebuilt_ni_look_up,
    rebuilt_nimdm_workbook,
)
from warehouse.catalogue import sources
from warehouse.errors import AnomalousFile, BadRecord, HomeUnavailable, RefusedFile
from warehouse.storage.landing import LandedFile, Landing

NOMIS, GIVING, AWARD = "nomis_population", "threesixtygiving", "staging.threesixtygiving__award"
INTAKE_RULE = ("meta.intake", "rows_in_are_kept_or_quarantined")


@pytest.fixture
def landing(tmp_path):
    return Landing(tmp_path / "landing")


def nomis(*persons, year=2024):
    """Return an answer of Nomis with the persons of Hartlepool, Middlesbrough, and so on."""
    rows = [f"{year},E0600000{n},Place {n},0,200,20100,{value}\n" for n, value in enumerate(persons, start=1)]
    return ("DATE,GEOGRAPHY_CODE,GEOGRAPHY_NAME,GENDER,C_AGE,MEASURES,OBS_VALUE\n" + "".join(rows)).encode()


def cube(indicator="Community Belonging", value=40, places=(5, 6, 8)):
    """Return a cube of the Scottish Household Survey with the answers of some councils."""
    lines = [f"FeatureCode,DateCode,Measurement,Units,Value,{indicator},Age"]
    for answer in ("Very strongly", "Fairly strongly"):
        lines += [f"S120000{n:02},2019,Percent,Percent Of Adults,{value},{answer},All" for n in places]
    return "\n".join(lines).encode()


def grants(*amounts, codes=("W06000015",)):
    """Return an award file with awards of some amounts, each for all of some places."""
    places = [{"geoCode": code} for code in codes]
    numbered = enumerate(amounts, start=1)
    return award_files.grants(
        *({"id": f"360G-{n}", "amountAwarded": amount, "beneficiaryLocation": places} for n, amount in numbered)
    )


def tried(landing, source_id, read):
    """Return what is made of a file of a source of which a parser has read something."""
    file = LandedFile(source_id, "f" * 64, Path("new"), "new", "", "", None, "OGL-UK-3.0", 1, datetime.now(UTC), "")
    return try_file(parsers(), landing, file, read)


def changed(source_id, content, change):
    """Return what a parser reads, each part of it changed."""
    return {name: change(part) for name, part in judge(sources()[source_id], content).items()}


@pytest.mark.usefixtures("rule")
def test_a_file_that_breaks_a_rule_of_the_build_is_refused_whatever_the_user_accepts(landing):
    for accept in (False, True):
        with pytest.raises(RefusedFile) as told:
            land(landing, GIVING, grants(7, 1_000_000), file_name="slip.json", accept=accept)
        assert not isinstance(told.value, AnomalousFile)
        assert "no_million (No award is of a million): 1 row of core.fct_award: source_row 2" in str(told.value)
    assert landing.current(GIVING) == []
    (refusal,) = landing.refusals(GIVING)
    assert "no_million" in refusal.reason


def test_a_pulled_file_is_tried_too(landing):
    address = "https://www.nomisweb.co.uk/api"
    with pytest.raises(RefusedFile, match="sizes_are_plausible"):
        land(landing, NOMIS, nomis(12), file_name="x.csv", address=address, final_address=address, status=200)


@pytest.mark.usefixtures("rule")
def test_only_the_first_rows_of_many_are_named(landing):
    with pytest.raises(RefusedFile) as told:
        land(landing, GIVING, grants(*[1_000_000] * 5), file_name="slip.json")
    assert "5 rows of core.fct_award, the first 3: " in str(told.value)
    assert str(told.value).count("source_row ") == 3


def test_the_rows_that_a_build_uses_are_counted(landing):
    arrival = land(landing, NOMIS, nomis(92_000, 145_000), file_name="new.csv")
    assert arrival.trial.used == {"core.fct_population": 2, "core.fct_population_age": 2}
    assert (arrival.is_unused, arrival.remarks()) == (False, [])
    assert arrival.outcome() == "cpower build publishes an edition with it."


def test_a_file_whose_words_the_catalogue_does_not_know_is_said_to_be_unused(landing):
    arrival = land(landing, "shs_cube", cube("Another statement"), file_name="cube.csv")
    assert arrival.trial.used == {"core.fct_observation": 0}
    assert arrival.is_unused
    assert "no row of it is used in core.fct_observation" in arrival.remarks()[0]
    assert arrival.outcome() == "cpower build publishes an edition that lists the file and has no figures from it."


@needs_real_files
def test_a_file_whose_figures_all_count_by_another_source_is_said_to_be_unused(landing):
    ods = (DATA / "wimd" / "wimd2025_index_and_domain_ranks_by_small_area.ods").read_bytes()
    land(landing, "wimd2025", ods, file_name="wimd.ods")
    read = judge(sources()["wimd2025"], ods)
    found = tried(landing, "statswales_wimd2025", read)
    assert found.used == {"core.fct_deprivation_profile": 0, "core.fct_small_area": 0}


@needs_real_files
def test_an_index_that_waits_for_its_look_up_is_said_to_be_unused_until_then(landing):
    content = rebuilt_nimdm_workbook(with_names=False)
    waiting = land(landing, "nimdm2017", content, file_name="nimdm.xlsx")
    assert (waiting.is_unused, waiting.trial.used["core.fct_small_area"]) == (True, 0)
    look_up = land(landing, "ons_area_lookup", rebuilt_ni_look_up(), file_name="soa.xlsx")
    assert (look_up.is_unused, look_up.trial.used) == (False, {})
    file = replace(waiting.file, sha256="0" * 64)
    again = try_file(parsers(), landing, file, judge(sources()["nimdm2017"], content), [waiting.file])
    assert again.used == {"core.fct_deprivation_profile": 11, "core.fct_small_area": 890}


@needs_real_files
def test_a_list_of_authorities_that_the_project_does_not_know_is_refused(landing):
    rows = "".join(f"E0699990{n},Nowhere {n},\n" for n in range(1, 5))
    with pytest.raises(RefusedFile, match="rows that keep the contract, got none"):
        land(landing, "ons_localities", f"LAD30CD,LAD30NM,LAD30NMW\n{rows}".encode(), file_name="lad.csv")


def test_what_is_broken_without_the_file_is_not_its_fault_and_is_noted(landing):
    landing.keep(sources()["cls2024"], b"not a workbook", file_name="broken.ods")
    arrival = land(landing, "shs_cube", cube(), file_name="cube.csv")
    (blocked,) = arrival.trial.blocked
    assert blocked.table == "staging.cls__observation"
    assert "also broken without this file" in arrival.remarks()[-1]
    assert arrival.outcome() == "cpower build publishes no edition until the broken rules are fixed."
    assert arrival.to_dict()["blocked"]


def test_what_another_pull_replaces_meanwhile_is_not_the_fault_of_the_file(landing, monkeypatch):
    landing.keep(sources()["cls2024"], b"not a workbook", file_name="broken.ods")
    current, asked = landing.current, []

    def replaced_after_it_is_read(source_id):
        files = [] if source_id in asked else current(source_id)
        asked.append(source_id)
        return files

    read = judge(sources()["shs_cube"], cube())
    monkeypatch.setattr(landing, "current", replaced_after_it_is_read)
    trial = tried(landing, "shs_cube", read)
    assert (trial.broken, [item.table for item in trial.blocked]) == ((), ["staging.cls__observation"])


def test_a_wrong_record_of_the_project_is_not_the_fault_of_the_file(landing, monkeypatch):
    def wrong(self, table):
        raise BadRecord("localities.csv", 7, "breaks a rule")

    monkeypatch.setattr("assets.landing.shipped_tables.ShippedTables.path", wrong)
    arrival = land(landing, NOMIS, nomis(92_000), file_name="a.csv")
    assert (arrival.is_new, [item.rule for item in arrival.trial.blocked]) == (True, ["record"])
    assert "localities.csv:7: breaks a rule" in arrival.remarks()[0]


def test_a_file_in_the_place_of_one_that_is_broken_can_be_landed(landing):
    landing.keep(sources()[NOMIS], nomis(12), file_name="slip.csv")
    arrival = land(landing, NOMIS, nomis(92_000), file_name="right.csv")
    assert (arrival.trial.broken, arrival.trial.blocked, arrival.replaced) == ((), (), ("slip.csv",))


def test_a_table_that_would_not_keep_its_contract_is_found(landing):
    def repeated(part):
        return replace(part, kept=pl.concat([part.kept, part.kept]), rows_in=4)

    (broken,) = tried(landing, NOMIS, changed(NOMIS, nomis(92_000, 145_000), repeated)).broken
    assert (broken.table, broken.rule) == ("staging.nomis__population", "contract")
    assert "duplicate key" in broken.to_text()


def test_a_row_that_a_parser_loses_is_found(landing):
    (broken,) = tried(landing, NOMIS, changed(NOMIS, nomis(92_000), lambda part: replace(part, rows_in=2))).broken
    assert (broken.table, broken.rule) == INTAKE_RULE


@pytest.fixture
def rule(tmp_path, monkeypatch):
    """A rule on awards of its own, which one of a million pounds breaks."""
    path = tmp_path / "no_million.sql"
    query = "select source_row from core.fct_award where award_set = 'threesixtygiving' and amount >= 1e6"
    path.write_text(f"-- No award is of a million.\n{query}\n", "utf-8")
    monkeypatch.setattr(trial_build, "rules", lambda: {("core.fct_award", "no_million"): path})


@pytest.mark.usefixtures("rule")
def test_of_a_large_file_the_largest_awards_are_tried(landing, monkeypatch):
    monkeypatch.setattr(trial_build, "MOST_AWARDS", 3)
    arrival = land(landing, GIVING, grants(*range(100, 120)), file_name="a.json")
    assert (arrival.rows[AWARD], arrival.trial.used, arrival.is_unused) == ((20, 0), {}, False)
    with pytest.raises(RefusedFile, match="no_million"):
        land(landing, GIVING, grants(*range(200, 220), 1_000_000), file_name="b.json", accept=True)


def test_without_a_temporary_folder_nothing_is_landed_and_the_user_is_told(landing, monkeypatch, tmp_path):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "gone"))
    with pytest.raises(HomeUnavailable, match="Set TMPDIR to a folder with"):
        land(landing, NOMIS, nomis(92_000), file_name="a.csv")
    assert landing.current(NOMIS) == []


def test_what_ships_with_the_project_is_made_once(landing, monkeypatch):
    def asked(self, table):
        assert self._warehouse.tables.path(table).exists(), f"{table} is made again"

    land(landing, NOMIS, nomis(92_000), file_name="a.csv")
    monkeypatch.setattr("assets.landing.shipped_tables.ShippedTables._make", asked)
    made = ("core.fct_population", "core.fct_population_age")
    assert land(landing, NOMIS, nomis(93_000), file_name="b.csv").trial.used == dict.fromkeys(made, 1)


def test_the_practice_register_is_not_read_to_try_awards(landing, monkeypatch):
    made = []
    make = ShippedTables._make
    monkeypatch.setattr(ShippedTables, "_make", lambda self, table: made.append(table) or make(self, table))
    arrival = land(landing, GIVING, grants(5, codes=["W06000015"]), file_name="a.json")
    assert arrival.trial.used["core.fct_award"] == 1
    assert "staging.reference__locality" in made
    assert not {"staging.reference__practice", "core.dim_locality"} & set(made)


@needs_real_files
def test_a_pull_says_what_a_build_makes_of_what_came(tmp_path, monkeypatch, httpserver):
    puller = Puller(tmp_path, monkeypatch)
    address = httpserver.url_for("/NIMDM17.xlsx")
    content = rebuilt_nimdm_workbook(with_names=False)
    httpserver.expect_request("/NIMDM17.xlsx").respond_with_data(content, content_type="application/octet-stream")
    puller.at("nimdm2017", address)
    pulled = puller.pull("nimdm2017")
    assert pulled.state == "ok"
    (note,) = pulled.notes
    assert "no row of it is used in core.fct_deprivation_profile or core.fct_small_area" in note
    assert pulled.to_dict()["notes"] == [note]
    assert (pulled.is_used, pulled.is_blocked) == (False, False)
    invoked = CliRunner().invoke(main, ["pull", "nimdm2017"], env={"CPOWER_HOME": str(tmp_path / "other")})
    assert "lists the new files and has no figures from them" in invoked.output


@needs_real_files
def test_look_ups_are_tried_with_the_indices_that_they_place(landing):
    for name, content in rebuilt_look_ups().items():
        assert land(landing, "ons_area_lookup", content, file_name=name).trial.broken == ()
