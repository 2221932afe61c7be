"""What the catalogue says of pulling holds together, and a file of mirrors changes only what it may."""

import pytest
import yaml

from warehouse.catalogue import sources
from warehouse.errors import BadRecord, UnknownName

PULLED = {source.id: source for source in sources().values() if source.protocol}


@pytest.fixture
def mirrored(monkeypatch, tmp_path):
    """Name a file of mirrors, and return the sources as they are then."""

    def name(content):
        path = tmp_path / "mirrors.yaml"
        path.write_text(content if isinstance(content, str) else yaml.safe_dump(content), "utf-8")
        monkeypatch.setenv("CPOWER_PUBLISHERS", str(path))
        return sources()

    return name


def test_a_mirror_takes_the_place_of_what_it_names_and_no_more(mirrored):
    mirror = {"address": "http://127.0.0.1:8/f.csv", "hosts": ["127.0.0.1"], "schemes": ["http"]}
    found = mirrored({"iod2025": mirror})["iod2025"]
    assert (found.address, found.hosts, found.schemes) == (mirror["address"], ("127.0.0.1",), ("http",))
    assert found.options == PULLED["iod2025"].options
    assert found.title == PULLED["iod2025"].title
    assert sources()["simd2020"] == PULLED["simd2020"]


def test_options_of_a_mirror_replace_those_of_the_catalogue(mirrored):
    found = mirrored({"iod2025": {"options": {}, "max_requests_per_minute": 6000, "deadline_s": 5}})["iod2025"]
    assert (found.options, found.max_requests_per_minute, found.deadline_s) == ({}, 6000, 5)
    assert found.address == PULLED["iod2025"].address


@pytest.mark.parametrize(
    ("content", "error", "message"),
    [
        ({"iod2052": {}}, UnknownName, "iod2025"),
        ({"iod2025": {"licence": "MIT"}}, BadRecord, "licence: Extra inputs"),
        ({"iod2025": {"address": "http://127.0.0.1/"}}, BadRecord, "hosts must include the host of its address"),
        ([], BadRecord, None),
        (["iod2025"], BadRecord, "must hold a mapping"),
        ("{", BadRecord, "not YAML"),
    ],
    ids=["unknown source", "another field", "host not named", "empty list", "list", "no YAML"],
)
def test_a_wrong_file_of_mirrors_is_told(mirrored, content, error, message):
    if message is None:
        assert mirrored(content)["iod2025"] == PULLED["iod2025"]
        return
    with pytest.raises(error, match=message):
        mirrored(content)


def test_a_file_of_mirrors_that_is_not_there_is_told(monkeypatch, tmp_path):
    monkeypatch.setenv("CPOWER_PUBLISHERS", str(tmp_path / "none.yaml"))
    with pytest.raises(BadRecord, match="CPOWER_PUBLISHERS cannot be read"):
        sources()
