"""Writes `localities-hexmap.geojson`: the localities as hexagons of equal size, GeoJSON (RFC 7946).

The coordinates are a grid, not real boundaries: every locality is a hexagon of the odd-r layout of `core.dim_locality`,
placed in the Gulf of Guinea (WGS 84), a tenth of a degree from centre to centre. Degrees are nearly square there, so
the file is valid and has the right shape in any tool, and a hexagon cannot be confused with a boundary.

The properties of a locality are its names and its profile: value, interval and state of each metric, as in
`metrics.headline_value`. A metric without a value is null, never zero. `units` of the collection has the unit of each
metric.
"""

import json
import math
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import profile_metrics, units
from warehouse.exports import Content

FILE = "localities-hexmap.geojson"
WIDTH = 0.1
DIGITS = 6
DESCRIPTION = (
    "The localities as hexagons with their headline measures (GeoJSON). Coordinates are a grid, not real "
    "boundaries: each locality is one hexagon of equal size, near its neighbours. A null is never zero. Its state "
    "gives the reason."
)


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `localities-hexmap.geojson`, with one feature per locality, sorted by code."""
    columns = ("locality_name", "locality_name_cy", "nation", "comparable_group")
    places = database.execute(
        f"select locality_code, hex_q, hex_r, {', '.join(columns)} from core.dim_locality order by locality_code"
    ).fetchall()
    measured = {
        (metric, code): values
        for metric, code, *values in database.execute(
            "select metric_id, locality_code, value, lci, uci, state from metrics.headline_value"
        ).fetchall()
    }
    features = [
        {
            "type": "Feature",
            "id": code,
            "geometry": {"type": "Polygon", "coordinates": [hexagon(q, r)]},
            "properties": {"locality_code": code}
            | dict(zip(columns, names, strict=True))
            | {
                f"{metric.id}{part}": value
                for metric in profile_metrics()
                for part, value in zip(("", "_lci", "_uci", "_state"), measured[metric.id, code], strict=True)
            },
        }
        for code, q, r, *names in places
    ]
    points = [point for feature in features for point in feature["geometry"]["coordinates"][0]]
    box = [end(values) for end in (min, max) for values in zip(*points, strict=True)]
    collection: dict[str, Any] = {
        "type": "FeatureCollection",
        "title": "Community Power: localities",
        "description": DESCRIPTION,
        "version": content.version,
        "units": {metric.id: units()[metric.unit].label() for metric in profile_metrics()},
        "licences": [licence.url for licence in content.licences],
        **({"bbox": box} if box else {}),
        "features": features,
    }
    (folder / FILE).write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def hexagon(q: int, r: int) -> list[tuple[float, float]]:
    """Return the ring of a hexagon with a corner on top, in degrees, counter-clockwise and closed.

    `q` counts columns to the east and `r` rows to the north; odd rows are shifted half a hexagon to the east.
    """
    radius = WIDTH / math.sqrt(3)
    east, north = WIDTH * (q + 0.5 * (r & 1)), 1.5 * radius * r
    corners = [math.radians(30 + 60 * corner) for corner in range(6)]
    ring = [
        (round(east + radius * math.cos(corner), DIGITS), round(north + radius * math.sin(corner), DIGITS))
        for corner in corners
    ]
    return [*ring, ring[0]]
