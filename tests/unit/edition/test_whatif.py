"""What if: another rule for the composite of a made-up edition, beside the published one and never in its place."""

import contextlib
import json
import shutil

import numpy as np
import polars as pl
import pytest

from assets.uncertainty import conditions, whatif
from assets.uncertainty.whatif import Wish, read_wish, what_if, wish_of
from tests import populations
from tests.unit.edition.conftest import publish_few
from warehouse import catalogue, edition
from warehouse.errors import BadRecord, CommunityPowerError
from warehouse.home import Home
from warehouse.query import connect
from warehouse.store import Warehouse

INPUT = "Input should"
COMPOSITE = (whatif.INPUT, whatif.AWARDS, whatif.PUBLISHED)


@pytest.fixture(scope="module")
def published(filled, tmp_path_factory):
    """A home with an edition of a made-up nation, its composite switched off."""
    root = tmp_path_factory.mktemp("whatif") / "var"
    shutil.copytree(filled, root)
    warehouse = Warehouse(Home(root))
    rows, awards = populations.composite(np.random.default_rng(3), gap=6)
    for name, made in zip(COMPOSITE, (rows, awards, populations.frame(whatif.PUBLISHED, [])), strict=True):
        warehouse.tables.replace(catalogue.tables()[name], made)
    with pytest.MonkeyPatch.context() as patch:
        publish_few(patch, *COMPOSITE)
        return warehouse.home, edition.publish(warehouse).edition


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """Draw little: these tests look at what is done with the answer."""
    real = conditions.conditions
    monkeypatch.setattr(
        conditions,
        "conditions",
        lambda source, rules, **given: real(source, rules, draws=100, runs=min(given.get("runs", 16), 16)),
    )


def place(code, nation, rank=None, low=None, high=None, **more):
    """Return a made-up row of the composite; without a rank it is withheld."""
    state = "withheld" if rank is None else "ok"
    row = {"locality_code": code, "nation": nation, "title": "made up", "state": state, "rank_median": rank}
    return row | {"rank_lo": low, "rank_hi": high, "imputed_n": 0} | more


def test_another_weighting_gives_other_scores_beside_the_published_ones(published):
    home, current = published
    before = {path: path.stat().st_mtime_ns for path in current.path.rglob("*")}
    answer = what_if(home, current, Wish(weights={"voice": 3}))
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
    answer = what_if(*published, Wish())
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
    wish = Wish(location={"split": "recipient"})
    first = what_if(*published, wish)
    content = {path.name: path.read_bytes() for path in first.path.iterdir()}
    again = what_if(*published, wish)
    assert again.path == first.path
    assert {path.name: path.read_bytes() for path in again.path.iterdir()} == content
    assert what_if(*published, Wish(location={"unallocated": "pro_rata"})).path != first.path


def test_the_folder_of_an_answer_holds_its_tables_and_nothing_else(published):
    answer = what_if(*published, Wish(weights={"voice": 2}))
    (answer.path / "left_over.parquet").touch()
    assert what_if(*published, Wish(weights={"voice": 2})).path == answer.path
    tables = ("beside_published", "composite", "composite_diagnostic", "composite_gate", "composite_sensitivity")
    files = {f"{name}.parquet" for name in (*tables, "uncertainty_draw")}
    assert {path.name for path in answer.path.iterdir()} == files | {"rules.json"}
    rules = json.dumps(answer.wish.model_dump(), indent=2, sort_keys=True) + "\n"
    assert (answer.path / "rules.json").read_text("utf-8") == rules


def test_every_locality_that_is_tried_is_beside_what_was_published():
    tried = populations.frame(conditions.RESULT, [place("B", "Wales", 2), place("A", "England", 1)])
    shown = populations.frame(conditions.RESULT, [place("A", "England", 5), place("C", "England", 3)])
    beside = whatif._beside(tried, shown)
    assert beside.columns == ["locality_code", "nation", *whatif.SHOWN, *(f"{name}_published" for name in whatif.SHOWN)]
    rows = beside.select("locality_code", "nation", "rank_median", "rank_median_published", "state_published").rows()
    assert rows == [("B", "Wales", 2, None, None), ("A", "England", 1, 5, "ok")]


def test_each_nation_is_summed_up_by_itself():
    tried = [place("A", "England", 1, 1, 3, imputed_n=1), place("B", "England", 3, 2, 3, imputed_n=2)]
    tried += [place("C", "England"), place("D", "Wales")]
    before = [place("A", "England", 2), place("B", "England", 3), place("C", "England"), place("D", "Wales", 1)]
    gates = [
        {"nation": nation, "gate": gate, "statement": "made up", "found": f"{nation} {gate}", "is_open": is_open}
        for nation, gate, is_open in (
            ("England", "G1", True),
            ("England", "G2", False),
            ("Wales", "G1", False),
            ("Wales", "G2", None),
            ("Wales", "G3", False),
        )
    ]
    tables = ((conditions.RESULT, tried), (conditions.GATE, gates), (conditions.RESULT, before))
    assert whatif._nations(*(populations.frame(*table) for table in tables)) == [
        {
            "nation": "England",
            "localities": 3,
            "shown": 2,
            "imputed": 3,
            "median_interval": 2.5,
            "closed_gates": ["G2: England G2"],
            "published_shown": 2,
            "mean_shift_of_rank": 0.5,
        },
        {
            "nation": "Wales",
            "localities": 1,
            "shown": 0,
            "imputed": 0,
            "median_interval": None,
            "closed_gates": ["G1: Wales G1", "G3: Wales G3"],
            "published_shown": 1,
            "mean_shift_of_rank": None,
        },
    ]


def test_nations_are_summed_up_in_their_order():
    tried = populations.frame(conditions.RESULT, [place(nation[:2], nation) for nation in conditions.NATIONS])
    gates = populations.frame(conditions.GATE, [])
    assert [row["nation"] for row in whatif._nations(tried, gates, tried)] == list(conditions.NATIONS)


def test_a_release_is_held_against_the_input_of_the_edition(published, monkeypatch):
    home, current = published
    with contextlib.closing(connect(current.path)) as database:
        (input_hash,) = database.sql("select input_hash from meta.build").fetchall()[0]
    for released, closed in ((input_hash, ["G4"]), ("another", [])):
        release = catalogue.Release(version=catalogue.composite().version, input_hash=released, bands={})
        framework = catalogue.composite().model_copy(update={"released": release})
        monkeypatch.setattr(conditions, "composite", lambda framework=framework: framework)
        (nation,) = what_if(home, current, Wish()).nations
        assert [gate[:2] for gate in nation["closed_gates"]] == closed


def test_made_up_values_are_counted_where_they_are_asked_for(published):
    (nation,) = what_if(*published, Wish(missing="median")).nations
    assert nation["imputed"] == 6
    (complete,) = what_if(*published, Wish(missing="complete")).nations
    assert complete["shown"] == 74


def test_of_a_place_with_one_indicator_of_a_pillar_there_is_a_score(published):
    """Where any indicator will do, none is left out that a place cannot spare."""
    (nation,) = what_if(*published, Wish(missing="present")).nations
    assert (nation["shown"], nation["mean_shift_of_rank"] < 80) == (80, True)


def test_an_edition_from_before_the_composite_says_what_to_do(warehouse, before):
    with pytest.raises(CommunityPowerError, match="run cpower build"):
        what_if(warehouse.home, before, Wish())


def test_the_gates_stand(published):
    (nation,) = what_if(*published, Wish(weights={"resource": 0, "social": 0}, missing="complete")).nations
    assert nation["closed_gates"] == []
    # One indicator of three lacks in six places only, so that the first gate is open; with a narrower screen it is not.
    home, current = published
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(conditions, "ENTERED_SHARE", 0.95)
        (closed,) = what_if(home, current, Wish(missing="complete")).nations
    assert closed["shown"] == 0
    assert closed["median_interval"] is closed["mean_shift_of_rank"] is None
    assert closed["closed_gates"][0].startswith("G1: 74 of 80")


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("weights: {voices: 1}", 1, "no pillar is called 'voices'; there are voice, resource, social"),
        (
            "missing: present\nweights:\n  voice: -1\n",
            3,
            f"weights.voice: {INPUT} be greater than or equal to 0, not -1",
        ),
        ("weights: {voice: 0, resource: 0, social: 0}", 1, "every weight is nought; one at least must be more"),
        ("weights:\n  voice: 1\n  social: .nan\n", 3, f"weights.social: {INPUT} be a finite number, not nan"),
        ("weights: {voice: .inf}", 1, f"weights.voice: {INPUT} be a finite number, not inf"),
        ("weights: {voice: much}", 1, f"weights.voice: {INPUT} be a valid number, not 'much'"),
        ("weights: {voice: true}", 1, f"weights.voice: {INPUT} be a valid number, not True"),
        ("weights: {voice: }", 1, f"weights.voice: {INPUT} be a valid number, not None"),
        ("weights: 3", 1, f"weights: {INPUT} be a valid dictionary, not 3"),
        ("missing: guess", 1, f"missing: {INPUT} be 'two_thirds', 'complete', 'present' or 'median', not 'guess'"),
        ("location: {split: here}", 1, f"location.split: {INPUT} be 'population', 'equal' or 'recipient', not 'here'"),
        ("weight: {voice: 1}", 1, "weight: Extra inputs are not permitted"),
        ("weights:\n  voice: [1\n", 3, "not YAML: did not find expected ',' or ']'"),
        ("- voice", 1, f"{INPUT} be a valid dictionary or instance of Wish"),
        ("voice", 1, f"{INPUT} be a valid dictionary or instance of Wish"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_with_file_line_and_reason(tmp_path, text, line, reason):
    file = tmp_path / "wish.yaml"
    file.write_text(text)
    with pytest.raises(BadRecord) as refused:
        read_wish(file)
    assert (refused.value.file, refused.value.line, refused.value.reason) == (str(file), line, reason)


@pytest.mark.parametrize(
    ("content", "reason"), [(b"\xff\xfe\x00", "no text in UTF-8"), (b"voice: \x01", "not YAML: unacceptable character")]
)
def test_a_wish_that_is_no_text_is_refused(tmp_path, content, reason):
    file = tmp_path / "wish.yaml"
    file.write_bytes(content)
    with pytest.raises(BadRecord) as refused:
        read_wish(file)
    assert (refused.value.file, refused.value.line) == (str(file), 1)
    assert refused.value.reason.startswith(reason)


def test_a_run_s_configuration_is_refused_by_its_own_name():
    with pytest.raises(BadRecord, match=r"the configuration of the run:1: missing: Input should be .*, not 'guess'"):
        wish_of({"missing": "guess"}, "the configuration of the run")


def test_an_empty_wish_is_for_the_published_rules(tmp_path):
    file = tmp_path / "wish.yaml"
    file.write_text("")
    wish = read_wish(file)
    assert wish.weights == {pillar.id: pillar.weight for pillar in catalogue.composite().pillars}
    assert (wish.missing, wish.location.split, wish.location.unallocated) == ("two_thirds", "population", "none")
