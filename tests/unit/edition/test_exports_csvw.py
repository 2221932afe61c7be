"""The CSV files read as CSV on the Web: by the standard's own library, and by its words."""

import json
import re

import pytest
from csvw import CSVW

from warehouse import catalogue
from warehouse.exports import csvw


@pytest.fixture(scope="module")
def group(edition):
    return json.loads((edition.path / csvw.FILE).read_text("utf-8"))


def test_the_files_keep_what_is_said_of_them(edition):
    assert CSVW(str(edition.path / "csv" / "csv-metadata.json"), validate=True).is_valid


def test_a_file_on_a_server_leads_to_what_is_said_of_it(edition, group, httpserver):
    path = edition.path / "csv" / "core.dim_locality.csv"
    alone = group | {"tables": [table for table in group["tables"] if table["url"] == path.name]}
    httpserver.expect_request("/csv/csv-metadata.json").respond_with_json(alone)
    httpserver.expect_request(f"/csv/{path.name}").respond_with_data(path.read_bytes(), content_type="text/csv")
    read = CSVW(httpserver.url_for(f"/csv/{path.name}"), validate=True)
    assert read.is_valid
    assert read.tables[0].tableSchema.primaryKey == ["locality_code"]


def test_the_values_lead_to_what_is_said_of_them(edition):
    read = CSVW(str(edition.path / "els.csv"), validate=True)
    assert read.is_valid
    assert read.tables[0].tableSchema.primaryKey == ["areacd", "metric_id", "breakdown", "period"]


def is_kept(metadata):
    """Whether files are valid; a repeated key is an error to the library, and all else is a warning."""
    try:
        return CSVW(str(metadata), validate=True).is_valid
    except ValueError:
        return False


@pytest.mark.parametrize(
    ("old", "new", "is_valid"),
    [
        ("Sheffield", "Atlantis", True),
        ("W06000001", "E08000039", False),
        (",Wales,", ",Atlantis,", False),
        (",-3,", ",west,", False),
        ("W06000001", "", False),
    ],
    ids=["another name", "a repeated key", "a value not listed", "no number", "no key"],
)
def test_a_file_that_does_not_keep_it_is_found(edition, group, tmp_path, old, new, is_valid):
    path = tmp_path / "core.dim_locality.csv"
    text = (edition.path / "csv" / path.name).read_text("utf-8")
    assert old in text
    path.write_text(text.replace(old, new), "utf-8", newline="")
    alone = group | {"tables": [table for table in group["tables"] if table["url"] == path.name]}
    (tmp_path / "csv-metadata.json").write_text(json.dumps(alone), "utf-8")
    assert is_kept(tmp_path / "csv-metadata.json") is is_valid


def test_every_table_and_column_is_described(edition, group):
    said = {table["url"].removesuffix(".csv"): table for table in group["tables"]}
    assert said.keys() == edition.tables.keys()
    for name, table in said.items():
        assert table["dc:description"] == catalogue.tables()[name].summary
        columns = {column["name"]: column for column in table["tableSchema"]["columns"]}
        assert list(columns) == [column.name for column in catalogue.tables()[name].columns]
        assert all(column["dc:description"] for column in columns.values())


def test_types_lists_and_what_may_be_empty(group):
    tables = {table["url"]: table["tableSchema"] for table in group["tables"]}
    values = {column["name"]: column for column in tables["metrics.metric_value.csv"]["columns"]}
    assert values["source_ids"]["separator"] == ";"
    assert values["value"]["datatype"] == "double"
    assert "required" not in values["value"]
    assert values["unit"]["required"] is True
    assert tables["metrics.metric_value.csv"]["primaryKey"] == list(catalogue.tables()["metrics.metric_value"].key)
    # An empty text cannot be told from none in CSV: neither its column nor a key that it is in is promised to be full.
    quarantine = {column["name"]: column for column in tables["meta.quarantine.csv"]["columns"]}
    assert "required" not in quarantine["content"]


def test_a_row_that_begins_with_a_hash_is_no_comment(group):
    assert group["dialect"]["commentPrefix"] is None


def test_listed_values_are_one_pattern_that_means_them_and_no_more():
    column = catalogue.Column(name="x", type="VARCHAR", description="x", values=("a (b)", "none:no.value", "a|b"))
    (said,) = csvw.described_table("x.csv", "x", [column], ("x",))["tableSchema"]["columns"]
    pattern = said["datatype"]["format"]
    assert all(re.fullmatch(pattern, value) for value in column.values)
    assert not any(re.fullmatch(pattern, value) for value in ("a b", "none:no_value", "a", "b"))
    assert "\\ " not in pattern


def test_licences_and_sources_are_named(group):
    assert {licence["@id"] for licence in group["dc:license"]} >= {
        catalogue.licences()["OGL-UK-3.0"].url,
        catalogue.licences()["CC-BY-4.0"].url,
    }
    assert all(source["@id"] and source["dc:title"] for source in group["dc:source"])
