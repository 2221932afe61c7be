"""The composite of conditions with its gates: the tables of an edition, or the reasons why values are withheld.

Off by default. If it is on, every nation has the screen, the simulation and the seven gates of method.md 7.5; if a gate
is closed, the nation's rows are `withheld` with the gate as reason.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any

import numpy as np
import polars as pl

from assets.uncertainty.composite import sobol
from assets.uncertainty.composite.calculation import (
    Booleans,
    Floats,
    Integers,
    Panel,
    Rules,
    baseline,
    bounds,
    imputed,
    panel,
    ranks_of,
    screen,
)
from assets.uncertainty.composite.simulation import DRAWS, LAYERS, SEED, Model, draw, model, named
from assets.uncertainty.ranks import label, probability
from warehouse.catalogue import NATIONS, Composite, composite, tables
from warehouse.catalogue.reason_text import coded, texts
from warehouse.storage.table_store import POLARS_TYPES

RESULT, GATE = "metrics.composite", "metrics.composite_gate"
DIAGNOSTIC, TREATED = "metrics.composite_diagnostic", "metrics.composite_treated"
SENSITIVITY, DRAWN = "metrics.composite_sensitivity", "metrics.uncertainty_draw"
MADE = (RESULT, GATE, DIAGNOSTIC, TREATED, SENSITIVITY, DRAWN)

ENTERED_SHARE, WIDEST, MAX_YEARS, MOVED_SHARE, NAMED_FROM = 0.8, 1 / 3, 5, 0.1, 0.9
DUPLICATE, MOSTLY, MOST_DISPUTED = 0.92, 0.7, 10
ANY_SCORE, RANK_SHIFT = "any score", "mean shift of rank"
STATEMENTS = {
    "G1": "at least 80 % of the localities pass the screen",
    "G2": "the median 90 % interval of a rank spans at most a third of the localities",
    "G3": "every input is at most five years old, and its period complete",
    "G4": "at most 10 % of the localities move by more than one band where no input has changed",
    "G5": "no locality is shown with a bare rank",
    "G6": "a band is named only where its probability is at least 0.9",
    "G7": "the title gives the share that is withheld",
}
NOT_REACHED = "not evaluated: another gate is closed"

Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class CompositeInput:
    """The inputs of the composite: metrics.composite_input, metrics.composite_award, and the hash of their build."""

    rows: pl.DataFrame
    awards: pl.DataFrame
    input_hash: str


@dataclass(frozen=True)
class Gate:
    """One gate of a nation: open, closed, or not evaluated (None)."""

    name: str
    found: str
    is_open: bool | None


@dataclass(frozen=True)
class LayerDraws:
    """The draws of one layer: levels by factor, and scores and ranks, draws x places."""

    runs: Mapping[str, Integers]
    scores: Floats
    ranks: Integers


def quantile(of: Floats | Integers, share: float) -> Any:
    """Return a quantile over the draws for each place; always a drawn value, so that ranks are whole numbers."""
    return np.quantile(of, share, axis=0, method="inverted_cdf")


def published_rules() -> Rules:
    """Return the published rules of the catalogue."""
    framework = composite()
    weights = {pillar.id: pillar.weight for pillar in framework.pillars}
    return Rules(weights, framework.missing, framework.split, framework.unallocated)


def conditions(
    source: CompositeInput, rules: Rules, *, draws: int = DRAWS, runs: int = sobol.RUNS
) -> dict[str, pl.DataFrame]:
    """Return the tables of the composite for all nations, by name; with zero `runs`, no sensitivity."""
    found: dict[str, Rows] = {name: [] for name in MADE}
    present = set(source.rows["nation"])
    for nation in (nation for nation in NATIONS if nation in present):
        for name, rows in of_nation(nation, source, rules, draws=draws, runs=runs).items():
            found[name] += rows
    return {name: _frame(name, rows) for name, rows in found.items()}


def of_nation(nation: str, source: CompositeInput, rules: Rules, *, draws: int, runs: int) -> dict[str, Rows]:
    """Return the rows of each table for one nation."""
    framework = composite()
    whole = panel(nation, source.rows, source.awards, rules, [pillar.id for pillar in framework.pillars])
    own = source.rows.filter(pl.col("nation") == nation)
    entry = screen(whole, rules.missing, frozenset(own.filter("is_small_population")["locality_code"]))
    gates = [_enough_enter(entry.enters), _inputs_are_recent(own, whole)]
    drawn: dict[str, LayerDraws] = {}
    found: dict[str, Rows] = {name: [] for name in MADE}
    made: Model | None = None
    mostly: list[str] = []
    if all(gate.is_open for gate in gates):
        entered = whole.only(entry.enters)
        made = model(imputed(entered) if rules.missing == "median" else entered, rules, draws=draws)
        drawn = {layer: _layer(made, layer, draws) for layer in LAYERS}
        gates += [
            _narrow_enough(drawn["combined"]),
            _bands_are_stable(made, drawn["combined"], framework, rules, source),
        ]
        diagnostics = _diagnostics(made, own)
        mostly = [row["note"] for row in diagnostics if row["kind"] == "external_r" and row["note"]]
        found |= {
            DIAGNOSTIC: diagnostics,
            TREATED: _treated(made),
            SENSITIVITY: _sensitivity(made, drawn["combined"], runs) if runs else [],
            DRAWN: [row for name, layer in drawn.items() for row in _log(made, name, layer)],
        }
    else:
        gates += [Gate(name, NOT_REACHED, None) for name in ("G2", "G4")]
    closed = [gate for gate in gates if gate.is_open is False]
    withheld = 1 - entry.enters.mean() if not closed else 1.0
    title = "; ".join([f"{framework.title}, {nation}: {withheld:.0%} of localities withheld", *mostly])
    results = _places(whole, entry.enters, entry.reasons, closed, made, drawn, framework.version, title, rules)
    gates += _result_gates(results, title)
    found[RESULT] = results
    found[GATE] = [
        {"nation": nation, "gate": gate.name, "statement": STATEMENTS[gate.name]}
        | {"found": gate.found, "is_open": gate.is_open}
        for gate in sorted(gates, key=lambda gate: gate.name)
    ]
    return found


def _enough_enter(enters: Booleans) -> Gate:
    found = f"{enters.sum()} of {enters.size} localities ({enters.mean():.0%}) pass the screen"
    return Gate("G1", found, bool(enters.mean() >= ENTERED_SHARE))


def _inputs_are_recent(own: pl.DataFrame, whole: Panel) -> Gate:
    """Return the gate on the age of inputs; an input of an incomplete period is unreliable and left out before."""
    used = own.filter(pl.col("metric_id").is_in(whole.metrics) & pl.col("value").is_not_null())
    if used.is_empty():
        return Gate("G3", "there is no input", False)
    oldest = used.sort("staleness_days", "metric_id").row(-1, named=True)
    years = oldest["staleness_days"] / 365.25
    return Gate("G3", f"the oldest is {oldest['metric_id']}, {years:.1f} years", years <= MAX_YEARS)


def _layer(made: Model, name: str, draws: int) -> LayerDraws:
    runs = draw(made, name, draws=draws)
    scores = made.scores(runs, draws)
    return LayerDraws(runs, scores, ranks_of(scores))


def _narrow_enough(layer: LayerDraws) -> Gate:
    width = float(np.median(quantile(layer.ranks, 0.95) - quantile(layer.ranks, 0.05) + 1))
    places = layer.ranks.shape[1]
    return Gate("G2", f"it spans {width:.0f} of {places}", width <= places * WIDEST)


def _fifths(layer: LayerDraws) -> Integers:
    places = layer.ranks.shape[1]
    return np.asarray(np.ceil(5 * quantile(layer.ranks, 0.5) / places), dtype=np.int64)


def _bands_are_stable(
    made: Model, layer: LayerDraws, framework: Composite, rules: Rules, source: CompositeInput
) -> Gate:
    """Return the gate on moves of bands since the last release; open if the input or the method has changed."""
    released = framework.released
    if not released:
        return Gate("G4", "no composite has been released yet", True)
    if rules != published_rules() or released.version != framework.version:
        return Gate("G4", "the method is another than that of the release", True)
    if released.input_hash != source.input_hash:
        return Gate("G4", "the input has changed since the release", True)
    before = [(released.bands.get(place), band) for place, band in zip(made.panel.places, _fifths(layer), strict=True)]
    moved = sum(band is None or abs(band - now) > 1 for band, now in before)
    share = moved / len(before)
    return Gate("G4", f"{moved} of {len(before)} move by more than one band ({share:.0%})", share <= MOVED_SHARE)


def _places(
    whole: Panel,
    enters: Booleans,
    reasons: tuple[str | None, ...],
    closed: list[Gate],
    made: Model | None,
    drawn: Mapping[str, LayerDraws],
    version: str,
    title: str,
    rules: Rules,
) -> Rows:
    """Return metrics.composite: one row for each place, with its score and rank interval, or the reason for neither."""
    present, rows = whole.present, []
    shown = _shown(made, drawn) if made and not closed else {}
    ends = bounds(whole, enters) if shown else np.full((len(whole.places), 2), np.nan)
    gates = [coded("gate_closed", gate.name, STATEMENTS[gate.name], gate.found) for gate in closed]
    for number, place in enumerate(whole.places):
        is_shown = place in shown
        lacking = reasons[number]
        codes = [] if is_shown else gates or ([lacking] if lacking else [])
        low, high = (None if np.isnan(end) else float(end) for end in ends[number])
        rows.append(
            {
                "locality_code": place,
                "nation": whole.nation,
                "title": title,
                "state": "ok" if is_shown else "withheld",
                "reason_codes": codes,
                "state_reason": "; ".join(texts(codes, "en")) or None,
                "indicators_n": len(whole.metrics),
                "indicators_present_n": int(present[number].sum()),
                "imputed_n": int((~present[number]).sum()) if is_shown and rules.missing == "median" else 0,
                "cpc_lo": low,
                "cpc_hi": high,
                "method_version": version,
            }
            | shown.get(place, {})
        )
    return rows


def _shown(made: Model, drawn: Mapping[str, LayerDraws]) -> dict[str, dict[str, Any]]:
    """Return the results of each included place."""
    both, places = drawn["combined"], len(made.panel.places)
    fifth = ceil(places / 5)
    columns = {
        "cpc_score": quantile(both.scores, 0.5),
        "cpc_score_q5": quantile(both.scores, 0.05),
        "cpc_score_q95": quantile(both.scores, 0.95),
        "rank_median": quantile(both.ranks, 0.5),
        "p_topfifth": probability(np.sum(both.ranks <= fifth, axis=0), len(both.ranks), fifth / places),
        "p_botfifth": probability(np.sum(both.ranks > places - fifth, axis=0), len(both.ranks), fifth / places),
    }
    for layer, suffix in (("combined", ""), ("data", "_data"), ("method", "_method")):
        columns[f"rank_lo{suffix}"] = quantile(drawn[layer].ranks, 0.05)
        columns[f"rank_hi{suffix}"] = quantile(drawn[layer].ranks, 0.95)
    found = {}
    for number, place in enumerate(made.panel.places):
        row = {name: column[number].item() for name, column in columns.items()}
        found[place] = row | {
            "n": places,
            "label": label(row["rank_lo"], row["rank_hi"], places),
            "band": _band(row["p_topfifth"], row["p_botfifth"]),
            "draws_n": len(both.ranks),
            "seed": SEED,
        }
    return found


def _band(top: float, bottom: float) -> str | None:
    if top >= NAMED_FROM:
        return "top fifth"
    return "bottom fifth" if bottom >= NAMED_FROM else None


def _result_gates(results: Rows, title: str) -> list[Gate]:
    """Return the gates on the result rows."""
    ranked = [row for row in results if row.get("rank_median") is not None]
    bare = sum(row.get("label") is None or row.get("rank_lo") is None for row in ranked)
    banded = [row for row in ranked if row["band"]]
    doubtful = sum(max(row["p_topfifth"], row["p_botfifth"]) < NAMED_FROM for row in banded)
    return [
        Gate("G5", f"{bare} of {len(ranked)} ranks are bare", not bare),
        Gate("G6", f"{len(banded)} bands are named, {doubtful} of them with a smaller probability", not doubtful),
        Gate("G7", title, all(row["title"] == title for row in results)),
    ]


def _diagnostics(made: Model, own: pl.DataFrame) -> Rows:
    """Return effective weights, correlations and external correlations (method.md 7.3, 5 and 7)."""
    scores, indicators = baseline(made.panel, made.panel.values)
    metrics = made.panel.metrics
    influence = np.nan_to_num([_correlation(indicators[:, number], scores) ** 2 for number in range(len(metrics))])
    pillar, pillars = made.panel.pillar, made.panel.pillars
    alone = [
        f"only indicator of the pillar {pillars[number]}" if np.sum(pillar == number) == 1 else "" for number in pillar
    ]
    found = [
        _diagnostic(made, "effective_weight", metric, "score", share, note)
        for metric, share, note in zip(metrics, influence / influence.sum(), alone, strict=True)
    ]
    for one in range(len(metrics)):
        for other in range(one + 1, len(metrics)):
            r = _correlation(indicators[:, one], indicators[:, other])
            note = ""
            if pillar[one] == pillar[other]:
                note = "a duplicate, to be reviewed" if r > DUPLICATE else "opposed, to be reviewed" if r < 0 else ""
            found.append(_diagnostic(made, "pairwise_r", metrics[one], metrics[other], r, note))
    for metric in sorted(set(own.filter(pl.col("role") == "external")["metric_id"])):
        rows = own.filter((pl.col("metric_id") == metric) & pl.col("value").is_not_null())
        values = dict(rows.select("locality_code", "value").iter_rows())
        r = _correlation(scores, np.array([values.get(place, np.nan) for place in made.panel.places]))
        if not np.isnan(r):
            note = f"mostly measures {metric}" if abs(r) > MOSTLY else ""
            found.append(_diagnostic(made, "external_r", "score", metric, r, note))
    idle = [_diagnostic(made, "factor_not_drawn", name, "score", None, why) for name, why in made.idle.items()]
    return found + idle


def _diagnostic(made: Model, kind: str, subject: str, other: str, value: float | None, note: str) -> dict[str, Any]:
    number = None if value is None or np.isnan(value) else float(value)
    return {"nation": made.panel.nation, "kind": kind, "subject": subject, "other": other, "value": number} | {
        "note": note or None
    }


def _correlation(one: Floats, other: Floats) -> float:
    """Return Pearson's r over the places that have both; NaN below three places or if one does not vary."""
    both = ~np.isnan(one) & ~np.isnan(other)
    if both.sum() < 3 or np.ptp(one[both]) == 0 or np.ptp(other[both]) == 0:
        return float("nan")
    return float(np.corrcoef(one[both], other[both])[0, 1])


def _treated(made: Model) -> Rows:
    """Return all treated cells, on the scale of the treatment."""
    directed = made.panel.directed(made.panel.values)
    after = made.treatment.apply(directed)
    return [
        {"nation": made.panel.nation, "metric_id": made.panel.metrics[column], "locality_code": made.panel.places[row]}
        | {"value_before": float(directed[row, column]), "value_after": float(after[row, column])}
        for row, column in np.argwhere((after != directed) & made.panel.present)
    ]


def _sensitivity(made: Model, layer: LayerDraws, runs: int) -> Rows:
    """Return Sobol indices of the mean shift of ranks and of the ranks of the ten places with the widest intervals."""
    names = [factor.name for factor in made.factors]
    replicates = len(made.values) - 1
    is_drawn = [factor.name in ("sampling", "weights") for factor in made.factors]
    sizes = [replicates if drawn else len(f.levels) for drawn, f in zip(is_drawn, made.factors, strict=True)]
    chosen = sobol.levels(sobol.design(names, SEED, runs), sizes) + np.array(is_drawn)
    scores = made.scores(dict(zip(names, chosen.T, strict=True)), len(chosen))
    ranks = ranks_of(scores)
    nominal = ranks_of(made.scores({}, 1))[0]
    width = quantile(layer.ranks, 0.95) - quantile(layer.ranks, 0.05)
    disputed = np.argsort(-width, kind="stable")[:MOST_DISPUTED]
    outputs = {RANK_SHIFT: np.abs(ranks - nominal).mean(axis=1)}
    outputs |= {made.panel.places[place]: ranks[:, place].astype(float) for place in disputed}
    found: Rows = [
        {"nation": made.panel.nation, "target": target, "factor": index.factor}
        | {"s1": index.s1, "s1_conf": index.s1_conf, "st": index.st, "st_conf": index.st_conf}
        | {"changed_n": index.changed, "pairs_n": runs, "finding": index.finding, "seed": SEED}
        for target, output in outputs.items()
        for index in sobol.indices(names, output, SEED)
    ]
    blocks = scores.reshape(runs, len(names) + 2, -1)
    for number, name in enumerate(names):
        changed = int(np.any(blocks[:, number + 1] != blocks[:, 0], axis=1).sum())
        finding = sobol.EFFECT if changed else sobol.NEVER
        found.append(
            {"nation": made.panel.nation, "target": ANY_SCORE, "factor": name}
            | {"changed_n": changed, "pairs_n": runs, "finding": finding, "seed": SEED}
        )
    return found


def _log(made: Model, name: str, layer: LayerDraws) -> Iterable[dict[str, Any]]:
    """Yield all drawn levels of all factors of a layer."""
    for factor, levels in layer.runs.items():
        for number, level in enumerate(named(made, factor, levels), start=1):
            yield {"nation": made.panel.nation, "layer": name, "draw": number, "factor": factor} | {
                "level": level,
                "seed": SEED,
            }


def _frame(name: str, rows: Rows) -> pl.DataFrame:
    """Return rows with the schema of a table; missing values are null."""
    schema = {column.name: POLARS_TYPES[column.type] for column in tables()[name].columns}
    return pl.DataFrame(rows, schema=schema)
