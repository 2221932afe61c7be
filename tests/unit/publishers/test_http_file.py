"""A file at an address: asked for only if it changed, never taken from an older edition, never guessed from a page.

All files are made up.
"""

import hashlib

import pytest

from warehouse.catalogue import sources
from warehouse.errors import PublisherFailed
from warehouse.publishers import PROTOCOLS, Fetch
from warehouse.publishers.client import Client
from warehouse.publishers.http_file import file_name
from warehouse.publishers.limits import Limits, RateLimiter
from warehouse.storage.landing import Known, KnownFile

CSV = b"LSOA code (2021),Rank\nE01000001,1\n"
HTML = b"<!DOCTYPE html><title>Page not found - GOV.UK</title>"
MONDAY = "Mon, 24 Nov 2025 09:30:00 GMT"


@pytest.fixture
def source(httpserver):
    """The Indices of Deprivation as catalogued, but published here."""
    return sources()["iod2025"].model_copy(
        update={
            "address": httpserver.url_for("/media/new/File_7.csv"),
            "hosts": ("localhost",),
            "schemes": ("http",),
            "options": {"alternatives": [httpserver.url_for("/media/old/File_7.csv")]},
        }
    )


def fetch(source, known=None):
    """Return what a pull brings, and the number of requests that it took."""
    with Client(source.id, Limits.of(source), sleep=lambda _: None, rate_limiter=RateLimiter()) as client:
        return PROTOCOLS["http_file"](client, source, known or Known()), client.requests_made


def failed(source, known=None):
    with pytest.raises(PublisherFailed) as caught:
        fetch(source, known)
    return caught.value


def on_record(address, **signs):
    """Return what is on record after a landing from an address."""
    return Known(revision=address, files={"File_7.csv": KnownFile("0" * 64)}, **signs)


def asked(httpserver):
    return [request.path for request, _ in httpserver.log]


def test_a_file_comes_with_its_provenance(httpserver, source):
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(CSV, headers={"ETag": '"1"'})
    found, requests = fetch(source)
    (file,) = found.files
    assert (file.content, file.file_name, file.status) == (CSV, "File_7.csv", 200)
    assert file.address == file.final_address == source.address
    assert file.headers["etag"] == '"1"'
    assert (found.is_unchanged, found.revision, found.notes, found.refused, requests) == (
        False, source.address, (), (), 1,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("signs", "header", "value"),
    [
        ({"etag": '"1"'}, "If-None-Match", '"1"'),
        ({"last_modified": MONDAY}, "If-Modified-Since", MONDAY),
    ],
    ids=["ETag", "Last-Modified"],
)
def test_a_file_that_has_not_changed_costs_one_request(httpserver, source, signs, header, value):
    httpserver.expect_request("/media/new/File_7.csv", headers={header: value}).respond_with_data(status=304)
    found, requests = fetch(source, on_record(source.address, **signs))
    assert found == Fetch((), True, source.address)
    assert requests == 1


@pytest.mark.parametrize("etag", ['"1"', '"2"'], ids=["same ETag", "new ETag"])
def test_whether_bytes_are_new_is_for_the_landing_to_say(httpserver, source, etag):
    """The same bytes under a new ETag and new bytes under the same one both come; their checksums decide."""
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(CSV, headers={"ETag": etag})
    found, _ = fetch(source, on_record(source.address, etag='"1"'))
    assert hashlib.sha256(found.files[0].content).digest() == hashlib.sha256(CSV).digest()
    assert not found.is_unchanged


def test_the_conditions_of_one_address_are_not_put_to_another(httpserver, source):
    """The re-issue under a new address may bear an older date than the file before it."""
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(CSV)
    known = on_record(
        "https://assets.publishing.service.gov.uk/media/before/File_7.csv", last_modified=MONDAY, etag="x"
    )
    found, _ = fetch(source, known)
    assert found.files[0].content == CSV
    assert not {"If-None-Match", "If-Modified-Since"} & set(httpserver.log[0][0].headers.keys())


@pytest.mark.parametrize(
    ("body", "status"), [(b"", 404), (b"", 410), (HTML, 403), (HTML, 200)], ids=["404", "410", "403", "HTML with 200"]
)
def test_an_older_address_is_asked_where_nothing_is_on_record(httpserver, source, body, status):
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(body, status=status)
    httpserver.expect_request("/media/old/File_7.csv").respond_with_data(CSV)
    found, requests = fetch(source)
    assert found.files[0].content == CSV
    assert found.revision == source.options["alternatives"][0]
    assert found.notes == (f"{source.address} has no file; the older {found.revision} was requested",)
    assert requests == 2


def test_an_older_edition_never_follows_a_newer_one(httpserver, source):
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(status=404)
    httpserver.expect_request("/media/old/File_7.csv").respond_with_data(CSV)
    for known in (on_record(source.address), Known(files={"by hand.csv": KnownFile("0" * 64)})):
        assert failed(source, known).status == 404
    assert set(asked(httpserver)) == {"/media/new/File_7.csv"}


def test_what_came_from_an_older_address_is_looked_for_there_again(httpserver, source):
    old = source.options["alternatives"][0]
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(status=404)
    httpserver.expect_request("/media/old/File_7.csv", headers={"If-None-Match": '"o"'}).respond_with_data(status=304)
    found, _ = fetch(source, on_record(old, etag='"o"'))
    assert found.is_unchanged
    assert found.revision == old


@pytest.mark.parametrize(("body", "status"), [(HTML, 404), (HTML, 200)], ids=["404", "HTML with 200"])
def test_where_the_file_is_gone_the_landing_page_is_named_and_not_read(httpserver, source, body, status):
    for path in ("/media/new/File_7.csv", "/media/old/File_7.csv"):
        httpserver.expect_request(path).respond_with_data(body, status=status)
    error = failed(source)
    assert f"Look for the file on {source.landing_page}" in str(error)
    assert "cpower land iod2025 FILE" in str(error)
    assert source.address in str(error)
    assert error.content == HTML
    assert asked(httpserver) == ["/media/new/File_7.csv", "/media/old/File_7.csv"]


def test_a_publisher_in_trouble_is_not_taken_for_a_moved_file(httpserver, source):
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(status=503)
    error = failed(source)
    assert "server error (HTTP 503)" in str(error)
    assert "Look for the file" not in str(error)
    assert set(asked(httpserver)) == {"/media/new/File_7.csv"}


def test_a_wrong_option_is_named(source):
    error = failed(source.model_copy(update={"options": {"alternative": []}}))
    assert "option alternative" in str(error)


@pytest.mark.parametrize(
    ("disposition", "address", "name"),
    [
        ('attachment; filename="File 7.csv"', "https://a.example/x", "File 7.csv"),
        ("attachment; filename*=UTF-8''Ynys%20M%C3%B4n.csv", "https://a.example/x", "Ynys Môn.csv"),
        ('attachment; filename="../../etc/passwd.csv"', "https://a.example/x", "passwd.csv"),
        ('attachment; filename="C:\\\\temp\\\\a.csv"', "https://a.example/x", "a.csv"),
        ('attachment; filename="a\x01b.csv"', "https://a.example/x", "ab.csv"),
        ('attachment; filename="/"', "https://a.example/x.csv", "x.csv"),
        ("inline", "https://a.example/govscot%3Adocument/SIMD_2020.xlsx?inline=true", "SIMD_2020.xlsx"),
        ("", "https://a.example/Cyngor%20M%C3%B4n.ods", "Cyngor Môn.ods"),
        ("", "https://a.example/items/1/data", "iod2025.csv"),
        ("", "https://a.example/.htaccess", "iod2025.csv"),
        ("", "https://a.example/" + "x" * 300 + ".csv", "x" * 146 + ".csv"),
    ],
)  # fmt: skip
def test_a_file_is_named_as_its_publisher_names_it(disposition, address, name):
    assert file_name(sources()["iod2025"], {"content-disposition": disposition}, address) == name


def test_a_name_of_the_catalogue_goes_before_that_of_the_answer(httpserver, source):
    httpserver.expect_request("/media/new/File_7.csv").respond_with_data(CSV)
    found, _ = fetch(source.model_copy(update={"options": {"file_name": "file_7.csv"}}))
    assert found.files[0].file_name == "file_7.csv"
