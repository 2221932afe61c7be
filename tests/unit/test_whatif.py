"""Scenarios of the what-if and the comparison with the published composite; needs no edition."""

import pytest

from assets.uncertainty.composite import gates as conditions
from assets.uncertainty.composite import whatif
from assets.uncertainty.composite.whatif import read_scenario, scenario_of
from tests.support import synthetic_data
from warehouse import catalogue
from warehouse.errors import BadRecord, InvalidSetting

INPUT = "Input should"


def place(code, nation, rank=None, low=None, high=None, **more):
    """Return a made-up row of the composite; without a rank it is withheld."""
    state = "withheld" if rank is None else "ok"
    row = {"locality_code": code, "nation": nation, "title": "made up", "state": state, "rank_median": rank}
    return row | {"rank_lo": low, "rank_hi": high, "imputed_n": 0} | more


def test_every_locality_that_is_tried_is_beside_what_was_published():
    tried = synthetic_data.frame(conditions.RESULT, [place("B", "Wales", 2), place("A", "England", 1)])
    shown = synthetic_data.frame(conditions.RESULT, [place("A", "England", 5), place("C", "England", 3)])
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
    assert whatif._nations(*(synthetic_data.frame(*table) for table in tables)) == [
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
    tried = synthetic_data.frame(conditions.RESULT, [place(nation[:2], nation) for nation in conditions.NATIONS])
    gates = synthetic_data.frame(conditions.GATE, [])
    assert [row["nation"] for row in whatif._nations(tried, gates, tried)] == list(conditions.NATIONS)


@pytest.mark.parametrize(
    ("text", "line", "reason"),
    [
        ("weights: {voices: 1}", 1, "unknown pillar 'voices'; use voice, resource, social"),
        (
            "missing: present\nweights:\n  voice: -1\n",
            3,
            f"weights.voice: {INPUT} be greater than or equal to 0, not -1",
        ),
        ("weights: {voice: 0, resource: 0, social: 0}", 1, "all weights are zero; at least one must be above zero"),
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
        ("- voice", 1, f"{INPUT} be a valid dictionary or instance of Scenario"),
        ("voice", 1, f"{INPUT} be a valid dictionary or instance of Scenario"),
    ],
)
def test_an_invalid_scenario_is_refused_with_file_line_and_reason(tmp_path, text, line, reason):
    file = tmp_path / "scenario.yaml"
    file.write_text(text)
    with pytest.raises(BadRecord) as refused:
        read_scenario(file)
    assert (refused.value.file, refused.value.line, refused.value.reason) == (str(file), line, reason)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(b"\xff\xfe\x00", "not text in UTF-8"), (b"voice: \x01", "not YAML: unacceptable character")],
)
def test_a_scenario_that_is_not_text_is_refused(tmp_path, content, reason):
    file = tmp_path / "scenario.yaml"
    file.write_bytes(content)
    with pytest.raises(BadRecord) as refused:
        read_scenario(file)
    assert (refused.value.file, refused.value.line) == (str(file), 1)
    assert refused.value.reason.startswith(reason)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"weights": {"voices": 1}}, "unknown pillar 'voices'; use voice, resource, social"),
        ({"weights": {"voice": -1.0}}, "weights.voice: Input should be greater than or equal to 0, not -1.0"),
    ],
)
def test_a_run_s_configuration_that_cannot_be_used_is_an_invalid_setting(settings, reason):
    with pytest.raises(InvalidSetting) as refused:
        scenario_of(settings)
    assert str(refused.value) == f"The configuration of the run: {reason}."


def test_an_empty_scenario_has_the_published_rules(tmp_path):
    file = tmp_path / "scenario.yaml"
    file.write_text("")
    scenario = read_scenario(file)
    assert scenario.weights == {pillar.id: pillar.weight for pillar in catalogue.composite().pillars}
    assert (scenario.missing, scenario.location.split, scenario.location.unallocated) == (
        "two_thirds",
        "population",
        "none",
    )
