"""What the publisher's own StatsWales server answered: the client reads it, and the local service answers alike."""

import json
import re
from collections import Counter
from dataclasses import replace
from datetime import date

import polars as pl
import pytest
import requests

from assets.sources.statswales.labels import parse_statswales_labels
from assets.sources.statswales.observations import parse_statswales
from tests.support.statswales_recordings import (
    COHESION,
    NAMES,
    RECORDED,
    SUCCESSOR,
    Replay,
    cohesion,
    gaps,
    population,
    recording,
)
from tests.support.statswales_service import ID, StatsWales, timed_out
from warehouse.errors import RefusedFile
from warehouse.publishers.statswales import absent_authorities, dimensions_of, flattened, incomplete, with_rows

pytestmark = pytest.mark.skipif(not RECORDED.is_dir(), reason=f"the recorded answers in {RECORDED} are not here")
V2 = ("v2_search_en", "v2_metadata_rev1", "v2_filters_en", "v2_post_raw_extended", "v2_query", "v2_csv_raw_extended_en")
V1 = ("v1_list", "v1_metadata", "v1_filters_lang_en-GB", "v1_filters_lang_en", "v1_csv_raw_extended_en")
FOUND = {
    "datasets": [
        {"name": "cohesion", "keywords": ["community cohesion"], "title": ["community cohesion", "local area"]}
    ]
}


@pytest.fixture
def replayed(puller, httpserver):
    """Return what pulls a source from recordings: (outcome, names of the recordings that were asked for)."""

    def pull(source_id, *names, **options):
        replay = Replay(httpserver, *names)
        puller.at(source_id, httpserver.url_for(""), **options)
        return puller.pull(source_id), replay.asked

    return pull


def by_id(dataset_id=COHESION, name="cohesion", **others):
    return {"datasets": [{"name": name, "id": dataset_id, "title": [], **others}]}


# The client reads what the server answers.


def test_a_data_set_is_found_and_lands_as_sent_and_is_read(puller, replayed):
    outcome, asked = replayed("statswales_cohesion", *V2, **FOUND)
    assert outcome.state == "ok", outcome.reason
    assert asked == list(V2[:1] + V2[2:3] + V2[1:2] + V2[3:])
    content = puller.current("statswales_cohesion")["cohesion.csv"]
    assert content == recording("v2_csv_raw_extended_en").content
    intake = parse_statswales(content)
    assert (intake.kept.height, intake.quarantined.height) == (69, 0)
    assert Counter(intake.kept["value_status"]) == {None: 59, "x": 3, "u": 3, "e;u": 3, "t": 1}
    assert intake.kept.row(0, named=True)["value"] == 50.123456789
    assert intake.kept.filter(pl.col("value").is_null())["area_name"].to_list() == ["Conwy"] * 3
    assert set(intake.kept["period_start"]) == {date(year, 4, 1) for year in (2018, 2021, 2023)}
    assert set(intake.kept["other_dimensions"]) == {"{}"}


def test_the_older_version_gives_the_same_bytes(puller, replayed):
    outcome, asked = replayed("statswales_cohesion", *V1, **FOUND)
    assert outcome.state == "ok", outcome.reason
    assert outcome.notes[0].startswith("API v2 serves none of the data sets")
    assert asked[1:] == ["v1_list", "v1_filters_lang_en-GB", "v1_metadata", "v1_csv_raw_extended_en"]
    assert puller.current("statswales_cohesion")["cohesion.csv"] == recording("v2_csv_raw_extended_en").content
    assert recording("v1_filters_lang_en-GB").content == recording("v2_filters_en").content


def test_each_reference_has_its_names_in_both_languages(puller, replayed):
    names = ("v2_metadata_rev1", "v2_filters_en", "v2_filters_cy")
    outcome, _ = replayed("statswales_label", *names, **by_id())
    assert outcome.state == "ok", outcome.reason
    labels = parse_statswales_labels(puller.current("statswales_label")["cohesion.json"])
    assert (labels.kept.height, labels.quarantined.height) == (3 + 23 + 1, 0)
    assert labels.kept["label_cy"].null_count() == 0
    shown = labels.kept.filter(pl.col("reference").is_in(["W06000012", "1"]))
    assert shown.select("label", "label_cy", "dimension_name_cy", "parent_reference").rows() == [
        ("Neath Port Talbot", "Castell-nedd Port Talbot", "Ardal", "W92000004"),
        ("Percentage", "Canran", "Disgrifiad o’r data", None),
    ]


def test_signs_gaps_and_notes_are_those_of_the_publisher():
    content = recording("v2_gap_csv_raw_extended_en").content
    intake = parse_statswales(content)
    assert (intake.kept.height, intake.quarantined.height) == (66, 0)
    named = {value["description"] for value in of_dimension("v2_gap_filters_en", "Group")}
    assert (
        {json.loads(item)["Group"] for item in intake.kept["other_dimensions"]}
        == named
        == {
            "=All",
            "-Men",
            'Women, "quoted"',
        }
    )
    by_area = intake.kept.unique("area_name", keep="first", maintain_order=True)
    read = {
        name: (value, status) for name, value, status in by_area.select("area_name", "value", "value_status").rows()
    }
    assert read["Conwy"] == (-4.0, None)
    assert read["Ceredigion"] == (-8.0, "x;r")
    assert [read[name] for name in ("Denbighshire", "Flintshire", "Wrexham")] == [(None, "c"), (None, "z"), (None, "w")]


def test_an_authority_without_rows_is_absent_from_the_filters_and_from_the_rows():
    listed = of_dimension("v2_gap_filters_en", "AreaCode")
    assert absent_authorities([{value["reference"] for value in flattened(listed)}]) == ""
    assert absent_authorities([{value["reference"] for value in with_rows(listed)}]) == "Merthyr Tydfil"
    assert absent_authorities(dimensions_of(recording("v2_gap_csv_raw_extended_en").content)) == "Merthyr Tydfil"
    assert absent_authorities(dimensions_of(recording("v2_csv_raw_extended_en").content)) == ""


def of_dimension(name, code):
    return next(item["values"] for item in recording(name).json() if item["factTableColumn"] == code)


def test_a_table_without_rows_is_none():
    assert incomplete(recording("v2_csv_no_rows").content, 0) == "the table has no rows"
    assert incomplete(recording("v2_csv_raw_extended_en").content, recording("v2_query").json()["totalLines"]) == ""


def test_the_other_views_are_read_where_they_have_area_codes():
    """They print rounded numbers after spaces; those without references have no area codes."""
    read = parse_statswales(recording("v2_csv_formatted_extended_en").content).kept
    whole = parse_statswales(recording("v2_csv_raw_extended_en").content).kept
    assert (read["value"] - whole["value"]).abs().max() == pytest.approx(0.05)
    assert read["value"].null_count() == whole["value"].null_count() == 3
    assert read.drop("value").equals(whole.drop("value"))
    for name in ("v2_csv_raw_en", "v2_csv_formatted_en", "v2_csv_with_note_codes_en", "v2_csv_raw_extended_cy"):
        with pytest.raises(RefusedFile):
            parse_statswales(recording(name).content)


# The local service answers as the server does.

# Views that the local service does not serve.
UNSERVED = {"v2_csv_formatted_en", "v2_csv_formatted_extended_en", "v2_csv_with_note_codes_en"}
# What is the same to the byte beside errors, since the local data sets are made of the recorded ones; the rest has the
# same shape.
SAME = {
    "v1_filters_lang_en",
    "v1_filters_lang_en-GB",
    "v1_csv_raw_extended_en",
    "v2_filters_en",
    "v2_filters_cy",
    "v2_population_filters_en",
    "v2_csv_raw_extended_en",
    "v2_csv_raw_en",
    "v2_csv_no_rows",
    "v2_gap_csv_raw_extended_en",
    "v2_old_filter_after_revision",
}
# Headers of a web server, not of what it serves. The local one speaks HTTP/1.0, which has no chunks.
OF_CONNECTION = {"connection", "date", "server", "transfer-encoding"}
REPLACED = {"archived_at": "2026-11-29T11:44:41.206Z", "replaced_by": SUCCESSOR}
ARCHIVED = {"archived_at": "2026-11-29T11:44:39.886Z"}
# The states of the data set on cohesion and of its successor in which a recording was made; else there is the first.
STATES = {
    "v2_metadata_rev2": ({"revision": "2"}, None),
    "v2_metadata_after_unpublish_of_rev3": ({"revision": "2"}, None),
    "v2_metadata_replaced": ({"revision": "3", **REPLACED}, {}),
    "v2_metadata_replaced_redirect": ({"revision": "3", **REPLACED, "is_redirected": True}, {}),
    "v2_metadata_archived": ({}, ARCHIVED),
    "v2_search_one_archived": ({}, ARCHIVED),
    "v2_search_redirected": ({**REPLACED, "is_redirected": True}, {}),
    "v2_metadata_unpublished": ({}, {"is_published": False}),
    "v1_metadata_unpublished": ({}, {"is_published": False}),
    "v1_filters_unpublished": ({}, {"is_published": False}),
}
# Forms of text that are part of its type.
FORMS = {
    "id": ID,
    "date": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}"),
    "time": re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]+Z"),
}


def shape(value):
    """Return the keys and types of JSON, and the forms of ids and times; of a list the different shapes in it."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return sorted({json.dumps(shape(item), sort_keys=True) for item in value})
    if isinstance(value, str):
        return next((form for form, pattern in FORMS.items() if pattern.fullmatch(value)), "str")
    return type(value).__name__


def without_files(found):
    """Return metadata without what version 1 says of the files that dimensions were made from."""
    for dimension in found.get("dimensions", []) if isinstance(found, dict) else []:
        dimension.pop("extractor", None)
        dimension.pop("lookupTable", None)
    return found


def ask(server, expected, path=None, **given):
    """Return what a local server answers to the request of a recording."""
    if expected.name == "v2_post_broken_json":
        given |= {"data": "{", "headers": {"Content-Type": "application/json"}}
    elif expected.name == "v2_post_no_content_type":
        given |= {"data": "{}", "headers": {"Content-Type": "text/plain"}}
    elif expected.asked is not None:
        given |= {"json": expected.asked}
    address = server.url_for(path or expected.path)
    return requests.request(expected.method, address, params=expected.params, timeout=10, **given)


def local_path(server, path):
    """Return a path with the id that a local server gives the filter of the recorded id in it, if there is one."""
    for name in NAMES:
        post = recording(name)
        if post.method == "POST" and post.status == 200 and path.endswith(f"/{post.json()['filterId']}"):
            return path.replace(post.json()["filterId"], ask(server, post).json()["filterId"])
    return path


@pytest.mark.parametrize("name", [name for name in NAMES if name not in UNSERVED])
def test_the_local_service_answers_as_the_server_did(httpserver, name):
    expected = recording(name)
    of_cohesion, of_successor = STATES.get(name, ({}, None))
    tables = [cohesion(**of_cohesion), gaps(), population()]
    if of_successor is not None:
        tables.append(cohesion(SUCCESSOR, **of_successor))
    found = StatsWales(httpserver, *tables, limit=1 if name.startswith("v2_ratelimit") else None)
    path, given = local_path(httpserver, expected.path), {}
    if name == "v2_old_filter_after_revision":
        found.tables[COHESION] = replace(cohesion(revision="2"), facts=[])
    elif name == "v2_timeout_504":
        found.instead["filters"] = timed_out()
    elif name == "v2_ratelimit_429":
        ask(httpserver, expected)
    elif name == "v2_metadata_if_none_match":
        given = {"headers": {"If-None-Match": ask(httpserver, expected).headers["ETag"]}}
    answer = ask(httpserver, expected, path, **given)

    assert answer.status_code == expected.status
    assert answer.headers.get("content-type", "") == expected.kind
    headers = {key.lower(): value for key, value in answer.headers.items() if key.lower() not in OF_CONNECTION}
    assert headers.keys() == expected.headers.keys() - OF_CONNECTION
    for key in ("vary", "access-control-allow-origin", "content-disposition"):
        assert headers.get(key) == expected.headers.get(key)
    assert headers.get("etag", "")[:3] == expected.headers.get("etag", "")[:3]
    if name in SAME or expected.status >= 400:
        assert answer.content.decode() == expected.content.decode()
    elif "json" in expected.kind:
        assert shape(without_files(answer.json())) == shape(without_files(expected.json()))
