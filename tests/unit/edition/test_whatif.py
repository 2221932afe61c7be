"""What if: another rule for the composite of a made-up edition, beside the published one and never in its place."""

import contextlib
import json
import shutil

import numpy as np
import polars as pl
import pytest

from assets.uncertainty.composite import gates, whatif
from assets.uncertainty.composite.whatif import Scenario, what_if
from tests.support import synthetic_data
from tests.unit.edition.conftest import publish_few
from warehouse import catalogue
from warehouse.editions import publish
from warehouse.query import connect
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long
COMPOSITE = (whatif.INPUT, whatif.AWARDS, whatif.PUBLISHED)


@pytest.fixture(scope="module")
def published(filled, tmp_path_factory):
    """A home with an edition of a synthetic nation, its composite not computed."""
    root = tmp_path_factory.mktemp("whatif") / "var"
    shutil.copytree(filled, root)
    warehouse = Warehouse(Home(root))
    rows, awards = synthetic_data.composite(np.random.default_rng(3), gap=6)
    for name, made in zip(COMPOSITE, (rows, awards, synthetic_data.frame(whatif.PUBLISHED, [])), strict=True):
        warehouse.tables.replace(catalogue.tables()[name], made)
    with pytest.MonkeyPatch.context() as patch:
        publish_few(patch, *COMPOSITE)
        return warehouse.home, publish.publish(warehouse).edition


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Draw little: these tests look at what is done with the answer."""
    real = gates.conditions
    monkeypatch.setattr(
        gates,
        "conditions",
        lambda source, rules, **given: real(source, rules, draws=100, runs=min(given.get("runs", 16), 16)),
    )


def test_another_weighting_gives_other_scores_beside_the_published_ones(published):
    home, current = published
    before = {path: path.stat().st_mtime_ns for path in current.path.rglob("*")}
    answer = what_if(home, current, Scenario(weights={"voice": 3}))
    assert answer.path.parent == home.root / "whatif"
    assert len(answer.path.name) == 16
    assert {path: path.stat().st_mtime_ns for path in current.path.rglob("*")} == before
    rules = json.loads((answer.path / "rules.json").read_text("utf-8"))
    assert rules["weights"] == {"voice": 3, "resource": 1, "social": 1}
    rows = pl.read_parquet(answer.path / "composite.parquet")
    assert rows.columns == [column.name for column in catalogue.tables()["metrics.composite"].columns]
    name = answer.path.name
    assert set(rows["method_version"]) == {f"{catalogue.composite().version}+{name}"}
    assert rows["title"].str.starts_with("What if, not published: ").all()
    beside = pl.read_parquet(answer.path / "beside_published.parquet")
    assert beside["locality_code"].to_list() == rows["locality_code"].to_list()
    assert beside["cpc_score"].to_list() == rows["cpc_score"].to_list()
    assert (beside["rank_lo_published"] <= beside["rank_hi_published"]).all()
    assert beside["cpc_score"].to_list() != beside["cpc_score_published"].to_list()
    (nation,) = answer.nations
    assert (nation["nation"], nation["shown"], nation["published_shown"]) == ("England", 80, 80)
    assert nation["mean_shift_of_rank"] > 0
    assert nation["imputed"] == 0


def test_the_published_rules_move_nothing(published):
    answer = what_if(*published, Scenario())
    rows = pl.read_parquet(answer.path / "composite.parquet")
    widths = sorted(rows["rank_hi"] - rows["rank_lo"] + 1)
    assert answer.to_dict() == {
        "path": str(answer.path),
        "edition_id": published[1].id,
        "rules": {
            "weights": {"voice": 1, "resource": 1, "social": 1},
            "missing": "two_thirds",
            "location": {"split": "population", "unallocated": "none"},
        },
        "nations": [
            {
                "nation": "England",
                "localities": 80,
                "shown": 80,
                "imputed": 0,
                "median_interval": (widths[39] + widths[40]) / 2,
                "closed_gates": [],
                "published_shown": 80,
                "mean_shift_of_rank": 0,
            }
        ],
    }


def test_the_same_question_has_the_same_answer_in_the_same_place(published):
    scenario = Scenario(location={"split": "recipient"})
    first = what_if(*published, scenario)
    content = {path.name: path.read_bytes() for path in first.path.iterdir()}
    again = what_if(*published, scenario)
    assert again.path == first.path
    assert {path.name: path.read_bytes() for path in again.path.iterdir()} == content
    assert what_if(*published, Scenario(location={"unallocated": "pro_rata"})).path != first.path


def test_the_folder_of_an_answer_holds_its_tables_and_nothing_else(published):
    answer = what_if(*published, Scenario(weights={"voice": 2}))
    (answer.path / "left_over.parquet").touch()
    assert what_if(*published, Scenario(weights={"voice": 2})).path == answer.path
    tables = ("beside_published", "composite", "composite_diagnostic", "composite_gate", "composite_sensitivity")
    files = {f"{name}.parquet" for name in (*tables, "uncertainty_draw")}
    assert {path.name for path in answer.path.iterdir()} == files | {"rules.json"}
    rules = json.dumps(answer.scenario.model_dump(), indent=2, sort_keys=True) + "\n"
    assert (answer.path / "rules.json").read_text("utf-8") == rules


def test_a_release_is_held_against_the_input_of_the_edition(published, monkeypatch):
    home, current = published
    with contextlib.closing(connect(current.path)) as database:
        (input_hash,) = database.sql("select input_hash from meta.build").fetchall()[0]
    for released, closed in ((input_hash, ["G4"]), ("another", [])):
        release = catalogue.ReleasedBands(version=catalogue.composite().version, input_hash=released, bands={})
        framework = catalogue.composite().model_copy(update={"released": release})
        monkeypatch.setattr(gates, "composite", lambda framework=framework: framework)
        (nation,) = what_if(home, current, Scenario()).nations
        assert [gate[:2] for gate in nation["closed_gates"]] == closed


def test_made_up_values_are_counted_where_they_are_asked_for(published):
    (nation,) = what_if(*published, Scenario(missing="median")).nations
    assert nation["imputed"] == 6
    (complete,) = what_if(*published, Scenario(missing="complete")).nations
    assert complete["shown"] == 74


def test_of_a_place_with_one_indicator_of_a_pillar_there_is_a_score(published):
    """Where any indicator will do, none is left out that a place cannot spare."""
    (nation,) = what_if(*published, Scenario(missing="present")).nations
    assert (nation["shown"], nation["mean_shift_of_rank"] < 80) == (80, True)


def test_the_gates_stand(published):
    (nation,) = what_if(*published, Scenario(weights={"resource": 0, "social": 0}, missing="complete")).nations
    assert nation["closed_gates"] == []
    # One indicator of three lacks in six places only, so that the first gate is open; with a narrower screen it is not.
    home, current = published
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(gates, "ENTERED_SHARE", 0.95)
        (closed,) = what_if(home, current, Scenario(missing="complete")).nations
    assert closed["shown"] == 0
    assert closed["median_interval"] is closed["mean_shift_of_rank"] is None
    assert closed["closed_gates"][0].startswith("G1: 74 of 80")
