"""The map of hexagons: valid GeoJSON, no two on one place, neighbours side by side."""

import json
import math
from itertools import pairwise

import pytest

from warehouse.exports import hexmap
from warehouse.storage.landing import REFERENCE


@pytest.fixture(scope="module")
def said(edition):
    return json.loads((edition.path / hexmap.FILE).read_text("utf-8"))


def centre(ring):
    return tuple(sum(axis) / 6 for axis in zip(*ring[:-1], strict=True))


def area(ring):
    """Return the signed area of a ring, positive where it runs counter-clockwise."""
    return sum(x0 * y1 - x1 * y0 for (x0, y0), (x1, y1) in pairwise(ring)) / 2


def test_it_is_what_rfc_7946_asks_for(said):
    assert said["type"] == "FeatureCollection"
    assert "crs" not in said
    points = []
    for feature in said["features"]:
        assert (feature["type"], feature["geometry"]["type"]) == ("Feature", "Polygon")
        (ring,) = feature["geometry"]["coordinates"]
        assert len(ring) == 7
        assert ring[0] == ring[-1]
        assert area(ring) > 0
        points += ring
    xs, ys = zip(*points, strict=True)
    assert said["bbox"] == [min(xs), min(ys), max(xs), max(ys)]
    assert all(abs(x) < 180 and abs(y) < 90 for x, y in points)


def test_a_locality_has_its_names_and_its_measures_with_states(said):
    features = {feature["id"]: feature["properties"] for feature in said["features"]}
    assert list(features) == ["E08000039", "W06000001", "W06000002"]
    anglesey = features["W06000001"]
    assert (anglesey["locality_name_cy"], anglesey["nation"]) == ("Ynys Môn", "Wales")
    assert (anglesey["pop_total"], anglesey["pop_total_lci"], anglesey["pop_total_state"]) == (1234.5, 1000.25, "ok")
    assert (anglesey["coh_belong_pct"], anglesey["coh_belong_pct_state"]) == (None, "suppressed")


def test_neighbours_of_the_layout_are_one_width_apart():
    for q, r in ((0, 0), (3, 7), (-2, -3)):
        east = 1 if r % 2 else 0
        around = [(q - 1, r), (q + 1, r), *((q + east + step, r + row) for row in (-1, 1) for step in (-1, 0))]
        for neighbour in around:
            apart = math.dist(centre(hexmap.hexagon(q, r)), centre(hexmap.hexagon(*neighbour)))
            assert apart == pytest.approx(hexmap.WIDTH, abs=1e-5)


def test_no_two_localities_lie_on_one_another():
    lines = (REFERENCE / "localities.csv").read_text("utf-8").splitlines()
    places = [tuple(map(int, line.split(",")[-2:])) for line in lines[1:]]
    assert len({centre(hexmap.hexagon(*place)) for place in places}) == len(places) == 361
