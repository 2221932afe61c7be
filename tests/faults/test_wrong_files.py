"""A user lands the wrong file: every source is given every other kind of file, and the files of every other source.

Each time the refusal says which file the source takes and where it is downloaded, what came instead and, where it is
the file of another source, which. All files are synthetic.
"""

import functools
import gzip
import io
import json
import re
import zipfile

import polars as pl
import pytest

from assets.landing import ingest_file
from assets.landing.ingest_file import judge, land, landable, matching_sources
from tests.faults.test_schema_drift import HTML, SAMPLES
from tests.support.sample_files import workbook
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile
from warehouse.publishers.file_kind import NAME_OF_KIND, kind_of, named
from warehouse.storage.landing import Landing

CSV = b"animal,legs\nspider,8\nant,6\n"
# What a user does not know or cannot use: where a parser stood, and how it is written.
INTERNALS = re.compile(r"offset|0x[0-9a-f]|Traceback|Error\b|Exception|utf-8-sig|\.py\b|<class|\bNone\b|polars|codec")


def zipped(**members):
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def parquet():
    content = io.BytesIO()
    pl.DataFrame({"animal": ["spider"], "legs": [8]}).write_parquet(content)
    return content.getvalue()


KINDS = {
    "an empty file": b"",
    "white space": b" \n",
    "CSV": CSV,
    "prose": b"Cofion cynnes,\nfrom the office\n",
    "a CSV file of Windows": "name,amount\nYnys Môn,£5\n".encode("cp1252"),
    "UTF-16": CSV.decode().encode("utf-16"),
    "HTML": HTML,
    "XML": b'<?xml version="1.0"?><animals xmlns="x"><ant legs="6"/></animals>',
    "JSON": json.dumps({"animals": [{"ant": 6}]}).encode(),
    "broken JSON": b'{"animals": [',
    "XLSX": workbook(Animals=[["animal", "legs"], ["ant", 6]]),
    "ODS": zipped(**{"mimetype": "application/vnd.oasis.opendocument.spreadsheet", "content.xml": "<x/>"}),
    "XLS": b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(512),
    "a zip archive": zipped(**{"animals.csv": CSV}),
    "gzip": gzip.compress(CSV),
    "PDF": b"%PDF-1.7\n1 0 obj\n",
    "PNG": b"\x89PNG\r\n\x1a\n" + bytes(40),
    "JPEG": b"\xff\xd8\xff\xe0" + bytes(40),
    "Parquet": parquet(),
    "bytes": bytes(range(7, 0, -1)) * 30 + bytes(30),
}
OF_SOURCES = {source_id: sample.write(sample.rows) for source_id, sample in SAMPLES.items()}


class Forgetful(Landing):
    """A landing that keeps nothing that was refused: writing it is tested elsewhere and takes long."""

    def refuse(self, *_, **__):
        pass


@pytest.fixture(autouse=True)
def parts_of_an_index(monkeypatch):
    """Let a sample of three records of an index that has thousands be read."""
    monkeypatch.setattr("assets.sources.deprivation.indices.require_whole", lambda source_id, table, intake: intake)


@pytest.fixture(autouse=True)
def remembered(monkeypatch):
    monkeypatch.setattr(ingest_file, "matching_sources", remembered_sources)


remembered_sources = functools.cache(matching_sources)


def is_taken(source_id, content):
    """Whether a source takes a file in; a sample is three records of an index that has thousands."""
    try:
        judge(sources()[source_id].model_copy(update={"expected_rows": None}), content)
    except RefusedFile:
        return False
    return True


@pytest.mark.parametrize("source_id", landable())
def test_a_refusal_names_the_file_that_is_expected_and_the_one_that_came(tmp_path, source_id):
    source, landing = sources()[source_id], Forgetful(tmp_path)
    for came, content in {**KINDS, **OF_SOURCES}.items():
        if came == source_id or (came in SAMPLES and is_taken(source_id, content)):
            continue
        with pytest.raises(RefusedFile) as told:
            land(landing, source_id, content, file_name="download")
        message = str(told.value)
        expected = f"expected the {named(source.formats)} file of {source.title} (download: {source.landing_page})"
        assert message.startswith(f"{source_id}: {expected}"), came
        assert f", got {NAME_OF_KIND[kind_of(content)]}" in message, came
        assert not INTERNALS.search(message.removeprefix(f"{source_id}: {expected}")), message
        assert message.endswith("Nothing was landed.")
        if came in SAMPLES:
            (offered,) = re.findall(r"It looks like a file of ([\w, ]+): ", message)
            assert came in re.split(", | or ", offered)


def test_only_files_of_one_form_can_be_taken_for_each_other():
    """Files that only their figures or words distinguish: the same survey in two years, and the same standard."""
    forms = [
        {"cls2023", "cls2024"},
        {name for name in SAMPLES if name.startswith("threesixtygiving")},
        {name for name in SAMPLES if sources()[name].protocol == "statswales" and "csv" in sources()[name].formats},
    ]
    for source_id, content in OF_SOURCES.items():
        for other in landable():
            if other != source_id and is_taken(other, content):
                assert any({source_id, other} <= form for form in forms), (source_id, other)


def test_the_file_of_a_source_fits_it():
    for source_id, content in OF_SOURCES.items():
        assert source_id in remembered_sources(content)


def test_of_a_large_text_the_beginning_says_which_source_it_fits():
    first, *rows = OF_SOURCES["ons_code_history"], *OF_SOURCES["scotpho_shs"].splitlines(keepends=True)
    headings, row = rows[0], rows[1]
    assert matching_sources(headings + b"".join(row.replace(b"S12000033", b"S12%06d" % n) for n in range(20_000))) == [
        "scotpho_shs"
    ]
    assert matching_sources(first + bytes(ingest_file.MOST_TRIED_BYTES)) == []


def test_a_file_that_fits_nothing_is_offered_to_no_source():
    assert {came: remembered_sources(content) for came, content in KINDS.items() if remembered_sources(content)} == {}
