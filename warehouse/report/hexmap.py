"""The page of the map: one hexagon per locality, and the measures that it can show.

All localities have the same size, so that a city counts as much as a county. A measure is shown for one comparable
group at a time: values as classes of colour, missing values as the pattern of their state. The style sheet has the
colours for light and dark pages. Vega draws neither patterns nor marks that a keyboard can reach, so the map is an
inline SVG; `static/map.js` changes what it shows.
"""

import math
from bisect import bisect_left
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from warehouse.i18n import Text
from warehouse.report.data import EditionData, Row

SCRIPTS = ("map.js",)
WIDTH = math.sqrt(3)
ROW_PITCH = 1.5
MARGIN = 0.2
MEASURES = (
    "coh_all3_pct",
    "coh_belong_pct",
    "coh_influence_pct",
    "coh_trust_pct",
    "coh_volunteer_any_pct",
    "coh_volunteer_past_year_pct",
    "dep_prop10_areas",
    "dep_avg_rank_percentile_areas",
    "dep_extent",
    "fun_place_per_head",
    "fun_per_head_all",
    "pop_total",
)
# Measures that are comparable with no other, each with the scope of its map and the message that describes it.
VOICE_2008 = "coh_influence_2008_pct"
CAUTIONED: dict[str, tuple[str | None, str]] = {
    "fun_2013_2018_gbp": (None, "map.cautioned_summary"),
    "fun_2013_2018_per_head": (None, "map.cautioned_summary"),
    VOICE_2008: ("England", "map.in_2008_summary"),
}
METRICS = ("prac_records_n", "scan_records_n", "bal_legs_ok", *MEASURES, *CAUTIONED)
# The measures withhold comparisons of fewer localities, so the map does not show them.
FEWEST = 8
CLASSES = 5
STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)
ROUND = (0.7, 1.0, 1.5, 2.0, 3.0, 5.0, 7.0)
SKEWED = 5.0
OUTSIDE = "outside"
# Distance between the centres of touching hexagons.
NEIGHBOURS = WIDTH * 1.1
# Positions of the names of nations: anchor, and position as a share of the width and height of the nation.
BESIDE = {
    "Scotland": ("start", 1.05, 0.3),
    "Northern Ireland": ("start", -0.1, 1.5),
    "England": ("start", 0.86, 0.06),
    "Wales": ("end", 0.2, 1.13),
}
UNITED_KINGDOM = "United Kingdom"
# The sign of a locality with practices of the report, and the one fill of all localities with an example.
OF_REPORT, EXAMPLE = "•", "class-3"
# Readings by interval: fill, and a sign for readers who cannot see the fill.
READINGS = {"higher": ("class-4", "+"), "similar": ("class-1", "="), "lower": ("class-0", "−")}


@dataclass(frozen=True)
class Hexagon:
    """A hexagon with a corner on top: its centre in units of the outer radius, from the top left of the map."""

    code: str
    x: float
    y: float


@dataclass(frozen=True)
class Sign:
    """The label of a nation on the map; `anchor` says whether it starts, ends or is centred at the position."""

    nation: str
    x: float
    y: float
    anchor: str


@dataclass(frozen=True)
class Mark:
    """The mark of a hexagon: key of its fill, text, sign, and value to sort by."""

    fill: str
    value: str
    interval: str = ""
    state: str = ""
    glyph: str = ""
    order: float | None = None


@dataclass(frozen=True)
class Measure:
    """One view of the map: its texts, its legend as pairs of fill and text, and a mark per locality."""

    key: str
    label: str
    summary: str
    legend: Sequence[tuple[str, str, str]]
    marks: Mapping[str, Mark]
    metric_id: str
    group: str = field(default="")


def hexagons(places: Iterable[Row]) -> list[Hexagon]:
    """Return the hexagon of each locality with `hex_q` and `hex_r` in odd-r layout, rows counted from the south.

    In that layout of the HexJSON format every odd row is shifted half a hexagon to the right.
    """
    found = [(row["locality_code"], row["hex_q"], row["hex_r"]) for row in places if row["hex_q"] is not None]
    centres = [(code, WIDTH * (q + (r % 2) / 2), -ROW_PITCH * r) for code, q, r in found]
    left, top = min(x for _, x, _ in centres), min(y for _, _, y in centres)
    return [
        Hexagon(code, round(x - left + WIDTH / 2 + MARGIN, 3), round(y - top + 1 + MARGIN, 3)) for code, x, y in centres
    ]


def borders(drawn: Sequence[Hexagon], nations: Mapping[str, str]) -> str:
    """Return the edges between hexagons of two nations as an SVG path; `nations` is by locality code."""
    edges = []
    for one, other in combinations(drawn, 2):
        along, down = other.x - one.x, other.y - one.y
        if nations[one.code] != nations[other.code] and math.hypot(along, down) < NEIGHBOURS:
            # The edge crosses the middle of the line between the centres and has the length of the outer radius.
            x, y = (one.x + other.x) / 2, (one.y + other.y) / 2
            across, up = -down / WIDTH / 2, along / WIDTH / 2
            edges.append(f"M{x - across:.2f} {y - up:.2f}L{x + across:.2f} {y + up:.2f}")
    return "".join(edges)


def signs(drawn: Sequence[Hexagon], nations: Mapping[str, str]) -> list[Sign]:
    """Return the positions of the names of nations, in the sea beside their hexagons."""
    found = []
    for nation, (anchor, right, down) in BESIDE.items():
        own = [item for item in drawn if nations[item.code] == nation]
        if own:
            xs, ys = [item.x for item in own], [item.y for item in own]
            x = min(xs) + right * (max(xs) - min(xs))
            found.append(Sign(nation, round(x, 2), round(min(ys) + down * (max(ys) - min(ys)), 2), anchor))
    return found


def outline() -> str:
    """Return the corners of a hexagon around the origin as points of an SVG polygon."""
    corners = (math.radians(60 * corner - 90) for corner in range(6))
    return " ".join(f"{math.cos(angle):.3f},{math.sin(angle):.3f}" for angle in corners)


def view_box(drawn: Sequence[Hexagon]) -> str:
    """Return the SVG view box that contains the hexagons."""
    right = max(item.x for item in drawn) + WIDTH / 2 + MARGIN
    bottom = max(item.y for item in drawn) + 1 + MARGIN
    return f"0 0 {right:.2f} {bottom:.2f}"


def class_bounds(values: Sequence[float]) -> list[float]:
    """Return the lower bounds of at most five classes; the first is at or below the smallest value.

    Classes have equal widths and start at round numbers. If the largest value is over five times the median, classes
    start at round numbers below the fifths of the values instead, so that an outlier does not use most of the colours.
    """
    ordered = sorted(values)
    low, high = ordered[0], ordered[-1]
    if low >= 0 and high > SKEWED * ordered[len(ordered) // 2]:
        fifths = (ordered[len(ordered) * fifth // CLASSES] for fifth in range(CLASSES))
        return sorted({_round_below(value) for value in fifths})
    if high == low:
        return [low]
    rough = (high - low) / CLASSES
    power = 10.0 ** math.floor(math.log10(rough))
    step = next(
        factor * power
        for factor in (*STEPS, 20.0)
        if math.ceil(high / (factor * power)) - math.floor(low / (factor * power)) <= CLASSES
    )
    return [number * step for number in range(math.floor(low / step), math.ceil(high / step))]


def _round_below(value: float) -> float:
    """Return the largest number with a round first digit that is at most a value."""
    if value == 0:
        return 0.0
    power = 10.0 ** math.floor(math.log10(value))
    return max(digits * power for digits in ROUND if digits * power <= value)


def build(facts: EditionData, text: Text) -> dict[str, Any]:
    """Return the variables of `map.html` under `map`, and the JSON of its script under `data`."""
    drawn = hexagons(facts.localities.values())
    choices = measures(facts, text)
    shown = choices[0]
    names = {code: facts.place_name(code, text.lang) for code in facts.localities}
    nations = {code: place["nation"] for code, place in facts.localities.items()}
    return {
        "map": {
            "view_box": view_box(drawn),
            "outline": outline(),
            "borders": borders(drawn, nations),
            "signs": signs(drawn, nations),
            "hexagons": drawn,
            "names": names,
            "choices": _grouped(choices),
            "shown": shown,
            "outside": Mark(OUTSIDE, text("map.outside")),
        },
        "data": {"map-data": _packed(choices, list(facts.localities), text)},
    }


def measures(facts: EditionData, text: Text) -> list[Measure]:
    """Return the views of the map; the first is where examples of practices were found."""
    found = [_scanned(facts, text), _searched(facts, text), _legs(facts, text)]
    found += _readings(facts, text)
    for metric_id in MEASURES:
        newest: dict[str, tuple[int, Any, list[Row]]] = {}
        for (metric, _, group), rows in facts.groups.items():
            if metric == metric_id and len(rows) >= FEWEST:
                newest[group] = max(
                    newest.get(group, (0, rows[0]["period_end"], [])),
                    (len(rows), rows[0]["period_end"], rows),
                    key=lambda item: item[:2],
                )
        found += [_scale(facts, text, metric_id, group, newest[group][2]) for group in sorted(newest)]
    for metric_id, (shown, summary) in CAUTIONED.items():
        headlines = (facts.headline(code, metric_id) for code in facts.localities)
        known = [row for row in headlines if row is not None and row["value"] is not None]
        if len(known) >= FEWEST:
            found.append(_scale(facts, text, metric_id, shown, known, summary))
    return found


def scope(facts: EditionData, text: Text, group: str | None) -> str:
    """Return the name of a comparable group: the nation, and the type of authority if there is only one.

    Without a group it is the United Kingdom.
    """
    if group is None:
        return text("map.uk")
    bounds = facts.comparable_groups[group]
    nation, kind = bounds["group_nation"], bounds["group_kind"]
    words = text("map.uk") if nation == UNITED_KINGDOM else text(f"nation.{nation}")
    return f"{words}, {text(f'authority.{kind}')}" if kind else words


def members(facts: EditionData, group: str | None) -> list[str]:
    """Return the localities of a comparable group, with or without a value; without a group all localities."""
    if group is None:
        return list(facts.localities)
    bounds = facts.comparable_groups[group]
    return [
        code
        for code, place in facts.localities.items()
        if bounds["group_nation"] in (place["nation"], UNITED_KINGDOM)
        and bounds["group_kind"] in (place["authority_type"], None)
    ]


def _packed(choices: Sequence[Measure], codes: list[str], text: Text) -> dict[str, Any]:
    """Return the measures in the compact form that `static/map.js` reads.

    `words` has every text once. A mark has the indices of its fill, value, interval, state and sign in `words`, then
    its position by value from the smallest; `marks` has them by the number of the locality in the table.
    """
    words: dict[str, int] = {}
    number = {code: place for place, code in enumerate(codes)}

    def word(content: str) -> int:
        return words.setdefault(content, len(words))

    measures = {}
    for choice in choices:
        order = sorted({mark.order for mark in choice.marks.values() if mark.order is not None})
        marks = {}
        for code, mark in choice.marks.items():
            packed = [word(part) for part in (mark.fill, mark.value, mark.interval, mark.state, mark.glyph)]
            marks[number[code]] = packed if mark.order is None else [*packed, bisect_left(order, mark.order)]
        measures[choice.key] = {"summary": choice.summary, "legend": choice.legend, "marks": marks}
    return {"outside": text("map.outside"), "words": list(words), "measures": measures}


def _scale(
    facts: EditionData,
    text: Text,
    metric_id: str,
    group: str | None,
    rows: list[Row],
    summary: str = "map.summary",
) -> Measure:
    """Return the values of a group in classes; `summary` is the message that describes them."""
    unit = rows[0]["unit"]
    known = {row["locality_code"]: row for row in rows}
    ordered = sorted(row["value"] for row in rows)
    bounds = class_bounds(ordered)
    marks = {}
    for code in members(facts, group):
        row = known.get(code)
        if row is None:
            marks[code] = _without(text, facts.headline(code, metric_id))
            continue
        colour = sum(bound <= row["value"] for bound in bounds) - 1
        low = row["state"] == "ok_low"
        marks[code] = Mark(
            fill=f"{'low' if low else 'class'}-{colour}",
            value=text.quantity(row["value"], unit),
            interval=_interval(facts, text, row),
            state=text(f"state.{row['state']}"),
            order=row["value"],
        )
    used = {mark.fill for mark in marks.values()}
    legend = [
        (f"class-{number}", _class_words(text, bounds, number, unit), "")
        for number in range(len(bounds))
        if {f"class-{number}", f"low-{number}"} & used
    ]
    if any(fill.startswith("low-") for fill in used):
        legend.append(("low-2", text("state.ok_low"), ""))
    name, place = facts.metric_name(metric_id, text.lang), scope(facts, text, group)
    period = text.period(rows[0]["period_start"], rows[0]["period_end"])
    return Measure(
        key=f"{metric_id}/{group or 'all'}",
        label=f"{name}: {place}, {period}",
        summary=text(
            summary,
            name=name,
            scope=place,
            period=period,
            known=len(rows),
            of=len(marks),
            low=text.quantity(ordered[0], unit),
            high=text.quantity(ordered[-1], unit),
            age=text.age((facts.as_of - rows[0]["period_end"]).days),
        ),
        legend=[*legend, *_states(text, used)],
        marks=marks,
        metric_id=metric_id,
        group=name,
    )


def _searched(facts: EditionData, text: Text) -> Measure:
    marks = {}
    for code in facts.localities:
        row = facts.headline(code, "prac_records_n")
        if row is None or row["value"] is None or row["state"] == "searched_none_found":
            marks[code] = _without(text, row)
        else:
            records = text("map.records", n=text.number(row["value"]))
            marks[code] = Mark("class-4", records, text("map.no_rank"), text(f"state.{row['state']}"), "", row["value"])
    recorded = sum(mark.fill == "class-4" for mark in marks.values())
    searched = sum(mark.fill == "state-searched_none_found" for mark in marks.values())
    return Measure(
        key="searched",
        label=text("map.searched"),
        summary=text(
            "map.searched_summary",
            n=recorded,
            of=len(marks),
            searched=searched,
            rest=len(marks) - recorded - searched,
        ),
        legend=[("class-4", text("map.recorded"), ""), *_states(text, {mark.fill for mark in marks.values()})],
        marks=marks,
        metric_id="prac_records_n",
        group=text("map.known"),
    )


def _scanned(facts: EditionData, text: Text) -> Measure:
    """Return where an example of a practice was found: presence only, in one colour, because counts do not compare."""
    marks = {}
    for code in facts.localities:
        scan, register = facts.headline(code, "scan_records_n"), facts.headline(code, "prac_records_n")
        has_example = scan is not None and scan["value"] is not None
        is_in_report = register is not None and bool(register["value"])
        if has_example or is_in_report:
            said = {(True, True): "both", (True, False): "example", (False, True): "report"}[has_example, is_in_report]
            marks[code] = Mark(EXAMPLE, text(f"map.scan_{said}"), text("map.no_count"), "", OF_REPORT * is_in_report)
        else:
            none = "map.scan_none" if scan is not None and scan["state"] == "not_available" else "state.not_searched"
            marks[code] = _without(text, scan) if scan is None else Mark(f"state-{scan['state']}", text(none))
    used = {(mark.fill, mark.glyph) for mark in marks.values()}
    legend = [
        (EXAMPLE, text("map.scan_example"), ""),
        (EXAMPLE, text("map.scan_report"), OF_REPORT),
        ("state-not_available", text("map.scan_none"), ""),
        ("state-not_searched", text("state.not_searched"), ""),
    ]
    examples = sum(mark.fill == EXAMPLE for mark in marks.values())
    return Measure(
        key="scanned",
        label=text("map.scan"),
        summary=text("map.scan_summary", n=examples, of=len(marks)),
        legend=[(fill, words, glyph) for fill, words, glyph in legend if (fill, glyph) in used],
        marks=marks,
        metric_id="scan_records_n",
        group=text("map.known"),
    )


def _legs(facts: EditionData, text: Text) -> Measure:
    marks = {}
    for code in facts.localities:
        row = facts.headline(code, "bal_legs_ok")
        if row is None or row["value"] is None:
            marks[code] = _without(text, row)
        else:
            legs = int(row["value"])
            marks[code] = Mark(f"class-{legs}", text("map.legs_n", n=legs), text("map.counted"), "", str(legs), legs)
    counts = [sum(mark.order == legs for mark in marks.values()) for legs in range(4)]
    used = {mark.fill for mark in marks.values()}
    return Measure(
        key="legs",
        label=text("map.legs"),
        summary=text("map.legs_summary", none=counts[0], one=counts[1], two=counts[2], three=counts[3]),
        legend=[
            *((f"class-{legs}", text("map.legs_n", n=legs), str(legs)) for legs in range(4) if f"class-{legs}" in used),
            *_states(text, used),
        ],
        marks=marks,
        metric_id="bal_legs_ok",
        group=text("map.known"),
    )


def _readings(facts: EditionData, text: Text) -> list[Measure]:
    """Return the survey percentages by how their intervals compare with the group: higher, similar or lower."""
    groups: dict[tuple[str, str], dict[str, Row]] = {}
    for code, compared in facts.compared.items():
        for metric_id, row in compared.items():
            if row["vs_group"] in READINGS:
                groups.setdefault((metric_id, row["comparable_group"]), {})[code] = row
    return [
        _reading(facts, text, metric_id, group, read)
        for (metric_id, group), read in sorted(groups.items())
        if len(read) >= FEWEST
    ]


def _reading(facts: EditionData, text: Text, metric_id: str, group: str, read: Mapping[str, Row]) -> Measure:
    marks = {}
    for code in members(facts, group):
        row = read.get(code)
        if row is None:
            marks[code] = _without(text, facts.headline(code, metric_id))
            continue
        fill, glyph = READINGS[row["vs_group"]]
        marks[code] = Mark(
            fill,
            text(f"map.{row['vs_group']}"),
            text("map.points", low=_signed(row["vs_group_lci"]), high=_signed(row["vs_group_uci"])),
            text(f"state.{row['state']}"),
            glyph,
            row["vs_group_pp"],
        )
    counts = {name: sum(row["vs_group"] == name for row in read.values()) for name in READINGS}
    name, place = facts.metric_name(metric_id, text.lang), scope(facts, text, group)
    return Measure(
        key=f"reading/{metric_id}/{group}",
        label=f"{name}: {place}",
        summary=text("map.reading_summary", name=name, scope=place, **counts),
        legend=[
            *((fill, text(f"map.{reading}"), glyph) for reading, (fill, glyph) in READINGS.items() if counts[reading]),
            *_states(text, {mark.fill for mark in marks.values()}),
        ],
        marks=marks,
        metric_id=metric_id,
        group=text("map.readings"),
    )


def _without(text: Text, row: Row | None) -> Mark:
    """Return the mark of a locality without a value: its state, or that its value is for another period."""
    if row is None or (row["value"] is not None and row["state"] != "searched_none_found"):
        return Mark("state-not_available", text("state.not_available"), state=text("state.not_available"))
    return Mark(f"state-{row['state']}", text(f"state.{row['state']}"), state=text(f"state.{row['state']}"))


def _states(text: Text, used: set[str]) -> list[tuple[str, str, str]]:
    states = sorted(fill.removeprefix("state-") for fill in used if fill.startswith("state-"))
    return [(f"state-{state}", text(f"state.{state}"), "") for state in states]


def _interval(facts: EditionData, text: Text, row: Row) -> str:
    """Return the interval as text, or the reason why there is none; bounds are named as bounds."""
    if row["lci"] is None or row["uci"] is None:
        return text("value.no_interval", why=text.method(row["ci_method"]))
    low, high = text.quantity(row["lci"], row["unit"]), text.quantity(row["uci"], row["unit"])
    words = text("map.interval", low=low, high=high)
    return f"{words} ({text.method(row['ci_method'])})" if row["ci_method"] in facts.bounds_methods else words


def _class_words(text: Text, bounds: Sequence[float], number: int, unit: str) -> str:
    low = text.quantity(bounds[number], unit)
    if number == len(bounds) - 1:
        return text("map.and_over", low=low)
    return text("map.under", low=low, high=text.quantity(bounds[number + 1], unit))


def _signed(points: float) -> str:
    return f"{points:+.1f}".replace("-", "−")


def _grouped(choices: Sequence[Measure]) -> list[tuple[str, list[Measure]]]:
    groups: dict[str, list[Measure]] = {}
    for choice in choices:
        groups.setdefault(choice.group, []).append(choice)
    return list(groups.items())
