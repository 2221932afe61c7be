"""An edition of two vintages of every source: a file that a publisher issues again stops no build."""

import json

import pytest
from click.testing import CliRunner

from assets.landing.ingest_file import land, landable
from orchestration.build_runner import run_build
from orchestration.cli import main
from tests.support.vintages import REVISED, vintages
from warehouse.catalogue import sources
from warehouse.editions.find import current
from warehouse.query import run
from warehouse.storage.home import Home
from warehouse.storage.landing import LandedFile
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def files(shared):
    """Two files of every source; real ones where there are any that a publisher did, or might, issue again."""
    found = {source_id: vintages(source_id, is_whole=True) for source_id in landable()}
    scotpho = (shared / "data" / "surveys" / "scotpho_shs_2022_council_areas.csv").read_bytes()
    found["scotpho_shs"] = scotpho, scotpho.replace(b",NA,9.1,", b",NA,9.2,", 1)
    cohesion = (shared / "data" / "hard" / name for name in ("j1_sw_ok.csv", "j1b_sw_revised.csv"))
    older, newer = (path.read_bytes() for path in cohesion)
    found["statswales_cohesion"] = older, newer
    return found


@pytest.fixture(scope="module")
def home(files, tmp_path_factory):
    """A home into which both files of every source were landed before it was built, once, from what landing kept."""
    home = Home(tmp_path_factory.mktemp("vintages") / "home").prepare()
    landing = Warehouse(home).landing
    for source_id, contents in files.items():
        for content in contents:
            assert land(landing, source_id, content, file_name=f"{source_id}.csv").is_new
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(LandedFile, "content", property(content_of_the_project))
        run_build(home)
    return home


def content_of_the_project(file):
    """Return the bytes of a reference file; those of a landed file were parsed when it was landed."""
    assert not file.landed_at, f"{file.file_name} is read again"
    return file.path.read_bytes()


@pytest.fixture
def ask(home):
    path = current(home).path
    return lambda sql: run(path, sql)[1]


def test_the_older_file_of_each_source_is_kept_and_the_newer_is_read(home, ask):
    found = ask("select source_id, is_current, count(*) from meta.landed_file where landed_at is not null group by all")
    assert set(found) == {(source_id, is_current, 1) for source_id in landable() for is_current in (True, False)}


def test_of_every_source_of_figures_the_one_that_changed_is_a_revision(ask):
    found = ask("select source_id, column_name, count(*) from meta.revision group by all")
    assert set(found) == {(source_id, column, 1) for source_id, column in REVISED.items()}
    named = "source_id in ('scotpho_shs', 'statswales_cohesion')"
    assert ask(f"select source_id, old_value, new_value from meta.revision where {named} order by source_id") == [
        ("scotpho_shs", 9.1, 9.2),
        ("statswales_cohesion", 60.0, 61.0),
    ]


def test_awards_of_two_vintages_count_once_with_the_newer_amount(ask):
    awards = {source_id for source_id in landable() if sources()[source_id].kind == "awards"}
    found = ask(
        "select source_id, count(*), max(amount_gbp) from core.fct_award where file_sha256 in "
        "(select file_sha256 from meta.landed_file where landed_at is not null) group by source_id"
    )
    assert set(found) == {(source_id, 3, 9000.0) for source_id in awards}


def test_a_file_is_taken_back_under_an_edition_that_goes_on_explaining_it(home):
    def cpower(*arguments):
        result = CliRunner(env={"CPOWER_HOME": str(home.root)}).invoke(main, arguments)
        assert result.exit_code == 0, result.output
        return result.output

    assert json.loads(cpower("status", "--json"))["is_up_to_date"]
    newer = Warehouse(home).landing.current("scotpho_shs")[0]
    before = cpower("explain", "coh_influence_pct", "S12000021")
    assert newer.sha256 in before
    cpower("unland", "scotpho_shs")
    assert not json.loads(cpower("status", "--json"))["is_up_to_date"]
    assert cpower("explain", "coh_influence_pct", "S12000021") == before
