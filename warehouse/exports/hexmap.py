"""The localities as a map of hexagons of one size, GeoJSON (RFC 7946): `localities-hexmap.geojson`.

The coordinates are a grid, not geography: every locality is a hexagon of the odd-r layout of `core.dim_locality`, laid
where WGS 84 has the Gulf of Guinea, a tenth of a degree from centre to centre. There degrees are nearly square, so the
file is valid and draws true in any tool, and nobody can take a hexagon for a boundary.

The properties of a locality are its names and the headline measures of `marts.locality_profile`, each with the ends of
its interval and its state; a measure without a value is null, never zero.
"""

import json
import math
from pathlib import Path
from typing import Any

import duckdb

from warehouse.catalogue import pick, tables
from warehouse.exports import Content
from warehouse.tables import quoted

FILE = "localities-hexmap.geojson"
PROFILE = "marts.locality_profile"
WIDTH = 0.1
DIGITS = 6
DESCRIPTION = (
    "The localities as hexagons with their headline measures (GeoJSON). Coordinates are a grid, not geography: "
    "each locality is one hexagon of one size, near its neighbours. "
    "A null has a state that says why; it is never zero."
)


def headline_measures() -> tuple[str, ...]:
    """Return the measures of the profile of a locality, which are the columns that have a state."""
    names = [column.name for column in pick("table", tables, PROFILE).columns]
    return tuple(name for name in names if f"{name}_state" in names)


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `localities-hexmap.geojson`, a feature for every locality in order of code."""
    measured = [f"{name}{part}" for name in headline_measures() for part in ("", "_lci", "_uci", "_state")]
    columns = ["locality_name", "locality_name_cy", "nation", "comparable_group", *measured]
    rows = database.execute(
        f"select locality_code, place.hex_q, place.hex_r, {', '.join(f'profile.{quoted(name)}' for name in columns)} "
        f"from core.dim_locality as place inner join {PROFILE} as profile using (locality_code) order by locality_code"
    ).fetchall()
    features = [
        {
            "type": "Feature",
            "id": code,
            "geometry": {"type": "Polygon", "coordinates": [hexagon(q, r)]},
            "properties": {"locality_code": code} | dict(zip(columns, values, strict=True)),
        }
        for code, q, r, *values in rows
    ]
    points = [point for feature in features for point in feature["geometry"]["coordinates"][0]]
    box = [end(values) for end in (min, max) for values in zip(*points, strict=True)]
    collection: dict[str, Any] = {
        "type": "FeatureCollection",
        "title": "Community Power: localities",
        "description": DESCRIPTION,
        "version": content.version,
        "licences": [licence.url for licence in content.licences],
        **({"bbox": box} if box else {}),
        "features": features,
    }
    (folder / FILE).write_text(json.dumps(collection, ensure_ascii=False, separators=(",", ":")) + "\n", "utf-8")


def hexagon(q: int, r: int) -> list[tuple[float, float]]:
    """Return the ring of a hexagon with a corner on top, in degrees, counter-clockwise and closed.

    `q` counts columns to the east, `r` rows to the north; odd rows are shoved half a hexagon to the east.
    """
    radius = WIDTH / math.sqrt(3)
    east, north = WIDTH * (q + 0.5 * (r & 1)), 1.5 * radius * r
    corners = [math.radians(30 + 60 * corner) for corner in range(6)]
    ring = [
        (round(east + radius * math.cos(corner), DIGITS), round(north + radius * math.sin(corner), DIGITS))
        for corner in corners
    ]
    return [*ring, ring[0]]
