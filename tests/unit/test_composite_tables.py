"""The tables of the composite: every column worked out again from the draws, in plain steps."""

import math
from dataclasses import replace

import numpy as np
import polars as pl
import pytest
from polars.testing import assert_frame_equal

from assets import uncertainty
from assets.uncertainty.composite import calculation, simulation, sobol
from assets.uncertainty.composite import gates as conditions
from assets.uncertainty.composite.gates import DIAGNOSTIC, DRAWN, GATE, RESULT, SENSITIVITY, TREATED
from assets.uncertainty.ranks import label
from tests.support import synthetic_data
from warehouse import catalogue
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

DRAWS, RUNS = 120, 16
VERSION = catalogue.composite().version
RULES = conditions.published_rules()
FAR, LACKING = "E06990001", "E06990011"
FOLLOWING, OTHER = "dep_extent", "pop_total"
TITLE = f"Community power conditions (experimental), England: 1% of localities withheld; mostly measures {FOLLOWING}"


@pytest.fixture(scope="module")
def source():
    """A made-up nation: one place without voice, one far beyond the rest, two indicators that are one, two opposed.

    From outside come a figure that follows an indicator, one that follows nothing, and one that is the same everywhere.
    """
    rows, awards = synthetic_data.composite(np.random.default_rng(7), gap=4, spread=1.6)
    influence, volunteers = (
        pl.col("value").filter(pl.col("metric_id") == metric).first().over("locality_code")
        for metric in ("coh_influence_pct", "coh_volunteer_any_pct")
    )
    for metric, value in (("coh_volunteer_past_year_pct", volunteers), ("coh_belong_pct", 100 - influence)):
        is_own = (pl.col("metric_id") == metric) & pl.col("value").is_not_null()
        rows = rows.with_columns(value=pl.when(is_own).then(value).otherwise(pl.col("value")))
    is_voice = (pl.col("pillar_id") == "voice") & (pl.col("locality_code") == LACKING)
    is_far = (pl.col("metric_id") == "soc_charities_rate") & (pl.col("locality_code") == FAR)
    is_oldest = (pl.col("metric_id") == "coh_trust_pct") & (pl.col("locality_code") == "E06990040")
    age = pl.when(is_voice).then(5_000).when(is_oldest).then(300).otherwise(200).cast(pl.Int64)
    value = pl.when(is_far).then(pl.lit(500.0)).when(~is_voice).then(pl.col("value"))
    rows = rows.with_columns(value=value, staleness_days=age)
    trust = rows.filter(pl.col("metric_id") == "coh_trust_pct").sort("locality_code")
    outside = [
        {"nation": "England", "locality_code": code, "metric_id": metric, "role": "external", "is_logged": False}
        | {"comparable_group": "made up", "direction": "none", "value": value, "is_small_population": False}
        | {"staleness_days": 9_000}
        for number, (code, percent) in enumerate(trust.select("locality_code", "value").iter_rows())
        for metric, value in ((FOLLOWING, percent), (OTHER, float(number**2 % 7)), ("made_up_constant", 1.0))
    ]
    return conditions.CompositeInput(
        pl.concat([rows, synthetic_data.frame("metrics.composite_input", outside)]), awards, "made up"
    )


@pytest.fixture(scope="module")
def whole(source):
    pillars = [pillar.id for pillar in catalogue.composite().pillars]
    return calculation.panel("England", source.rows, source.awards, RULES, pillars)


@pytest.fixture(scope="module")
def model(whole):
    return simulation.model(whole.only(np.array([place != LACKING for place in whole.places])), RULES, draws=DRAWS)


@pytest.fixture(scope="module")
def runs(model):
    return {layer: simulation.draw(model, layer, draws=DRAWS) for layer in ("combined", "data", "method")}


@pytest.fixture(scope="module")
def found(source):
    return conditions.conditions(source, RULES, draws=DRAWS, runs=RUNS)


def quantile(draws, share):
    """Return the least value that so large a share of the draws do not go beyond."""
    return sorted(draws)[math.ceil(share * len(draws) - 1e-9) - 1]


def ranked(scores):
    """Return ranks, the highest score 1: one more than there are higher ones."""
    return np.array([[1 + sum(other > own for other in draw) for own in draw] for draw in scores])


def test_what_is_shown_of_a_place_is_read_off_its_draws(found, model, runs, whole):
    scores = {layer: model.scores(levels, DRAWS) for layer, levels in runs.items()}
    ranks = {layer: ranked(of) for layer, of in scores.items()}
    places = model.panel.places
    shown = {row["locality_code"]: row for row in found[RESULT].iter_rows(named=True)}
    assert list(shown) == list(whole.places)
    for number, place in enumerate(places):
        row = shown[place]
        own = {layer: of[:, number].tolist() for layer, of in ranks.items()}
        top = (sum(rank <= 16 for rank in own["combined"]) + 1) / (DRAWS + 79 / 16)
        bottom = (sum(rank > 79 - 16 for rank in own["combined"]) + 1) / (DRAWS + 79 / 16)
        low, high = (quantile(own["combined"], share) for share in (0.05, 0.95))
        present = int(whole.present[whole.places.index(place)].sum())
        bounds = ("cpc_lo", "cpc_hi")
        assert (row["cpc_lo"] is None) == (row["cpc_hi"] is None) == (present == 8)
        assert {name: value for name, value in row.items() if name not in bounds} == {
            "locality_code": place,
            "nation": "England",
            "title": TITLE,
            "state": "ok",
            "reason_codes": [],
            "state_reason": None,
            "cpc_score": quantile(scores["combined"][:, number], 0.5),
            "cpc_score_q5": quantile(scores["combined"][:, number], 0.05),
            "cpc_score_q95": quantile(scores["combined"][:, number], 0.95),
            "rank_median": quantile(own["combined"], 0.5),
            "rank_lo": low,
            "rank_hi": high,
            "rank_lo_data": quantile(own["data"], 0.05),
            "rank_hi_data": quantile(own["data"], 0.95),
            "rank_lo_method": quantile(own["method"], 0.05),
            "rank_hi_method": quantile(own["method"], 0.95),
            "n": 79,
            "label": label(low, high, 79),
            "p_topfifth": pytest.approx(top),
            "p_botfifth": pytest.approx(bottom),
            "band": "top fifth" if top >= 0.9 else "bottom fifth" if bottom >= 0.9 else None,
            "indicators_n": 8,
            "indicators_present_n": present,
            "imputed_n": 0,
            "draws_n": DRAWS,
            "seed": simulation.SEED,
            "method_version": VERSION,
        }
    assert {row["band"] for row in shown.values()} == {"top fifth", "bottom fifth", None}


def test_a_place_that_is_not_shown_says_why_and_what_it_has(found, whole):
    row = found[RESULT].filter(pl.col("locality_code") == LACKING).row(0, named=True)
    known = {name: value for name, value in row.items() if value is not None and name not in ("cpc_lo", "cpc_hi")}
    assert known == {
        "locality_code": LACKING,
        "nation": "England",
        "title": TITLE,
        "state": "withheld",
        "reason_codes": ["screen_indicators|0|5|voice"],
        "state_reason": "the screen (G1): 0 of 5 indicators of the pillar voice",
        "indicators_n": 8,
        "indicators_present_n": 3,
        "imputed_n": 0,
        "method_version": VERSION,
    }
    enters = np.array([place != LACKING for place in whole.places])
    ends = calculation.bounds(whole, enters)[whole.places.index(LACKING)]
    assert [row["cpc_lo"], row["cpc_hi"]] == ends.tolist()


def test_every_gate_says_what_was_found(found, runs, model):
    ranks = ranked(model.scores(runs["combined"], DRAWS))
    widths = sorted(quantile(own, 0.95) - quantile(own, 0.05) + 1 for own in ranks.T)
    banded = found[RESULT]["band"].drop_nulls().len()
    assert found[GATE].columns == ["nation", "gate", "statement", "found", "is_open"]
    assert found[GATE].rows() == [
        ("England", gate, conditions.STATEMENTS[gate], said, True)
        for gate, said in (
            ("G1", "79 of 80 localities (99%) pass the screen"),
            ("G2", f"it spans {widths[39]:.0f} of 79"),
            ("G3", "the oldest is coh_trust_pct, 0.8 years"),
            ("G4", "no composite has been released yet"),
            ("G5", "0 of 79 ranks are bare"),
            ("G6", f"{banded} bands are named, 0 of them with a smaller probability"),
            ("G7", TITLE),
        )
    ]


def test_where_gates_are_closed_every_place_says_which(source):
    few = (pl.col("pillar_id") == "voice") & (pl.col("locality_code") < "E06990020")
    rows = source.rows.with_columns(
        value=pl.when(~few.fill_null(False)).then(pl.col("value")),
        staleness_days=pl.when(pl.col("role") == "indicator").then(pl.col("staleness_days") + 2_000),
    )
    closed = conditions.conditions(
        conditions.CompositeInput(rows, source.awards, "made up"), RULES, draws=DRAWS, runs=RUNS
    )
    title = "Community power conditions (experimental), England: 100% of localities withheld"
    narrow, old = "60 of 80 localities (75%) pass the screen", "the oldest is coh_trust_pct, 6.3 years"
    assert closed[GATE].select("gate", "found", "is_open").rows() == [
        ("G1", narrow, False),
        ("G2", "not evaluated: another gate is closed", None),
        ("G3", old, False),
        ("G4", "not evaluated: another gate is closed", None),
        ("G5", "0 of 0 ranks are bare", True),
        ("G6", "0 bands are named, 0 of them with a smaller probability", True),
        ("G7", title, True),
    ]
    reason = f"gate G1 is closed ({conditions.STATEMENTS['G1']}): {narrow}; "
    reason += f"gate G3 is closed ({conditions.STATEMENTS['G3']}): {old}"
    said = closed[RESULT].select("title", "state", "state_reason", "cpc_lo").unique().rows()
    assert said == [(title, "withheld", reason, None)]
    assert [name for name, rows in closed.items() if rows.is_empty()] == [DIAGNOSTIC, TREATED, SENSITIVITY, DRAWN]


def test_a_third_of_the_places_is_narrow_enough():
    for width, is_open in ((3, True), (4, False)):
        ranks = np.tile(np.arange(1, 10), (4, 1))
        ranks[2:] += width - 1
        gate = conditions._narrow_enough(conditions.LayerDraws({}, ranks.astype(float), ranks))
        assert gate == conditions.Gate("G2", f"it spans {width} of 9", is_open)


@pytest.fixture(scope="module")
def ten(whole):
    """Ten places that rank one after the other in every draw, so that each fifth has two."""
    ranks = np.tile(np.arange(1, 11), (3, 1))
    return simulation.model(whole.only(np.arange(20, 30)), RULES, draws=2), conditions.LayerDraws(
        {}, -1.0 * ranks, ranks
    )


@pytest.mark.parametrize(
    ("bands", "moved", "is_open"),
    [
        ((1, 1, 2, 2, 3, 3, 4, 4, 5, 5), 0, True),
        ((2, 2, 1, 3, 2, 4, 3, 5, 4, 4), 0, True),
        ((3, 1, 2, 2, 3, 3, 4, 4, 5, 5), 1, True),
        ((1, 1, 2, 2, 3, 3, 4, 4, 5, None), 1, True),
        ((3, 1, 2, 2, 3, 3, 4, 4, 5, 3), 2, False),
    ],
)
def test_bands_are_held_against_those_of_the_release(ten, source, bands, moved, is_open):
    model, layer = ten
    before = {place: band for place, band in zip(model.panel.places, bands, strict=True) if band}

    def gate(*, rules=RULES, version=VERSION, input_hash=source.input_hash):
        release = catalogue.ReleasedBands(version=version, input_hash=input_hash, bands=before)
        framework = catalogue.composite().model_copy(update={"released": release})
        return conditions._bands_are_stable(model, layer, framework, rules, source)

    share = f"{moved} of 10 move by more than one band ({moved / 10:.0%})"
    assert gate() == conditions.Gate("G4", share, is_open)
    method = conditions.Gate("G4", "the method is another than that of the release", True)
    assert gate(rules=replace(RULES, split="equal")) == gate(version="another") == method
    assert gate(input_hash="another") == conditions.Gate("G4", "the input has changed since the release", True)


def test_every_level_that_was_drawn_is_on_record(found, model, runs):
    expected = [
        ("England", layer, draw, factor, level, simulation.SEED)
        for layer, levels in runs.items()
        for factor, drawn in levels.items()
        for draw, level in enumerate(simulation.named(model, factor, drawn), start=1)
    ]
    columns = ["nation", "layer", "draw", "factor", "level", "seed"]
    assert sorted(found[DRAWN].select(columns).rows()) == sorted(expected)


def test_cells_that_are_treated_are_on_record_on_the_scale_on_which_they_are(found, model):
    values = model.panel.values[:, model.panel.metrics.index("soc_charities_rate")]
    columns = ["nation", "metric_id", "locality_code", "value_before", "value_after"]
    assert found[TREATED].select(columns).rows() == [
        ("England", "soc_charities_rate", FAR, 500, sorted(values)[-2]),
    ]


def test_a_factor_that_changes_no_score_is_said_never_to(model):
    layer = conditions._layer(model, "combined", DRAWS)
    rows = [row for row in conditions._sensitivity(model, layer, 2) if row["target"] == conditions.ANY_SCORE]
    assert {row["finding"] for row in rows} == {sobol.EFFECT, sobol.NEVER}
    for row in rows:
        assert row["finding"] == (sobol.EFFECT if row["changed_n"] else sobol.NEVER)


def found_of(index):
    return index.s1, index.s1_conf, index.st, index.st_conf, index.changed


def test_sensitivity_is_that_of_its_outputs(found, model, runs):
    """The runs of the design are scored here one factor after the other, and their ranks counted."""
    names = [factor.name for factor in model.factors]
    sizes = [
        DRAWS if name in ("sampling", "weights") else len(f.levels)
        for name, f in zip(names, model.factors, strict=True)
    ]
    levels = sobol.levels(sobol.design(names, simulation.SEED, RUNS), sizes)
    levels += np.array([name in ("sampling", "weights") for name in names])
    scores = model.scores(dict(zip(names, levels.T, strict=True)), len(levels))
    ranks, published = ranked(scores), ranked(model.scores({}, 1))[0]
    own = ranked(model.scores(runs["combined"], DRAWS))
    widths = [quantile(draws, 0.95) - quantile(draws, 0.05) for draws in own.T]
    disputed = sorted(range(79), key=lambda place: -widths[place])[:10]
    outputs = {conditions.RANK_SHIFT: np.abs(ranks - published).mean(axis=1)}
    outputs |= {model.panel.places[place]: ranks[:, place].astype(float) for place in disputed}
    expected = [
        ("England", target, index.factor, *found_of(index), RUNS, index.finding, simulation.SEED)
        for target, output in outputs.items()
        for index in sobol.indices(names, output, simulation.SEED)
    ]
    for number, name in enumerate(names):
        pairs = [(row, row + 1 + number) for row in range(0, len(levels), len(names) + 2)]
        changed = sum(scores[one].tolist() != scores[other].tolist() for one, other in pairs)
        finding = sobol.EFFECT if changed else sobol.NEVER
        expected.append(
            ("England", conditions.ANY_SCORE, name, None, None, None, None, changed, RUNS, finding, simulation.SEED)
        )
    columns = [
        "nation",
        "target",
        "factor",
        "s1",
        "s1_conf",
        "st",
        "st_conf",
        "changed_n",
        "pairs_n",
        "finding",
        "seed",
    ]
    assert found[SENSITIVITY].select(columns).rows() == expected


def test_diagnostics_are_correlations(found, model, source):
    scores, indicators = calculation.baseline(model.panel, model.panel.values)
    metrics = model.panel.metrics
    known = [dict(zip(model.panel.places, column.tolist(), strict=True)) for column in indicators.T]
    score = dict(zip(model.panel.places, scores.tolist(), strict=True))

    def r(one, other):
        both = [place for place in one if not math.isnan(one[place]) and not math.isnan(other.get(place, math.nan))]
        return np.corrcoef([one[place] for place in both], [other[place] for place in both])[0, 1]

    squares = [r(column, score) ** 2 for column in known]
    pillar = dict(zip(metrics, model.panel.pillar, strict=True))
    expected = []
    for metric, square in zip(metrics, squares, strict=True):
        note = "only indicator of the pillar social" if metric == "soc_charities_rate" else None
        expected.append(("effective_weight", metric, "score", square / sum(squares), note))
    for one, metric in enumerate(metrics):
        for other in range(one + 1, 8):
            both = r(known[one], known[other])
            note = "a duplicate, to be reviewed" if both > 0.92 else "opposed, to be reviewed" if both < 0 else None
            note = note if pillar[metric] == pillar[metrics[other]] else None
            expected.append(("pairwise_r", metric, metrics[other], both, note))
    assert {row[4] for row in expected[8:]} == {"a duplicate, to be reviewed", "opposed, to be reviewed", None}
    for metric, note in ((FOLLOWING, f"mostly measures {FOLLOWING}"), (OTHER, None)):
        outside = source.rows.filter(pl.col("metric_id") == metric).select("locality_code", "value").drop_nulls()
        expected.append(("external_r", "score", metric, r(score, dict(outside.iter_rows())), note))
    expected += [("factor_not_drawn", name, "score", None, why) for name, why in model.idle.items()]
    rows = found[DIAGNOSTIC].select("kind", "subject", "other", "value", "note").rows()
    assert [(*row[:3], row[4]) for row in rows] == [(*row[:3], row[4]) for row in expected]
    assert [row[3] for row in rows] == pytest.approx([row[3] for row in expected])
    assert found[DIAGNOSTIC]["nation"].unique().to_list() == ["England"]


@pytest.mark.parametrize(
    ("one", "other", "r"),
    [
        ([1, 2, 3, np.nan], [3, 2, 1, 9], -1),
        ([1, 2, np.nan, np.nan], [3, 2, 1, 9], np.nan),
        ([1, 1, 1, np.nan], [3, 2, 1, 9], np.nan),
        ([1, 2, 3, np.nan], [3, 3, 3, 9], np.nan),
        ([1, 1, 2, 9], [2, 1, 2, np.nan], 0.5),
    ],
)
def test_a_correlation_needs_three_places_and_something_that_varies(one, other, r):
    assert conditions._correlation(np.array(one), np.array(other)) == pytest.approx(r, nan_ok=True)


def test_ranks_are_not_bare_and_bands_are_probable_and_titles_are_whole():
    def row(**columns):
        return {"rank_median": 1, "rank_lo": 1, "label": "made up", "title": "whole", "band": None} | columns

    def gates(*rows):
        return conditions._result_gates(list(rows), "whole")

    banded = row(band="top fifth", p_topfifth=0.9, p_botfifth=0)
    assert gates(row(), banded, row(rank_median=None, label=None)) == [
        conditions.Gate("G5", "0 of 2 ranks are bare", True),
        conditions.Gate("G6", "1 bands are named, 0 of them with a smaller probability", True),
        conditions.Gate("G7", "whole", True),
    ]
    doubtful = row(band="bottom fifth", p_topfifth=0, p_botfifth=0.89, title="other")
    assert gates(row(label=None), row(rank_lo=None), doubtful) == [
        conditions.Gate("G5", "2 of 3 ranks are bare", False),
        conditions.Gate("G6", "1 bands are named, 1 of them with a smaller probability", False),
        conditions.Gate("G7", "whole", False),
    ]


def test_a_fifth_is_named_from_nine_in_ten():
    found = [conditions._band(*ends) for ends in ((0.9, 0), (0.89, 0.9), (0, 0.89))]
    assert found == ["top fifth", "bottom fifth", None]


def test_the_composite_of_a_warehouse_is_worked_out_from_its_tables(source, tmp_path, monkeypatch):
    build = {
        "run_id": "made up",
        "as_of": synthetic_data.END,
        "input_hash": source.input_hash,
        "code_version": "made up",
    }
    warehouse = Warehouse(Home(tmp_path / "var"))
    for name, rows in (
        ("metrics.composite_input", source.rows),
        ("metrics.composite_award", source.awards),
        ("meta.build", synthetic_data.frame("meta.build", [build])),
    ):
        warehouse.tables.replace(catalogue.tables()[name], rows)
    asked = []
    monkeypatch.setattr(conditions, "conditions", lambda *given: asked.append(given))
    off = uncertainty.composite_of_conditions(warehouse)
    assert {name: rows.height for name, rows in off.items()} == dict.fromkeys(conditions.MADE, 0)
    assert not asked
    uncertainty.composite_of_conditions(Warehouse(warehouse.home, composite=True))
    ((given, rules),) = asked
    assert_frame_equal(given.rows, source.rows, check_row_order=False)
    assert_frame_equal(given.awards, source.awards, check_row_order=False)
    assert (given.input_hash, rules) == (source.input_hash, RULES)


def test_medians_that_are_asked_for_stand_in_before_anything_is_drawn(source, whole):
    rules = replace(RULES, missing="median")
    found = conditions.conditions(source, rules, draws=20, runs=0)[RESULT].drop_nulls("cpc_score")
    entered = whole.only(np.array([place != LACKING for place in whole.places]))
    model = simulation.model(calculation.imputed(entered), rules, draws=20)
    scores = model.scores(simulation.draw(model, "combined", draws=20), 20)
    assert found["locality_code"].to_list() == list(entered.places)
    assert found["cpc_score"].to_list() == [quantile(own, 0.5) for own in scores.T]


def test_every_nation_has_its_rows_in_the_order_of_nations(source):
    rows, awards = synthetic_data.composite(np.random.default_rng(8), nation="Wales", types=("county",))
    both = conditions.CompositeInput(pl.concat([rows, source.rows]), pl.concat([awards, source.awards]), "made up")
    found = conditions.conditions(both, RULES, draws=20, runs=0)
    for name in (RESULT, GATE, DIAGNOSTIC, DRAWN):
        assert found[name]["nation"].unique(maintain_order=True).to_list() == ["England", "Wales"]
