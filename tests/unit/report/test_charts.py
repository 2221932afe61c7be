"""What the pictures of the report show, on made-up places and values: none of these figures is of a real locality."""

import csv
import itertools
import json
import math
import re
from datetime import date

import duckdb
import pytest
import vl_convert
from hypothesis import given
from hypothesis import strategies as st

from warehouse.i18n import text
from warehouse.report import charts, compare, equity, hexmap, vega_bundle
from warehouse.report.data import EditionData
from warehouse.storage.home import PROJECT

ENGLISH = text("en")
EARLY, LATE = (date(2020, 1, 1), date(2020, 12, 31)), (date(2024, 1, 1), date(2024, 12, 31))
PLACES = [f"X{number:02d}" for number in range(10)]
ELSEWHERE = "Y00"


WELSH, SCOTTISH = "Wales | unitary authority", "Scotland | council area"


def value(metric_id, code, number, period=LATE, state="ok", group="Wales | made-up survey", **more):
    start, end = period
    return {
        "metric_id": metric_id,
        "locality_code": code,
        "period": f"{start}/{end}",
        "period_start": start,
        "period_end": end,
        "value": number,
        "unit": "pct",
        "lci": None,
        "uci": None,
        "ci_level": 0.95,
        "ci_method": "published" if "lci" in more else "none:not_published",
        "state": state,
        "reason_codes": [] if state == "ok" else ["no_search"],
        "reliability": None,
        "comparable_group": group,
        "source_ids": [],
        **more,
    }


def facts(values, compared=()):
    """The facts of an edition with ten made-up Welsh places, one made-up Scottish place, and the values given."""
    places = [
        {
            "locality_code": code,
            "locality_name": f"Place {code}",
            "locality_name_cy": None,
            "nation": "Scotland" if code == ELSEWHERE else "Wales",
            "region_name": None,
            "region_name_cy": None,
            "authority_type": "council area" if code == ELSEWHERE else "unitary authority",
            "comparable_group": SCOTTISH if code == ELSEWHERE else WELSH,
            "hex_q": number,
            "hex_r": 0,
            "is_case_study": False,
        }
        for number, code in enumerate([*PLACES, ELSEWHERE])
    ]
    described = {"family": "COH", "unit": "pct", "direction": "up", "comparable_within": "nation"}
    names = ("coh_belong_pct", "coh_influence_2008_pct", "prac_records_n", "bal_legs_ok", "fun_2013_2018_gbp")
    metrics = [{"metric_id": name, "metric_name": name, "metric_name_cy": name} | described for name in names]
    made = EditionData(duckdb.connect())
    vars(made)["localities"] = {place["locality_code"]: place for place in places}
    vars(made)["metrics"] = {metric["metric_id"]: metric for metric in metrics}
    by_place = {place["locality_code"]: {} for place in places}
    for row in sorted(values, key=lambda row: row["period_end"], reverse=True):
        by_place[row["locality_code"]].setdefault(row["metric_id"], []).append(row)
    vars(made)["values"] = by_place
    vars(made)["headlines"] = {
        (code, metric): found[0] for code, by_metric in by_place.items() for metric, found in by_metric.items()
    }
    vars(made)["bounds_methods"] = frozenset({"bounds:unknown_fate"})
    vars(made)["comparable_groups"] = {
        row["comparable_group"]: {
            "group_nation": "Scotland" if row["comparable_group"].startswith("Scotland") else "Wales",
            "group_kind": row.get("authority_type"),
        }
        for row in [*values, *places]
        if row["comparable_group"]
    } | {"England": {"group_nation": "England", "group_kind": None}}
    vars(made)["edition"] = {"as_of": date(2026, 11, 22)}
    vars(made)["compared"] = {row["locality_code"]: {row["metric_id"]: row} for row in compared}
    vars(made)["deprivation"] = {}
    made.database.execute("create schema metrics")
    made.database.execute(
        "create table metrics.value_statistic (metric_id varchar, locality_code varchar, period_start date, "
        "period_end date, rank_lo integer, rank_hi integer, ranked_n integer)"
    )
    return made


def mapped(values, key="coh_belong_pct", language="en"):
    """Return the choice of the map that has a metric or a key of its own; there is none of it without."""
    made = hexmap.measures(facts(values), text(language))
    return next((choice for choice in made if key in (choice.metric_id, choice.key)), None)


def welsh_measure(found):
    """Return what is compared of the Welsh group."""
    return next(item for item in found["measures"] if item["group"] == WELSH)


def drawn(kind, rows, group=(), **words):
    """The SVG of a chart as the browser would draw it, with its rows, those of its group and words put in."""
    spec = json.dumps(vl_convert.vegalite_to_vega(charts.specs()[kind]))
    for name, word in words.items():
        spec = spec.replace(f'"@{name}"', json.dumps(word))
    spec = json.loads(spec)
    for data in spec["data"]:
        if data["name"] in ("rows", "group"):
            data["values"] = rows if data["name"] == "rows" else list(group)
    return vl_convert.vega_to_svg(spec)


def bar(name, number, lci=None, uci=None, state="reliable", **more):
    """Return a row of a chart of intervals."""
    return {"name": name, "value": number, "lci": lci, "uci": uci, "state": state} | more


def texts(svg):
    return re.findall(r"<text[^>]*>([^<]+)</text>", svg)


def symbols(svg):
    """The points of the picture itself, without those of its legend."""
    return re.findall(r"<path", svg.split("mark-symbol role-mark")[-1].split("</g>")[0])


def reference_places():
    """The localities that ship with the project."""
    with (PROJECT / "warehouse" / "reference" / "localities.csv").open(encoding="utf-8", newline="") as file:
        return [row | {"hex_q": int(row["hex_q"]), "hex_r": int(row["hex_r"])} for row in csv.DictReader(file)]


def test_neighbours_touch_and_no_two_localities_share_a_place():
    places = reference_places()
    centres = [(hexagon.x, hexagon.y) for hexagon in hexmap.hexagons(places)]
    distances = [math.dist(one, other) for one, other in itertools.combinations(centres, 2)]
    assert len(centres) == len(places)
    assert min(distances) == pytest.approx(math.sqrt(3), abs=0.002)
    # Orkney and Shetland lie north of all else, Scilly south and west of all else.
    by_name = {row["locality_name"]: hexmap.hexagons(places)[number] for number, row in enumerate(places)}
    assert by_name["Shetland Islands"].y == min(y for _, y in centres)
    assert by_name["Isles of Scilly"].y == max(y for _, y in centres)


def test_a_border_runs_between_nations_and_nowhere_else():
    row = [hexmap.Hexagon(code, place * hexmap.WIDTH, 1.0) for place, code in enumerate("ABCD")]
    nations = dict(zip("ABCD", ("Wales", "Wales", "England", "Scotland"), strict=True))
    edges = re.findall(r"M([\d.]+) ([\d.]+)L([\d.]+) ([\d.]+)", hexmap.borders(row, nations))
    assert [float(edge[0]) for edge in edges] == pytest.approx([1.5 * hexmap.WIDTH, 2.5 * hexmap.WIDTH], abs=0.01)
    for left, top, right, bottom in (map(float, edge) for edge in edges):
        assert (left, abs(top - bottom)) == pytest.approx((right, 1.0), abs=0.02)
    assert hexmap.borders(row, dict.fromkeys("ABCD", "Wales")) == ""


def test_the_name_of_a_nation_covers_none_of_its_hexagons():
    places = reference_places()
    drawn = hexmap.hexagons(places)
    nations = {row["locality_code"]: row["nation"] for row in places}
    signs = hexmap.signs(drawn, nations)
    assert {sign.nation for sign in signs} == set(nations.values())
    for sign in signs:
        # A letter is about three quarters of a unit wide, and the name stands on the line.
        width = 0.75 * len(sign.nation)
        left = sign.x - {"start": 0, "end": width}[sign.anchor]
        covered = [
            item
            for item in drawn
            if left - 0.8 < item.x < left + width + 0.8 and sign.y - 1.1 - 0.9 < item.y < sign.y + 0.9
        ]
        assert covered == [], sign


def test_odd_rows_are_pushed_to_the_right_and_rows_count_from_the_south():
    rows = [{"locality_code": f"{q}{r}", "hex_q": q, "hex_r": r} for q, r in [(0, 0), (1, 0), (0, 1), (0, -1)]]
    origin, east, north, south = hexmap.hexagons(rows)
    assert east.x - origin.x == pytest.approx(math.sqrt(3), abs=0.002)
    assert north.x - origin.x == pytest.approx(math.sqrt(3) / 2, abs=0.002)
    assert south.x == north.x
    assert north.y < origin.y < south.y


@given(st.lists(st.floats(0, 1e7, allow_nan=False), min_size=1, max_size=60))
def test_every_value_falls_in_one_of_at_most_five_classes(values):
    bounds = hexmap.class_bounds(values)
    assert 1 <= len(bounds) <= hexmap.CLASSES
    assert bounds == sorted(set(bounds))
    assert bounds[0] <= min(values)
    assert bounds[-1] <= max(values)


def test_one_large_value_does_not_take_all_the_colours():
    bounds = hexmap.class_bounds([*range(20, 90), 29_000])
    assert len({sum(bound <= value for bound in bounds) for value in range(20, 90)}) > 1


def test_classes_begin_at_round_numbers():
    assert hexmap.class_bounds([0.02, 0.11, 0.5]) == pytest.approx([0, 0.1, 0.2, 0.3, 0.4])


def test_a_place_without_a_value_is_a_pattern_and_never_a_colour():
    known = [value("coh_belong_pct", code, 40.0 + number) for number, code in enumerate(PLACES[:8])]
    unknown = [
        value("coh_belong_pct", PLACES[8], None, state="suppressed"),
        value("coh_belong_pct", PLACES[9], 60.0, period=EARLY),
    ]
    shown = mapped([*known, *unknown])
    assert {shown.marks[code].fill.split("-")[0] for code in PLACES[:8]} == {"class"}
    assert shown.marks[PLACES[8]].fill == "state-suppressed"
    # A value of another period is not of this comparison.
    assert shown.marks[PLACES[9]].fill == "state-not_available"
    assert shown.marks[PLACES[9]].order is None
    assert ELSEWHERE not in shown.marks


def test_an_unreliable_value_is_told_apart_and_says_why_it_has_no_interval():
    values = [value("coh_belong_pct", code, 50.0, state="ok_low" if code == "X00" else "ok") for code in PLACES]
    shown = mapped(values)
    assert shown.marks["X00"].fill == "low-0"
    assert shown.marks["X01"].fill == "class-0"
    assert "none" in shown.marks["X01"].interval
    assert ("low-2", ENGLISH("state.ok_low"), "") in shown.legend


@pytest.mark.parametrize(("language", "sentence"), [("en", "from 12% to 87%"), ("cy", "o 12% i 87%")])
def test_the_sentence_of_a_map_gives_the_smallest_and_the_largest_value(language, sentence):
    numbers = [50.0, 87.0, 30.0, 12.0, 60.0, 41.0, 42.0, 43.0, 44.0, 45.0]
    values = [value("coh_belong_pct", code, number) for code, number in zip(PLACES, numbers, strict=True)]
    assert sentence in mapped(values, language=language).summary


def test_voice_in_2008_is_a_choice_of_its_own_that_says_what_it_is_not():
    autumn = (date(2008, 9, 1), date(2008, 12, 31))
    rows = [
        value("coh_influence_2008_pct", code, 20.0 + number, period=autumn, state="ok_low", group=None)
        for number, code in enumerate(PLACES)
    ]
    rows.append(value("coh_influence_2008_pct", ELSEWHERE, None, period=autumn, state="not_applicable", group=None))
    found = facts(rows)
    for code in PLACES:
        found.localities[code]["nation"] = "England"
    (shown,) = (one for one in hexmap.measures(found, ENGLISH) if one.metric_id == "coh_influence_2008_pct")
    assert set(shown.marks) == set(PLACES)
    assert {mark.interval for mark in shown.marks.values()} == {"no interval: the source publishes none"}
    assert all(mark.fill.startswith("low-") for mark in shown.marks.values())
    assert "17 years old" in shown.summary
    assert all(word in shown.summary for word in ("Do not read", "postal", "no interval", "not comparable"))
    assert hexmap.measures(facts(rows[:7]), ENGLISH)[-1].metric_id != "coh_influence_2008_pct"


def test_two_comparable_groups_are_two_maps():
    ours = [value("coh_belong_pct", code, 50.0) for code in PLACES]
    theirs = [value("coh_belong_pct", code, 50.0, period=EARLY, group="Wales | other wording") for code in PLACES]
    keys = [choice.key for choice in hexmap.measures(facts([*ours, *theirs]), ENGLISH)]
    assert "coh_belong_pct/Wales | made-up survey" in keys
    assert "coh_belong_pct/Wales | other wording" in keys


def test_fewer_than_eight_places_are_no_comparison():
    values = [value("coh_belong_pct", code, 50.0) for code in PLACES[: hexmap.FEWEST - 1]]
    assert mapped(values) is None


def test_money_of_other_years_is_one_map_of_all_localities_that_says_what_it_does_not_show():
    money = {"unit": "gbp", "group": None, "period": EARLY}
    known = [value("fun_2013_2018_gbp", code, 100.0, state="ok_low", **money) for code in PLACES[:8]]
    unknown = [value("fun_2013_2018_gbp", ELSEWHERE, None, state="not_available", **money)]
    shown = mapped([*known, *unknown], "fun_2013_2018_gbp")
    assert {shown.marks[code].fill.split("-")[0] for code in PLACES[:8]} == {"low"}
    assert shown.marks[ELSEWHERE].fill == "state-not_available"
    assert "2020" in shown.label
    for words in ("8 of 11 localities", "57 funders", "head office", "not show all money", "money of today"):
        assert words in shown.summary


def test_nobody_searched_is_not_nothing_found():
    rows = [
        value("prac_records_n", "X00", 4.0, unit="records"),
        value("prac_records_n", "X01", 0.0, state="searched_none_found", unit="records"),
        value("prac_records_n", "X02", None, state="not_searched", unit="records"),
    ]
    opened = hexmap.measures(facts(rows), ENGLISH)[1]
    fills = [opened.marks[code].fill for code in ("X00", "X01", "X02")]
    assert fills == ["class-4", "state-searched_none_found", "state-not_searched"]


def test_an_example_of_the_scan_is_a_presence_and_never_a_count():
    rows = [
        *(
            value("scan_records_n", code, number, state="ok_low" if number else "not_available", unit="records")
            for code, number in (("X00", 4.0), ("X01", 1.0), ("X02", None), ("X03", None))
        ),
        value("scan_records_n", "X04", None, state="not_searched", unit="records"),
        value("prac_records_n", "X01", 9.0, unit="records"),
        value("prac_records_n", "X02", 9.0, unit="records"),
    ]
    shown = mapped(rows, "scanned")
    marks = [shown.marks[f"X0{number}"] for number in range(5)]
    assert [(mark.fill, mark.glyph) for mark in marks] == [
        ("class-3", ""),
        ("class-3", "•"),
        ("class-3", "•"),
        ("state-not_available", ""),
        ("state-not_searched", ""),
    ]
    assert not any(re.search(r"\d", mark.value + mark.interval) or mark.order for mark in marks)
    assert "in 3 of" in shown.summary
    assert "do not compare localities" in shown.summary
    assert [glyph for _, _, glyph in shown.legend] == ["", "•", "", ""]


def test_what_is_compared_is_of_the_period_in_which_most_places_have_a_value():
    early = [value("coh_belong_pct", code, 50.0, period=EARLY, lci=45.0, uci=55.0) for code in PLACES]
    late = [value("coh_belong_pct", "X00", 90.0), value("coh_belong_pct", "X01", None, state="suppressed")]
    found = compare.values(facts([*early, *late]))
    measure = welsh_measure(found)
    assert found["periods"][measure["period"]]["en"] == "2020"
    assert measure["values"][0][2:5] == ["50%", "45%", "55%"]
    assert found["groups"]["Wales | unitary authority"] == PLACES


def test_an_axis_of_a_comparison_spans_the_group_and_marks_its_median():
    values = [value("coh_belong_pct", code, 10.0 * number) for number, code in enumerate(PLACES)]
    assert welsh_measure(compare.values(facts(values)))["span"] == [0, 90, 45, "45%", 10]


def test_an_axis_without_a_group_of_values_is_left_to_start_at_zero():
    values = [value("coh_belong_pct", code, 50.0) for code in PLACES]
    few = [value("coh_belong_pct", ELSEWHERE, 50.0, group="Scotland | synthetic survey")]
    found = compare.values(facts([*values, *few]))
    assert [(item["group"].split()[0], item["span"] is None) for item in found["measures"] if item["values"]] == [
        ("Scotland", True),
        ("Wales", False),
    ]


def test_close_values_are_drawn_close_where_the_group_is_wide():
    rows = [bar("A", 340.0, mark="this"), bar("B", 365.0, mark="this")]
    for group, most in (
        ({"low": 2.0, "high": 850.0, "median": 210.0}, 0.06),
        ({"low": 0.0, "high": 365.0, "median": None}, 0.1),
    ):
        svg = drawn("intervals", rows, x="Pounds", format=",.0f", group=[group])
        one, other = map(float, re.findall(r"translate\(([\d.]+),", svg.split("mark-symbol")[1]))
        width = float(re.search(r'class="background"[^>]*d="M0,0h([\d.]+)', svg)[1])
        assert 0 < (other - one) / width < most
        assert ("stroke-dasharray" in svg) == (group["median"] is not None)


def test_a_value_that_is_not_there_is_compared_as_its_state():
    values = [value("coh_belong_pct", code, 50.0) for code in PLACES[:9]]
    values.append(value("coh_belong_pct", "X09", None, state="suppressed"))
    found = compare.values(facts(values))
    measure = welsh_measure(found)
    state, reason, *rest = measure["values"][9]
    assert (found["states"][state], found["reasons"][reason]["en"], rest) == (
        "suppressed",
        "no search of this area for practices is on record",
        [],
    )


@pytest.mark.parametrize(
    ("index", "lci", "uci", "state", "expected"),
    [
        (-0.15, -0.23, -0.07, "ok", "deprived"),
        (0.07, 0.02, 0.12, "ok", "advantaged"),
        (0.05, -0.04, 0.15, "ok", "even"),
        (0.05, 0.0, 0.15, "ok", "even"),
        (-0.15, -0.23, -0.07, "ok_low", "unreliable"),
        (0.05, -0.04, 0.15, "ok_low", "unreliable"),
        (-0.15, None, None, "ok", "unknown"),
        (None, None, None, "not_available", "unknown"),
    ],
)
def test_an_index_is_read_by_its_interval_alone_and_not_where_it_is_unreliable(index, lci, uci, state, expected):
    assert equity.reading({"index_value": index, "lci": lci, "uci": uci, "state": state}) == expected


def test_a_place_without_a_value_has_words_and_no_point():
    rows = [
        bar("Known", 0.4, 0.3, 0.5, mark="this"),
        bar("Unknown", None, state="not on record", mark="this"),
    ]
    svg = drawn("intervals", rows, x="Share", format=".0%")
    assert len(symbols(svg)) == 1
    assert "not on record" in texts(svg)
    assert "reliable" not in texts(svg)


def test_the_legs_stand_in_their_order_also_where_the_first_is_not_known():
    rows = [
        bar("A", None, state="not on record", leg="Voice"),
        bar("A", 0.0, 0.0, 0.2, leg="Money"),
        bar("A", 0.7, 0.4, 0.9, leg="Practice"),
    ]
    svg = drawn("triad", rows, x="Share", format=".0%")
    assert texts(svg).count("A") == 1  # in the legend
    assert [word for word in texts(svg) if word in ("Voice", "Money", "Practice")] == ["Voice", "Money", "Practice"]
    assert len(symbols(svg)) == 2


def test_a_place_without_a_leg_is_in_the_legend_of_the_triad():
    rows = [
        bar("A", None, state="A: not on record", leg="Voice"),
        bar("B", 0.2, 0.1, 0.3, "B: reliable", leg="Voice"),
    ]
    svg = drawn("triad", rows, x="Share", format=".0%")
    assert [word for word in texts(svg) if word in ("A", "B")] == ["A", "B"]
    assert len(symbols(svg)) == 1


@pytest.mark.parametrize("amount", [0.3, 0.7])
def test_the_line_of_equality_is_named_once_on_the_side_away_from_the_curve(amount):
    rows = [{"persons": 0, "amount": 0}, {"persons": 0.5, "amount": amount}, {"persons": 1, "amount": 1}]
    svg = drawn("concentration", rows, x="Residents", y="Share", equality="even spread", format=".0%")
    assert texts(svg).count("even spread") == 1
    anchor = re.search(r'text-anchor="(\w+)"[^>]*>even spread', svg)[1]
    assert anchor == ("end" if amount < 0.5 else "start")


@pytest.mark.parametrize("kind", sorted(charts.specs()))
def test_no_chart_holds_data_or_an_address_and_letters_are_large_enough(kind):
    spec = charts.specs()[kind]
    assert "$schema" not in spec
    assert spec["width"] == "container"
    assert "http" not in json.dumps(spec)
    sizes = re.findall(r'"(?:labelFontSize|titleFontSize|fontSize)": (\d+)', json.dumps(spec))
    assert min(map(int, sizes)) >= 12


def test_the_runtime_leaves_one_name_and_calls_nobody():
    script = vega_bundle.script()
    assert script.startswith("/*!")
    assert "window.vegaEmbed" in script
    assert "import(" not in script
    assert not {
        found for found in vega_bundle.ADDRESS.findall(script) if not found.startswith(vega_bundle.KNOWN_ADDRESSES)
    }
    assert len(script) < 1_200_000
