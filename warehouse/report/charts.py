"""The charts of the report: one specification a kind of chart, made once with Altair and shared by all pages.

A specification holds no data and no words. Its rows are the named data set `rows`, and what begins with `@` is a word
of the figure that uses it (the title of an axis, the format of a number): `static/charts.js` puts both in from the
JSON of the page. So a page carries only its rows, and both languages share one file. Vega-Lite is compiled to Vega
when the site is built, not in the reader's browser.

Colours are those of the Government Analysis Function, lighter on a dark page. What colour tells, shape, dash, order or
a label tells too.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warehouse.report import vega_bundle

Spec = dict[str, Any]

SPECS_FILE = "specs.js"
# What `write_static` writes, of this module and the libraries alone.
MADE = (vega_bundle.FILE, SPECS_FILE)
CHART_SCRIPTS = (vega_bundle.FILE, SPECS_FILE, "charts.js")

# Custom properties of `static/site.css`, which has a value of each for light and for dark pages.
BLUE, TURQUOISE, PINK, ORANGE, GREY, PURPLE = (
    f"var(--{name})" for name in ("series-blue", "turquoise", "pink", "orange", "grey", "purple")
)
AXIS, FAINT = "var(--soft)", "var(--line)"
# Five series at most: each with a colour and a shape of its own.
SERIES = (BLUE, TURQUOISE, PINK, ORANGE, PURPLE)
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross")
ROW_HEIGHT = 30
PLOT_HEIGHT = 240
CONFIG: Spec = {
    "background": "transparent",
    # The figure is one picture with one name, given to it when it is drawn; its table says what is in it.
    "mark": {"aria": False},
    "font": "Arial, Helvetica, sans-serif",
    "view": {"stroke": None},
    "axis": {
        "labelFontSize": 14,
        "titleFontSize": 14,
        "titleFontWeight": "normal",
        "titlePadding": 10,
        "labelColor": GREY,
        "titleColor": GREY,
        "domainColor": AXIS,
        "tickColor": AXIS,
        "gridColor": FAINT,
        "labelLimit": 170,
    },
    "legend": {"labelFontSize": 14, "titleFontSize": 14, "labelColor": GREY, "titleColor": GREY, "labelLimit": 260},
    "text": {"fontSize": 14, "color": GREY},
}
STATE_AT_LEFT: Spec = {"align": "left", "dx": 4, "fontStyle": "italic"}
LINE_OF_EQUALITY = [{"persons": 0, "amount": 0}, {"persons": 1, "amount": 1}]


def intervals() -> Spec:
    """Return the chart of one measure for several localities: a point with its interval a row, or the state as text.

    Rows: name, value, lci, uci, state (text, where there is no value), mark (`this` or `other`). Words: x, format.
    `group` is a row of `low` and `high`, which the axis spans whatever the rows are, and `median` or null.
    """
    import altair as alt

    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y("name:N", sort=None, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False, labelPadding=8))
    )
    x = alt.X(
        "value:Q", title="@x", scale=alt.Scale(zero=False, nice=True), axis=alt.Axis(format="@format", tickCount=5)
    )
    emphasis = alt.Color("mark:N", scale=alt.Scale(domain=["this", "other"], range=[BLUE, AXIS]), legend=None)
    interval = base.mark_rule(strokeWidth=3).encode(x=alt.X("lci:Q", title="@x"), x2="uci:Q", color=emphasis)
    point = base.mark_point(filled=True, opacity=1, size=110).encode(
        x=x,
        color=emphasis,
        shape=alt.Shape("mark:N", scale=alt.Scale(domain=["this", "other"], range=["diamond", "circle"]), legend=None),
    )
    group = alt.Chart(alt.NamedData("group"))
    span = group.mark_rule(opacity=0).encode(x=alt.X("low:Q", title="@x"), x2="high:Q")
    middle = group.transform_filter("isValid(datum.median)").mark_rule(color=AXIS, strokeDash=[6, 4], strokeWidth=2)
    median = middle.encode(x=alt.X("median:Q", title="@x"))
    return _spec(alt.layer(_states(base), span, median, interval, point).properties(height=alt.Step(ROW_HEIGHT)))


def triad() -> Spec:
    """Return the three shares of the balance, from 0 to 1 and never averaged, for one place or a few.

    Rows: leg, name, value, lci, uci, state. Words: x, format. A leg that has no value shows its state in words.
    """
    import altair as alt

    base = alt.Chart(alt.NamedData("rows")).encode(
        y=alt.Y("leg:N", sort=None, title=None, axis=alt.Axis(grid=False, ticks=False, domain=False, labelPadding=8)),
        yOffset=alt.YOffset("name:N", sort=None),
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(format="@format", values=[0, 0.25, 0.5, 0.75, 1])
    colour = alt.Color("name:N", sort=None, scale=alt.Scale(range=list(SERIES)), legend=None)
    legend = alt.Legend(
        title=None, orient="top", columns=1, symbolFillColor=GREY, symbolStrokeColor=GREY, symbolOpacity=1
    )
    shape = alt.Shape("name:N", sort=None, scale=alt.Scale(range=list(SHAPES)), legend=legend)
    # Every place is in the legend and has its own colour, also one that has no leg.
    everyone = base.mark_point(filled=True, opacity=0).encode(x=alt.value(0), color=colour, shape=shape)
    interval = base.mark_rule(strokeWidth=3).encode(
        x=alt.X("lci:Q", title="@x", scale=scale, axis=axis), x2="uci:Q", color=colour
    )
    point = base.mark_point(filled=True, opacity=1, size=110).encode(
        x=alt.X("value:Q", title="@x", scale=scale, axis=axis), color=colour, shape=shape
    )
    layers = alt.layer(_states(base), everyone, interval, point)
    return _spec(layers.properties(height=alt.Step(ROW_HEIGHT * 0.8)))


def concentration() -> Spec:
    """Return a concentration curve beside the line of equality.

    Rows: persons and amount, shares from 0 to 1 beginning with (0, 0). Words: x, y, format, equality.
    """
    import altair as alt

    share = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(format="@format", values=[0, 0.25, 0.5, 0.75, 1])
    x, y = alt.X("persons:Q", title="@x", scale=share, axis=axis), alt.Y("amount:Q", title="@y", scale=share, axis=axis)
    equal = alt.Chart(alt.InlineData(LINE_OF_EQUALITY)).encode(x=x, y=y)
    curve = alt.Chart(alt.NamedData("rows")).encode(x=x, y=y)
    # The name of the line stands on the side of it where the curve is not.
    middle = curve.transform_filter("abs(datum.persons - 0.5) < 0.05")
    below = middle.transform_filter("datum.amount >= datum.persons").transform_calculate(persons="0.52", amount="0.48")
    above = middle.transform_filter("datum.amount < datum.persons").transform_calculate(persons="0.48", amount="0.52")
    return _spec(
        alt.layer(
            equal.mark_line(color=AXIS, strokeDash=[6, 4], strokeWidth=2),
            below.mark_text(align="left", baseline="top", text="@equality"),
            above.mark_text(align="right", baseline="bottom", text="@equality"),
            curve.mark_line(color=BLUE, strokeWidth=3, point=alt.OverlayMarkDef(color=BLUE, size=50, filled=True)),
        ).properties(height=PLOT_HEIGHT)
    )


def deprivation() -> Spec:
    """Return the share of small areas in each national tenth, the most deprived first, with a line at one tenth.

    Rows: decile, share, top (the largest share of all charts beside it, so that they have one scale). Words: x, y,
    format.
    """
    import altair as alt

    share = alt.Y("share:Q", title="@y", axis=alt.Axis(format="@format", tickCount=5))
    rows = alt.Chart(alt.NamedData("rows")).encode(x=alt.X("decile:O", title="@x", axis=alt.Axis(labelAngle=0)))
    even = alt.Chart(alt.InlineData([{"share": 0.1}])).encode(y=share)
    return _spec(
        alt.layer(
            rows.mark_point(opacity=0).encode(y=alt.Y("top:Q", title="@y")),
            rows.mark_bar(color=BLUE).encode(y=share),
            even.mark_rule(color=ORANGE, strokeDash=[6, 4], strokeWidth=2),
        ).properties(height=220)
    )


def attention() -> Spec:
    """Return bars of how many records there are, a row a class, its name above its bar.

    Rows: name, records. Words: x.
    """
    import altair as alt

    base = alt.Chart(alt.NamedData("rows")).encode(y=alt.Y("name:N", sort=None, axis=None))
    x = alt.X("records:Q", title="@x", axis=alt.Axis(format=",d", tickMinStep=1, tickCount=5))
    return _spec(
        alt.layer(
            base.mark_bar(color=BLUE, height=16, yOffset=9).encode(x=x),
            base.mark_text(align="left", dx=4, dy=9).encode(x=x, text=alt.Text("records:Q")),
            base.mark_text(align="left", dx=2, dy=-9).encode(x=alt.value(0), text=alt.Text("name:N")),
        ).properties(height=alt.Step(ROW_HEIGHT * 1.4))
    )


KINDS: tuple[Callable[[], Spec], ...] = (intervals, triad, concentration, deprivation, attention)


def specs() -> dict[str, Spec]:
    """Return the Vega-Lite specification of every kind of chart, by the name of the kind."""
    return {make.__name__: make() for make in KINDS}


def write_static(folder: Path) -> None:
    """Write the runtime and the specifications, compiled to Vega, into the folder of the static files."""
    import vl_convert

    (folder / vega_bundle.FILE).write_text(vega_bundle.script(), "utf-8")
    compiled = {kind: vl_convert.vegalite_to_vega(spec) for kind, spec in specs().items()}
    plain = json.dumps(compiled, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    (folder / SPECS_FILE).write_text(f"window.CHARTS = {plain};\n", "utf-8")


def _states(base: Any) -> Any:
    """Return the state in words where a row has no value.

    It stands first among the layers: those of values leave the rows without one out, and the first says the order.
    """
    import altair as alt

    words = alt.condition("isValid(datum.value)", alt.value(""), "state:N")
    return base.mark_text(**STATE_AT_LEFT).encode(x=alt.value(0), text=words)


def _spec(chart: Any) -> Spec:
    """Return the specification of a chart of layers as wide as its figure, without data and without a remote schema."""
    fitted = chart.properties(width="container", autosize={"type": "fit-x", "contains": "padding"})
    spec: Spec = fitted.configure(**CONFIG).to_dict()
    del spec["$schema"]
    return spec
