"""Charts of the report: one specification per kind of chart, created with Altair and shared by all pages.

A specification has no data and no texts. Its rows are the named data set `rows`. A value that starts with `@` is a text
of the figure (an axis title, a number format). `static/charts.js` inserts both from the JSON of the page, so a page has
only its rows and both languages share one specification. Vega-Lite is compiled to Vega when the site is built.

Colours are those of the Government Analysis Function, lighter on dark pages. Nothing is shown by colour alone: shape,
dash, order or a label shows it too.
"""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warehouse.report import vega_bundle

Spec = dict[str, Any]

SPECS_FILE = "specs.js"
# Files of `write_static`, which depend on this module and the libraries only.
MADE = (vega_bundle.FILE, SPECS_FILE)
CHART_SCRIPTS = (vega_bundle.FILE, SPECS_FILE, "charts.js")

# Custom properties of `static/site.css`, which defines them for light and dark pages.
BLUE, TURQUOISE, PINK, ORANGE, GREY, PURPLE = (
    f"var(--{name})" for name in ("series-blue", "turquoise", "pink", "orange", "grey", "purple")
)
AXIS, FAINT = "var(--soft)", "var(--line)"
# At most five series, each with its own colour and shape.
SERIES = (BLUE, TURQUOISE, PINK, ORANGE, PURPLE)
SHAPES = ("circle", "square", "diamond", "triangle-up", "cross")
ROW_HEIGHT = 30
PLOT_HEIGHT = 240
CONFIG: Spec = {
    "background": "transparent",
    # For assistive technology the chart is one picture with a label; its table has the content.
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
    """Return the chart of one measure for several localities: a point and interval per row, or the state as text.

    Rows: name, value, lci, uci, state (text, if there is no value), mark (`this` or `other`). Texts: x, format. `group`
    is a row with `low` and `high`, the range of the axis, and `median` or null.
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
    """Return the three shares of the balance, from 0 to 1 and never averaged, for one or more localities.

    Rows: leg, name, value, lci, uci, state. Texts: x, format. A component without a value shows its state as text.
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
    # Every locality has a colour and a legend entry, even without a value.
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
    """Return a concentration curve with the line of equality.

    Rows: persons and amount, shares from 0 to 1 that start with (0, 0). Texts: x, y, format, equality.
    """
    import altair as alt

    share = alt.Scale(domain=[0, 1], nice=False)
    axis = alt.Axis(format="@format", values=[0, 0.25, 0.5, 0.75, 1])
    x, y = alt.X("persons:Q", title="@x", scale=share, axis=axis), alt.Y("amount:Q", title="@y", scale=share, axis=axis)
    equal = alt.Chart(alt.InlineData(LINE_OF_EQUALITY)).encode(x=x, y=y)
    curve = alt.Chart(alt.NamedData("rows")).encode(x=x, y=y)
    # The label of the line is on the side without the curve.
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
    """Return the share of small areas per national tenth, most deprived first, with a line at one tenth.

    Rows: decile, share, top (the largest share of all charts of the page, so that they have one scale). Texts: x, y,
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
    """Return a bar chart of numbers of records: one row per class, with the name above the bar.

    Rows: name, records. Texts: x.
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
    """Return the Vega-Lite specification of every kind of chart by its name."""
    return {make.__name__: make() for make in KINDS}


def write_static(folder: Path) -> None:
    """Write the runtime and the compiled Vega specifications into the folder of static files."""
    import vl_convert

    (folder / vega_bundle.FILE).write_text(vega_bundle.script(), "utf-8")
    compiled = {kind: vl_convert.vegalite_to_vega(spec) for kind, spec in specs().items()}
    plain = json.dumps(compiled, ensure_ascii=False, separators=(",", ":"), sort_keys=True)
    (folder / SPECS_FILE).write_text(f"window.CHARTS = {plain};\n", "utf-8")


def _states(base: Any) -> Any:
    """Return a text layer with the state of rows without a value.

    It must be the first layer: the layers of values drop rows without one, and the first layer sets the order.
    """
    import altair as alt

    words = alt.condition("isValid(datum.value)", alt.value(""), "state:N")
    return base.mark_text(**STATE_AT_LEFT).encode(x=alt.value(0), text=words)


def _spec(chart: Any) -> Spec:
    """Return the specification of a layered chart with the width of its figure, without data or remote schema."""
    fitted = chart.properties(width="container", autosize={"type": "fit-x", "contains": "padding"})
    spec: Spec = fitted.configure(**CONFIG).to_dict()
    del spec["$schema"]
    return spec
