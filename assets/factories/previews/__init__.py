"""Pictures of tables for the UI, where people would rather look than read.

A picture is two files: `sql/previews/<schema>/<table>.sql` selects what is drawn, from the table and from those that
it is built from, and `<schema>.<table>.json` beside this module says how, as a Vega-Lite chart without its data.
"""

import base64
import json
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

from assets.factories.recipes import called_macros, digest
from warehouse.lineage import SQL_ROOT, reads
from warehouse.storage.table_store import Tables

CHARTS = Path(__file__).parent
VEGA_LITE = "6.1"
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
    """Return the query of each table that has a picture, by `schema.table`."""
    return {f"{path.parent.name}.{path.stem}": path for path in sorted((SQL_ROOT / "previews").glob("*/*.sql"))}


def chart(table: str) -> dict[str, Any]:
    """Return the Vega-Lite chart of a table with a picture, styled and without its data."""
    described: dict[str, Any] = json.loads((CHARTS / f"{table}.json").read_text("utf-8"))
    return STYLE | described


def png(table: str, tables: Tables) -> bytes:
    """Return the picture of a table that has one, from the tables as they are built; it is kept beside the table.

    Raises `CommunityPowerError` where a table that it is drawn from has not been built, and `ValueError` where the
    chart cannot be drawn.
    """
    query = pictures()[table].read_text("utf-8")
    contents = [stamp.content if (stamp := tables.stamp(name)) else "" for name in reads(query)]
    wanted = digest([query, *called_macros(query), json.dumps(chart(table)), VEGA_LITE, *contents]).encode()
    kept = tables.path(table).with_suffix(".picture")
    if all(contents) and kept.exists() and (drawn := kept.read_bytes()).startswith(wanted):
        return drawn.removeprefix(wanted)
    drawn = _drawn(table, query, tables)
    kept.write_bytes(wanted + drawn)
    return drawn


def _drawn(table: str, query: str, tables: Tables) -> bytes:
    import vl_convert  # nothing but a picture needs it, and it starts an engine of its own

    with tables.connect(reads(query)) as database:
        result = database.execute(query)
        names = [column[0] for column in result.description or []]
        rows = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    drawn: bytes = vl_convert.vegalite_to_png(
        chart(table) | {"data": {"values": rows}}, vl_version=VEGA_LITE, allowed_base_urls=[]
    )
    return _compressed(drawn)


def markdown(table: str, tables: Tables) -> str:
    """Return the picture of a table as Markdown that holds it whole, with its description in words; raises as `png`."""
    described = chart(table)["description"]
    return f"{described}\n\n![{described}](data:image/png;base64,{base64.b64encode(png(table, tables)).decode()})"


def _compressed(image: bytes) -> bytes:
    """Return a PNG with its pixels packed as tightly as they can be: every build keeps its pictures in the event log.

    They come packed for speed, at four times the size. A PNG is a signature and chunks of length, kind, content and
    checksum, of which those of kind IDAT together are the pixels (ISO/IEC 15948).
    """
    signature, rest = image[:8], image[8:]
    chunks = []
    while rest:
        (length,) = struct.unpack(">I", rest[:4])
        chunks.append((rest[4:8], rest[8 : 8 + length]))
        rest = rest[12 + length :]
    pixels = zlib.compress(zlib.decompress(b"".join(content for kind, content in chunks if kind == b"IDAT")), 9)
    head, tail = [chunks[0]], [chunk for chunk in chunks[1:] if chunk[0] != b"IDAT"]
    return signature + b"".join(
        struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))
        for kind, content in [*head, (b"IDAT", pixels), *tail]
    )
