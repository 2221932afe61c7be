"""Every surface shows the same value of a metric in a locality: that of `metrics.headline_value`."""

import csv
import json
import re
from datetime import date

import openpyxl
import pytest

from warehouse.catalogue import families, profile_metrics, units
from warehouse.explain.value_statistics import of_value
from warehouse.exports import els, hexmap, workbook
from warehouse.query import connect, run
from warehouse.report import compare
from warehouse.report.data import EditionData
from warehouse.report.locality import SHOWN

WITH_VALUE = ("ok", "ok_low", "searched_none_found")


@pytest.fixture(scope="module")
def ask(edition):
    """Return a function that asks the edition and gives rows by column."""

    def ask(sql):
        columns, rows = run(edition.path, sql)
        return [dict(zip(columns, row, strict=True)) for row in rows]

    return ask


@pytest.fixture(scope="module")
def headlines(ask):
    """Every headline row of a locality, by locality and metric."""
    rows = ask("select value.* from metrics.headline_value as value semi join core.dim_locality using (locality_code)")
    return {(row["locality_code"], row["metric_id"]): row for row in rows}


def test_the_profile_has_value_and_state_of_every_metric_of_its_list(ask, headlines):
    profile = ask("from marts.locality_profile")
    assert len(profile) == 361
    for row in profile:
        for metric in profile_metrics():
            headline = headlines[row["locality_code"], metric.id]
            assert (row[metric.id], row[f"{metric.id}_state"]) == (headline["value"], headline["state"])


def test_the_map_has_value_interval_and_state_of_every_metric_of_the_profile(edition, headlines):
    features = json.loads((edition.path / hexmap.FILE).read_text("utf-8"))["features"]
    assert len(features) == 361
    for feature in features:
        said = feature["properties"]
        for metric in profile_metrics():
            headline = headlines[feature["id"], metric.id]
            shown = [said[f"{metric.id}{part}"] for part in ("", "_lci", "_uci", "_state")]
            assert shown == [headline[name] for name in ("value", "lci", "uci", "state")]


def test_the_workbook_has_value_interval_and_state_of_every_metric_of_the_profile(edition, headlines):
    book = openpyxl.load_workbook(edition.path / workbook.FILE, read_only=True)
    names = {metric.family: families()[metric.family].en.replace(" ", "_") for metric in profile_metrics()}
    shown = 0
    for family, sheet in names.items():
        rows = [[cell for cell in row] for row in book[sheet].iter_rows(values_only=True)]
        header = next(index for index, row in enumerate(rows) if row[0] == "Locality code")
        for metric in (metric for metric in profile_metrics() if metric.family == family):
            at = {str(heading): place for place, heading in enumerate(rows[header])}
            value = next(
                place for heading, place in at.items() if re.match(rf"{re.escape(metric.name)}( \(|$)", heading)
            )
            for row in rows[header + 1 :]:
                headline = headlines[row[0], metric.id]
                cells = [row[value], row[at[f"{metric.name}: lower end"]], row[at[f"{metric.name}: upper end"]]]
                for cell, name in zip(cells, ("value", "lci", "uci"), strict=True):
                    told = headline[name]
                    assert cell == pytest.approx(told, rel=1e-12) if told is not None else str(cell).startswith("[")
                assert str(row[at[f"{metric.name}: status"]]).split(":")[0] == headline["state"]
                shown += 1
    assert shown == 361 * len(profile_metrics())


@pytest.fixture(scope="module")
def rank_sets(edition):
    """Every rank set with the number of localities ranked, by metric, locality and period."""
    _, rows = run(
        edition.path,
        "select metric_id, locality_code, period_start || '/' || period_end, rank_lo, rank_hi, ranked_n "
        "from metrics.value_statistic where rank_lo is not null",
    )
    return {row[:3]: row[3:] for row in rows}


def test_the_table_of_percentages_has_the_rank_set_of_every_value(edition, rank_sets):
    sql = "select metric_id, locality_code, period, rank_lo, rank_hi, n from marts.cohesion_compared"
    _, rows = run(edition.path, sql)
    assert sum(row[3] is not None for row in rows) > 100
    for *key, low, high, many in rows:
        expected = rank_sets.get(tuple(key))
        assert (low, high) == (expected[:2] if expected else (None, None)), key
        assert expected is None or many == expected[2]


def test_the_workbook_has_the_rank_set_of_every_value(edition, rank_sets):
    book = openpyxl.load_workbook(edition.path / workbook.FILE, read_only=True)
    rows = list(book["Cohesion_compared"].iter_rows(values_only=True))
    header = next(index for index, row in enumerate(rows) if row[0] == "Metric id")
    at = {heading: place for place, heading in enumerate(rows[header])}
    assert any("95 % confidence set for the rank of one locality" in str(row[0]) for row in rows[:header])
    shown = 0
    for row in rows[header + 1 :]:
        key = row[at["Metric id"]], row[at["Locality code"]], row[at["Period"]]
        low, high = (row[place] for heading, place in at.items() if str(heading).startswith(("Rank lo", "Rank hi")))
        if key in rank_sets:
            assert (low, high) == rank_sets[key][:2], key
            shown += 1
        else:
            assert str(low).startswith("["), key
    assert shown > 100


@pytest.mark.parametrize(
    ("language", "named"), [("", "95% set of this locality alone"), ("cy/", "set 95% yr ardal hon")]
)
def test_every_page_shows_the_rank_set_of_every_value_and_names_it(edition, rank_sets, language, named):
    shown = 0
    for path in sorted((edition.path / "report" / language / "l").glob("*.html")):
        cards = re.findall(
            r"<article data-metric=(\w+) data-period=\"?([-/\d]+)(.*?)</article>", path.read_text("utf-8"), re.DOTALL
        )
        for metric, period, card in cards:
            ends = re.findall(r"<data value=\"?(\d+)\"? data-field=\"?rank_(?:lo|hi)", card)
            expected = rank_sets.get((metric, path.stem, period))
            if "<svg" in card:
                assert tuple(map(int, ends)) == (expected[:2] if expected else ()), (path, metric)
            shown += bool(ends)
            assert bool(ends) == (named in card), (path, metric)
    assert shown > 100


def test_compare_shows_the_rank_set_of_every_value(edition, rank_sets):
    (script,) = (edition.path / "report").rglob(compare.DATA_FILE)
    told = json.loads(script.read_text("utf-8").removeprefix("window.COMPARE = ").removesuffix(";\n"))
    with connect(edition.path) as database:
        facts = EditionData(database)
        shown = 0
        for measure in told["measures"]:
            (_, _, period) = compare._periods(facts, measure["metric"])[measure["group"]]
            for code, packed in zip(told["groups"][measure["group"]], measure["values"], strict=False):
                expected = rank_sets.get((measure["metric"], code, period), ())
                assert tuple(packed[6:9]) == expected, (measure["metric"], code)
                shown += bool(expected)
    assert shown > 100


def test_explain_gives_the_rank_set_of_every_value_and_names_it(edition, rank_sets):
    with connect(edition.path) as database:
        for (metric, code, period), (low, high, many) in rank_sets.items():
            start, end = map(date.fromisoformat, period.split("/"))
            found = of_value(database, metric, code, start, end, 1)
            rank = f"Rank (95 % confidence set for the rank of this locality alone): between {low} and {high} of {many}"
            assert any(line.startswith(rank) for line in found.lines()), (metric, code)


@pytest.mark.parametrize("language", ["", "cy/"])
def test_every_page_shows_the_headline_value_of_every_metric_that_it_shows(edition, headlines, language):
    checked = 0
    for path in sorted((edition.path / "report" / language / "l").glob("*.html")):
        page = path.read_text("utf-8")
        for metric, card in re.findall(r"<article data-metric=(\w+) (.*?)</article>", page, re.DOTALL):
            headline = headlines[path.stem, metric]
            value = re.search(r"<data [^>]*value=\"?([-+.e\d]+)", card)
            assert headline["value"] == (pytest.approx(float(value[1]), rel=1e-11) if value else None), (path, metric)
            checked += 1
        shown = set(re.findall(r"data-metric=(\w+)", page))
        for metric in SHOWN:
            if headlines[path.stem, metric]["value"] is not None:
                assert metric in shown, f"{path.name} denies {metric}"
    assert checked > 361


def test_the_table_for_statistics_tools_has_every_headline_value(edition, headlines):
    names = dict(run(edition.path, "select metric_id, metric_name from core.dim_metric")[1])
    with (edition.path / els.FILE).open(encoding="utf-8", newline="") as file:
        told = {(row["areacd"], row["indicator"], row["observation"]) for row in csv.DictReader(file)}
    values = {(area, indicator): set() for area, indicator, _ in told}
    for area, indicator, observation in told:
        values[area, indicator].add(float(observation) if observation else None)
    for (code, metric), headline in headlines.items():
        if headline["state"] in WITH_VALUE:
            assert headline["value"] in values[code, names[metric]], (code, metric)


def test_what_is_not_in_the_table_for_statistics_tools_is_known_of_no_source(edition):
    """A row that is missing there is a gap in the matrix of states: no value, no published status, and no source."""
    with (edition.path / els.FILE).open(encoding="utf-8", newline="") as file:
        listed = [(row["metric_id"], row["areacd"], row["state"]) for row in csv.DictReader(file)]
    sql = "select metric_id, locality_code, state, value is not null, source_ids from metrics.metric_value"
    _, matrix = run(edition.path, sql)
    expected = [
        (metric, code, state)
        for metric, code, state, has_value, source_ids in matrix
        if has_value or state in ("suppressed", "withheld") or source_ids
    ]
    assert sorted(listed) == sorted(expected)
    assert len(listed) < len(matrix) / 2
    assert {state for _, _, state in listed} >= {*WITH_VALUE[:2], "withheld", "not_available"}
    covered = {metric for (metric,) in run(edition.path, "select distinct metric_id from marts.coverage")[1]}
    assert {metric for metric, *_ in matrix} <= covered


def test_units_and_families_of_every_surface_are_those_of_the_lists(edition):
    labels = {language: {unit.label(language) for unit in units().values()} for language in ("en", "cy")}

    def found(sql):
        return {value for (value,) in run(edition.path, sql)[1] if value is not None}

    for table in ("metrics.metric_value", "metrics.headline_value", "core.fct_observation", "core.dim_metric"):
        assert found(f"select distinct unit from {table}") <= units().keys(), table
    assert found("select distinct unit from meta.dictionary") <= units().keys()
    assert found("select distinct unit_name from core.dim_metric") <= labels["en"]
    assert found('select distinct "Unit" from en.values') <= labels["en"]
    assert found('select distinct "Uned" from cy.gwerthoedd') <= labels["cy"]
    assert found("select distinct family_name from core.dim_metric") == {family.en for family in families().values()}
    with (edition.path / els.FILE).open(encoding="utf-8", newline="") as file:
        assert {row["unit"] for row in csv.DictReader(file)} <= labels["en"]
    collection = json.loads((edition.path / hexmap.FILE).read_text("utf-8"))
    assert collection["units"] == {metric.id: units()[metric.unit].label() for metric in profile_metrics()}
    web = json.loads((edition.path / "csv" / "csv-metadata.json").read_text("utf-8"))
    said = [column["dc:description"] for table in web["tables"] for column in table["tableSchema"]["columns"]]
    named = {match for text in said for match in re.findall(r"Unit: ([^.]+)\.", text)}
    assert len(named) > 20
    assert named <= {unit.said for unit in units().values()}
    sheets = {family.en.replace(" ", "_") for family in families().values()}
    assert {families()[metric.family].en.replace(" ", "_") for metric in profile_metrics()} <= sheets & set(
        openpyxl.load_workbook(edition.path / workbook.FILE, read_only=True).sheetnames
    )
    for language, name in (("en", ""), ("cy", "cy")):
        page = (edition.path / "report" / name / "method.html").read_text("utf-8")
        assert [
            family.name(language) for family in families().values() if f"<h3>{family.name(language)}</h3>" not in page
        ] == []
