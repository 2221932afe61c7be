"""Preview charts of tables for the UI.

A preview has two files: `sql/previews/<schema>/<table>.sql` selects the data, from the table and the tables that it
reads, and the JSON file beside it is the Vega-Lite chart without its data.
"""

import base64
import json
from functools import cache
from pathlib import Path
from typing import Any

from assets.factories.recipes import called_macros, digest
from warehouse.lineage import SQL_ROOT, reads
from warehouse.storage.table_store import Tables

VEGA_LITE = "6.1"
# Every run stores its previews in the event log, where a PNG would be three times the size.
QUALITY = 85
STYLE: dict[str, Any] = {
    "background": "white",
    "padding": 12,
    "config": {
        "font": "Liberation Sans, Arial, sans-serif",
        "axis": {"labelFontSize": 11, "titleFontSize": 11, "titleFontWeight": "normal", "gridColor": "#e6e6e6"},
        "header": {"labelFontSize": 12, "titleFontSize": 12},
        "legend": {"labelFontSize": 12, "titleFontSize": 12, "symbolSize": 120, "labelLimit": 0},
        "title": {"anchor": "start", "fontSize": 14, "subtitleFontSize": 12, "subtitleColor": "#595959"},
        "view": {"stroke": None},
    },
}


@cache
def pictures() -> dict[str, Path]:
    """Return the preview query of each table that has one, by `schema.table`."""
    return {f"{path.parent.name}.{path.stem}": path for path in sorted((SQL_ROOT / "previews").glob("*/*.sql"))}


def chart(table: str) -> dict[str, Any]:
    """Return the Vega-Lite chart of a table with a preview, styled and without its data."""
    described: dict[str, Any] = json.loads(pictures()[table].with_suffix(".json").read_text("utf-8"))
    return STYLE | described


def jpeg(table: str, tables: Tables) -> bytes:
    """Return the preview of a table as JPEG, computed from the table store; cached beside the table.

    Raises `CommunityPowerError` if a table that it reads has not been built, and `ValueError` if the chart cannot be
    drawn.
    """
    query = pictures()[table].read_text("utf-8")
    contents = [stamp.content if (stamp := tables.stamp(name)) else "" for name in reads(query)]
    wanted = digest(
        [query, *called_macros(query), json.dumps(chart(table)), VEGA_LITE, str(QUALITY), *contents]
    ).encode()
    kept = tables.path(table).with_suffix(".picture")
    if all(contents) and kept.exists() and (drawn := kept.read_bytes()).startswith(wanted):
        return drawn.removeprefix(wanted)
    drawn = _drawn(table, query, tables)
    kept.write_bytes(wanted + drawn)
    return drawn


def _drawn(table: str, query: str, tables: Tables) -> bytes:
    import vl_convert  # slow: starts a JavaScript engine

    with tables.connect(reads(query)) as database:
        result = database.execute(query)
        names = [column[0] for column in result.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    drawn: bytes = vl_convert.vegalite_to_jpeg(
        chart(table) | {"data": {"values": rows}}, vl_version=VEGA_LITE, quality=QUALITY, allowed_base_urls=[]
    )
    return drawn


def markdown(table: str, tables: Tables) -> str:
    """Return the preview of a table as Markdown with the embedded image and its description; raises as `jpeg`."""
    described = chart(table)["description"]
    return f"{described}\n\n![{described}](data:image/jpeg;base64,{base64.b64encode(jpeg(table, tables)).decode()})"
