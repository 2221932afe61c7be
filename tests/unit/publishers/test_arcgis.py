"""ArcGIS feature services: every record once, by this year's field names, or a failure that says what was wrong.

Records are made up.
"""

import csv
import io
import json

import pytest

from assets.sources.geography.areas import parse_ons_localities
from tests.support.fake_services import EDITED, Layer
from warehouse.errors import PublisherFailed
from warehouse.storage.landing import Known, KnownFile

LOCALITIES = [
    {"LAD25CD": "W06000001", "LAD25NM": "Isle of Anglesey", "LAD25NMW": "Ynys Môn"},
    {"LAD25CD": "E06000001", "LAD25NM": "Hartlepool", "LAD25NMW": None},
    {"LAD25CD": "E06000023", "LAD25NM": "Bristol, City of", "LAD25NMW": " "},
]


@pytest.fixture
def serve(httpserver, fetch):
    """Serve layers by service name, and return a pull of a source whose layers they are."""

    def start(source_id, served, **options):
        for name, layer in served.items():
            for path in ("", "/query"):
                httpserver.expect_request(f"/rest/services/{name}/FeatureServer/0{path}").respond_with_handler(layer)
        return lambda known=None: fetch(source_id, httpserver.url_for("/rest/services"), known, **options)[0]

    return start


@pytest.fixture
def pull(serve):
    """Serve one layer of local authorities and return a pull of it."""
    return lambda layer: serve("ons_localities", {"LAD_APR_2025_UK_NC_v2": layer})


def rows_of(file):
    return list(csv.reader(io.StringIO(file.content.decode(), newline="")))


def made_up(number):
    return [{"LAD25CD": f"E06{n:06}", "LAD25NM": f"Made-up place {n}"} for n in range(number)]


def known_of(found):
    return Known(revision=found.revision, files={file.file_name: KnownFile("0" * 64) for file in found.files})


def test_a_layer_is_one_csv_file_that_its_parser_reads(pull):
    layer = Layer(LOCALITIES)
    found = pull(layer)()
    (file,) = found.files
    assert rows_of(file) == [
        ["LAD25CD", "LAD25NM", "LAD25NMW"],
        ["E06000001", "Hartlepool", ""],
        ["E06000023", "Bristol, City of", " "],
        ["W06000001", "Isle of Anglesey", "Ynys Môn"],
    ]
    assert file.file_name == "LAD_APR_2025_UK_NC.csv"
    assert parse_ons_localities(file.content).kept.height == 3
    assert layer.asked == ["description", "count", "page"]


@pytest.mark.parametrize("form", ["attributes", "properties"], ids=["flag at top level", "flag in properties"])
@pytest.mark.parametrize("number", [4999, 4000, 2001, 2000, 1], ids=str)
def test_every_record_comes_once(pull, form, number):
    layer = Layer(made_up(number), form=form)
    assert len(rows_of(pull(layer)().files[0])) == 1 + number
    assert layer.asked.count("page") == -(-number // 2000)


def test_a_smaller_cap_of_the_layer_is_kept_to(pull):
    layer = Layer(made_up(250), cap=100)
    assert len(rows_of(pull(layer)().files[0])) == 251
    assert layer.asked.count("page") == 3


def test_a_cap_that_the_layer_does_not_tell_is_noticed_by_its_flag(pull):
    layer = Layer(made_up(250), cap=100)
    layer.spoil = lambda answer, kind: answer | {"maxRecordCount": 2000} if kind == "description" else answer
    assert len(rows_of(pull(layer)().files[0])) == 251


def test_without_a_flag_a_full_page_is_followed_by_the_next(pull):
    layer = Layer(made_up(250), cap=100)
    layer.spoil = lambda answer, kind: {key: answer[key] for key in answer if key != "exceededTransferLimit"}
    assert len(rows_of(pull(layer)().files[0])) == 251


def test_the_same_table_loaded_anew_is_the_same_bytes(pull):
    first = pull(Layer(LOCALITIES))().files[0].content
    assert pull(Layer(LOCALITIES[::-1]))().files[0].content == first


def test_numbers_stay_as_sent_and_cells_are_quoted(pull):
    layer = Layer([{"LAD25CD": 2025, "LAD25NM": 'a "b", c\nd'}, {"LAD25CD": 0.5, "LAD25NM": "=1+1"}])
    assert rows_of(pull(layer)().files[0])[1:] == [["0.5", "=1+1"], ["2025", 'a "b", c\nd']]


@pytest.mark.parametrize(("year", "name"), [("26", "LAD26CD"), ("27", "lad27cd")])
def test_fields_are_found_whatever_their_year(pull, year, name):
    layer = Layer([{name: "E06000001", f"LAD{year}NM": "Hartlepool"}])
    assert rows_of(pull(layer)().files[0])[0] == [name, f"LAD{year}NM"]


@pytest.mark.parametrize(
    ("record", "reason"),
    [
        ({"LAD25NM": "Hartlepool"}, r"no fields for .* among 'LAD25NM, ObjectId'"),
        ({"LAD25CD": "a", "LAD24CD": "b", "LAD25NM": "c"}, r"2 fields for .* among 'LAD25CD, LAD24CD"),
    ],
    ids=["renamed", "two years"],
)
def test_fields_that_do_not_fit_are_named(pull, record, reason):
    with pytest.raises(PublisherFailed, match=reason):
        pull(Layer([record]))()


# What has not changed


def test_a_layer_that_was_not_edited_costs_one_request(pull):
    layer = Layer(LOCALITIES)
    fetch = pull(layer)
    before = fetch()
    layer.asked.clear()
    found = fetch(known_of(before))
    assert (found.files, found.is_unchanged, found.revision) == ((), True, before.revision)
    assert layer.asked == ["description"]


@pytest.mark.parametrize(
    "edited", [EDITED | {"dataLastEditDate": 2}, {"lastEditDate": 3}, None], ids=["data", "older form", "not told"]
)
def test_a_layer_that_was_edited_comes_anew(pull, edited):
    layer = Layer(LOCALITIES)
    fetch = pull(layer)
    before = fetch()
    layer.edited = edited
    assert len(fetch(known_of(before)).files) == 1


def test_a_layer_that_never_tells_of_edits_comes_every_time(pull):
    fetch = pull(Layer(LOCALITIES, edited=None))
    before = fetch()
    assert len(fetch(known_of(before)).files) == 1


def test_a_layer_comes_where_its_file_is_not_on_record(pull):
    fetch = pull(Layer(LOCALITIES))
    assert len(fetch(Known(revision=fetch().revision)).files) == 1


def test_a_record_of_another_kind_is_no_revision(pull):
    for revision in ("1", "[]", "no JSON"):
        assert len(pull(Layer(LOCALITIES))(Known(revision=revision)).files) == 1


# What goes wrong


@pytest.mark.parametrize("kind", ["description", "count", "page"])
@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        ({"error": {"code": 400, "message": "Invalid URL", "details": []}}, "the error '400 Invalid URL'"),
        ({"error": "Service unavailable"}, "the error 'Service unavailable'"),
        ([], "is not a JSON object"),
    ],
    ids=["error object", "error text", "list"],
)
def test_an_error_within_status_200_is_a_failure(pull, kind, answer, reason):
    layer = Layer(LOCALITIES)
    layer.spoil = within(kind, lambda _: answer)
    with pytest.raises(PublisherFailed, match=reason):
        pull(layer)()


def within(kind, change):
    """Return what changes the answers of one kind and leaves the others."""
    return lambda answer, asked: change(answer) if asked == kind else answer


def without_a_name(answer):
    del answer["features"][2]["attributes"]["LAD25NM"]
    return answer


def unnumbered(answer):
    del answer["objectIdField"]
    answer["fields"][-1]["type"] = "esriFieldTypeString"
    return answer


@pytest.mark.parametrize(
    ("spoil", "reason"),
    [
        (within("page", lambda answer: {"features": answer["features"][:1] * 2}), "duplicate record 1"),
        (within("page", lambda _: {"features": [], "exceededTransferLimit": True}), "it sent 0 of 3 records"),
        (within("page", lambda answer: {"features": answer["features"][:1]}), "it sent 1 of 3 records"),
        (within("page", without_a_name), "a record has no LAD25NM"),
        (within("page", lambda _: {"fields": []}), "the answer has no features"),
        (within("count", lambda _: {"count": 2}), "it sent 3 of 2 records"),
        (within("count", lambda _: {"count": None}), "the answer has no record count"),
        (within("description", unnumbered), "no object id field"),
    ],
)
def test_pages_that_make_no_whole_are_refused(pull, spoil, reason):
    layer = Layer(LOCALITIES)
    layer.spoil = spoil
    with pytest.raises(PublisherFailed, match=reason):
        pull(layer)()


def test_the_same_page_for_ever_ends_at_once(pull):
    layer = Layer(made_up(4001))
    page = []

    def spoil(answer, kind):
        if kind == "page":
            page.append(answer)
            return page[0]
        return answer

    layer.spoil = spoil
    with pytest.raises(PublisherFailed, match="duplicate record 1"):
        pull(layer)()
    assert layer.asked.count("page") == 2


def test_a_layer_published_empty_is_a_failure(pull):
    with pytest.raises(PublisherFailed, match="the layer is empty"):
        pull(Layer([]))()


def test_a_page_for_browsers_is_a_failure(serve, httpserver):
    httpserver.expect_request("/rest/services/LAD_APR_2025_UK_NC_v2/FeatureServer/0").respond_with_data("<html>")
    with pytest.raises(PublisherFailed, match="expected json, got an HTML page"):
        serve("ons_localities", {})()


def test_one_layer_that_fails_is_named_while_the_others_come(serve):
    wanted = [
        {"service": "good", "file_name": "good.csv", "fields": [r"LAD\d\dCD"]},
        {"service": "empty", "file_name": "empty.csv", "fields": [r"LAD\d\dCD"]},
    ]
    layers = {"good": Layer(LOCALITIES), "empty": Layer([])}
    fetch = serve("ons_area_lookup", layers, layers=wanted)
    found = fetch()
    assert [file.file_name for file in found.files] == ["good.csv"]
    ((name, reason),) = found.refused
    assert name == "empty.csv"
    assert "the layer is empty" in reason
    assert list(json.loads(found.revision)) == ["good.csv"]
    again = fetch(known_of(found))
    assert (again.files, again.is_unchanged, len(again.refused)) == ((), False, 1)
