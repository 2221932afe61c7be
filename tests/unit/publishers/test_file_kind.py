"""The kind of a file is recognised by its content; every file here is synthetic."""

import io
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.sample_files import DATA, workbook
from warehouse.publishers.file_kind import KINDS_OF_FORMAT, NAME_OF_KIND, kind_of, kinds_of, named


def archive(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for name, text in members.items():
            file.writestr(name.replace("__", "/"), text)
    return content.getvalue()


SPREADSHEET = "application/vnd.oasis.opendocument.spreadsheet"
KINDS = {
    "nothing": (b"", "empty"),
    "white space": (b" \r\n\t", "empty"),
    "a byte order mark": (b"\xef\xbb\xbf", "empty"),
    "text far below the top": (b"\n" * 5000 + b"a,b", "text"),
    "JSON below a byte order mark": (b"\xef\xbb\xbf[1]", "json"),
    "CSV": (b"a,<b>\n", "text"),
    "a page": (b"\n<!DOCTYPE html><p>", "html"),
    "a table for a spreadsheet": (b'<table border="1"><tr><td>a</td></tr></table>', "html"),
    "a page below a remark": (b"<!-- saved --><HTML>", "html"),
    "XHTML": (b'<?xml version="1.0"?><html>', "html"),
    "XML": (b'<?xml version="1.0"?><Error/>', "xml"),
    "XLSX": (workbook(Sheet=[["a", "b"]]), "xlsx"),
    "XLSX cut short": (workbook(Sheet=[["a", "b"]])[:-300], "xlsx"),
    "XLSX with its content types last": (archive(**{"xl__workbook.xml": "", "[Content_Types].xml": ""}), "xlsx"),
    "ODS": (archive(mimetype=SPREADSHEET, **{"content.xml": ""}), "ods"),
    "ODS cut short": (archive(mimetype=SPREADSHEET, **{"content.xml": ""})[:-40], "ods"),
    "a text document": (archive(mimetype="application/vnd.oasis.opendocument.text", **{"content.xml": ""}), "zip"),
    "a zip archive": (archive(**{"Changes.csv": "a,b"}), "zip"),
    "an empty zip archive": (archive(), "zip"),
    "an old workbook": (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1x", "xls"),
    "gzip": (b"\x1f\x8b\x08", "gzip"),
    "PDF": (b"%PDF-1.7", "pdf"),
    "PNG": (b"\x89PNG\r\n\x1a\n...", "png"),
    "JPEG": (b"\xff\xd8\xff\xe0", "jpeg"),
    "Parquet": (b"PAR1\x15", "parquet"),
    "UTF-16, low byte first": (b"\xff\xfe" + "a,b".encode("utf-16-le"), "utf16"),
    "UTF-16, high byte first": (b"\xfe\xff" + "a,b".encode("utf-16-be"), "utf16"),
    "bytes": (b"\x01\x00\x02", "binary"),
}


@pytest.mark.parametrize(("content", "kind"), KINDS.values(), ids=KINDS.keys())
def test_the_kind_is_recognised_by_content(content, kind):
    assert kind_of(content) == kind


@pytest.mark.skipif(not DATA.exists(), reason="the real files of ../shared/data are not here")
def test_real_workbooks_are_recognised():
    (ods,) = (DATA / "wimd").glob("*.ods")
    assert kind_of(ods.read_bytes()) == "ods"
    assert {kind_of(path.read_bytes()) for path in DATA.rglob("*.xlsx")} == {"xlsx"}


@given(st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"<", b"\xef\xbb\xbf"]), st.binary(max_size=200))
def test_every_content_is_of_a_named_kind(start, content):
    assert kind_of(start + content) in NAME_OF_KIND


def test_formats_are_named_as_text():
    assert named(["csv"]) == "CSV"
    assert named(["ods", "xlsx", "csv"]) == "ODS, XLSX or CSV"
    assert named(["zip"]) == "zip"
    assert kinds_of(["csv", "xls"]) == {"text", "xlsx", "ods", "xls"}
    assert frozenset().union(*KINDS_OF_FORMAT.values()) <= NAME_OF_KIND.keys()
