"""From a number to its rows, files and sources, from the edition alone."""

import contextlib
import json
import shutil
from datetime import date

import duckdb
import pytest

from warehouse import catalogue
from warehouse.catalogue import MetricInput
from warehouse.errors import CommunityPowerError, MovedName, UnknownName
from warehouse.explain.explanation import SHOWN_ROWS, explain
from warehouse.explain.printing import to_text
from warehouse.explain.used_rows import Asked, selection
from warehouse.query import DATABASE, column_names, connect


def test_a_value_leads_to_rows_files_and_sources(edition):
    found = explain(edition.path, "pop_total", "Sheffield")
    assert found.edition_id == edition.id
    assert (found.place.code, found.place.nation) == ("E08000039", "England")
    values = {value.period: value for value in found.values}
    newest, older = values["2024-06-30/2024-06-30"], values["2023-06-30/2023-06-30"]
    assert (newest.value, newest.lci, newest.uci, newest.ci_method) == (1234.5, 1000.25, 1500.0, "published")
    assert (newest.coverage, newest.staleness_days, newest.reliability) == (1.0, 551, "precise")
    assert (older.value, older.state, older.state_reason) == (None, "suppressed", "withheld by the publisher")
    assert found.explained == "2024-06-30/2024-06-30"
    rows, by_age = found.inputs
    assert (rows.table, rows.total, by_age.total) == ("core.fct_population", 1, 0)
    assert rows.condition == "locality_code = E08000039 and of 2024-06-30"
    (row,) = rows.rows
    assert (row["locality_code"], row["file_sha256"], row["source_row"]) == ("E08000039", "a" * 64, 2024)
    (file,) = found.files
    assert (file.file_name, file.file_sha256, file.licence_id) == ("population.csv", "a" * 64, "OGL-UK-3.0")
    assert [source.source_id for source in found.sources] == ["reference_population"]


def test_another_period_has_rows_and_files_of_its_own(edition):
    found = explain(edition.path, "pop_total", "Sheffield", "2023-06-30/2023-06-30")
    assert [row["source_row"] for row in found.inputs[0].rows] == [2023]
    # This value names a second source, of which it has no row.
    assert {file.file_name for file in found.files} == {"awards.csv", "population.csv"}
    with pytest.raises(UnknownName, match="2023-06-30/2023-06-30"):
        explain(edition.path, "pop_total", "Sheffield", "2023-06-30/2023-07-30")


def test_many_rows_are_counted_and_the_first_are_shown(edition, monkeypatch):
    metric_of(monkeypatch, MetricInput(table="core.fct_population"))
    found = explain(edition.path, "pop_total", "Sheffield")
    (rows,) = found.inputs
    assert (rows.condition, rows.total, len(rows.rows)) == ("locality_code = E08000039", 25, SHOWN_ROWS)
    assert "... and 5 more" in to_text(found)


@pytest.mark.parametrize(
    ("asked", "code"),
    [
        ("E08000039", "E08000039"),
        ("e08000039", "E08000039"),
        ("E08000019", "E08000039"),
        (" Sheffield City ", "E08000039"),
        ("isle of anglesey", "W06000001"),
        ("Ynys Môn", "W06000001"),
        ("Ynys Mon", "W06000001"),
        ("512", "W06000001"),
        ("Wales", "W92000004"),
        ("Cymru", "W92000004"),
        ("W92000004", "W92000004"),
        ("unallocated", "unallocated"),
    ],
)
def test_a_place_is_known_by_code_and_name(edition, asked, code):
    assert explain(edition.path, "pop_total", asked).place.code == code


@pytest.mark.parametrize("asked", ["Shefield", "sheffeld", "'; drop table core.dim_locality; --", ""])
def test_an_unknown_place_is_answered_with_what_is_near(edition, asked):
    with pytest.raises(UnknownName, match="Sheffield" if asked.lower().startswith("shef") else "No locality"):
        explain(edition.path, "pop_total", asked)


def test_an_unknown_metric_is_answered_with_what_is_near(edition):
    with pytest.raises(UnknownName, match="pop_total"):
        explain(edition.path, "pop_totl", "Sheffield")


def test_a_former_metric_is_answered_with_the_column_that_holds_its_figures(edition):
    with pytest.raises(MovedName, match=r"shrunk_value of metrics\.value_statistic, in the rows of coh_trust_pct"):
        explain(edition.path, "coh_eb_pct_trust", "Sheffield")
    with pytest.raises(MovedName, match=r"coh_all3_pct, coh_belong_pct, .*explain coh_all3_pct LOCALITY"):
        explain(edition.path, "coh_rank_hi", "Sheffield")


def metric_of(monkeypatch, *inputs):
    """Give the catalogue one metric that is made of these inputs."""
    metric = catalogue.metrics()["pop_total"].model_copy(update={"inputs": inputs})
    monkeypatch.setattr(catalogue, "metrics", lambda: {"pop_total": metric})


def test_awards_are_placed_by_the_bridge_on_the_best_basis(edition, monkeypatch):
    metric_of(monkeypatch, MetricInput(table="core.fct_award"))
    found = explain(edition.path, "pop_total", "Sheffield")
    assert [row["award_key"] for row in found.inputs[0].rows] == ["k1"]
    assert found.inputs[0].rows[0]["weight"] > 0
    assert "b" * 64 in {file.file_sha256 for file in found.files}
    assert found.inputs[0].condition == "locality_code = E08000039"


def test_fixed_values_pick_the_rows(edition, monkeypatch):
    metric_of(
        monkeypatch,
        MetricInput(table="core.fct_award", where={"award_key": "k1", "is_regrant": True}),
        MetricInput(table="core.fct_award", where={"award_key": "k2"}),
        MetricInput(table="core.fct_award", where={"award_key": ("k1", "k2"), "award_date": None}),
        MetricInput(table="core.fct_award", state="searched_none_found"),
    )
    first, second, third = explain(edition.path, "pop_total", "Sheffield").inputs
    assert (first.total, second.total, third.total) == (1, 0, 1)
    assert first.condition.endswith("award_key = k1 and is_regrant = true")
    assert third.condition.endswith("award_key = k1 or k2 and award_date = null")


@pytest.mark.parametrize(
    ("part", "reason"),
    [
        (MetricInput(table="core.fct_populaton"), r"core\.fct_population"),
        (MetricInput(table="core.fct_population", area_column="place"), "no column 'place'"),
        (MetricInput(table="core.fct_population", where={"1=1 or x": "y"}), "no column '1=1 or x'"),
    ],
    ids=["table", "area column", "where"],
)
def test_a_catalogue_that_names_what_is_not_there_is_refused(edition, monkeypatch, part, reason):
    metric_of(monkeypatch, part)
    with pytest.raises(CommunityPowerError, match=reason):
        explain(edition.path, "pop_total", "Sheffield")


def test_a_table_that_the_edition_does_not_hold_is_said(before, monkeypatch):
    metric_of(monkeypatch, MetricInput(table="core.fct_practice_study"))
    found = explain(before.path, "pop_total", "Sheffield")
    assert "This edition has no table core.fct_practice_study." in to_text(found)


@pytest.mark.parametrize("metric_id", sorted(catalogue.metrics()))
def test_the_rows_behind_every_metric_can_be_found(edition, metric_id):
    metric = catalogue.metrics()[metric_id]
    area = {"locality": "W06000002", "nation": "W92000004", "corpus": "K02000001"}[metric.scope]
    with contextlib.closing(connect(edition.path)) as database:
        for part in metric.inputs:
            days = (date(2024, 1, 1), date(2024, 12, 31))
            asked = Asked(metric_id, area, *days, part.state or "ok", *part.breakdown[:1])
            chosen = selection(part, set(column_names(database, part.table)), asked)
            database.execute(f"select count(*) {chosen.source}", chosen.parameters).fetchall()


def test_the_text_says_it_all(edition):
    text = to_text(explain(edition.path, "pop_total", "E08000019"))
    for said in [
        "Made up pop_total (pop_total)",
        "Sheffield (E08000039, England), requested as 'E08000019'",
        f"Edition {edition.id}",
        "2024-06-30/2024-06-30: 1,234.5 people; 95% interval 1,000.25 to 1,500 (published)",
        "state ok; reliability precise; coverage 100%; 551 days old",
        "2023-06-30/2023-06-30: no value; no interval (none:no_value)",
        "state suppressed: withheld by the publisher; 917 days old",
        "The rows below explain the value of 2024-06-30/2024-06-30. For another period, use --period.",
        "Rows of core.fct_population where locality_code = E08000039 and of 2024-06-30: 1",
        "row 2024 of reference_population aaaaaaaaaaaa",
        "population.csv (reference_population; ships with the project; licence OGL-UK-3.0)",
        f"sha256 {'a' * 64}",
        "reference_population: Made-up estimates, Nobody",
    ]:
        assert said in text
    assert max(map(len, text.splitlines())) <= 120


def test_what_is_not_known_is_said(edition):
    text = to_text(explain(edition.path, "coh_all3_pct", "Wales"))
    assert "The edition has no value of this metric for Wales." in text
    assert "Rows of" not in text
    assert "No input file. The value is computed from other tables of the edition only." in text


def test_the_plain_form_is_json(edition):
    plain = explain(edition.path, "pop_total", "Sheffield").to_dict()
    again = json.loads(json.dumps(plain))
    assert [item["value"] for item in again["values"] if item["period"] == "2024-06-30/2024-06-30"] == [1234.5]
    assert again["inputs"][0]["rows"][0]["period_end"] == "2024-06-30"


def test_nothing_but_the_edition_is_needed(edition, tmp_path):
    shutil.copytree(edition.path, tmp_path / "elsewhere")
    assert explain(tmp_path / "elsewhere", "pop_total", "Sheffield") == explain(edition.path, "pop_total", "Sheffield")


def test_the_whole_is_explained_and_its_parts_are_named(edition):
    found = explain(edition.path, "fun_n", "Sheffield")
    assert (found.breakdown.code, found.breakdown.others) == ("all", ["size_class_1", "size_class_2"])
    assert [value.value for value in found.values] == [5.0]
    assert "Other breakdowns, for --breakdown: size_class_1, size_class_2" in to_text(found)


def test_a_part_is_explained_by_its_breakdown(edition):
    found = explain(edition.path, "fun_n", "Sheffield", breakdown="size_class_2")
    assert [value.value for value in found.values] == [3.0]
    assert "Breakdown: £500 to under £1,000 (size_class_2)" in to_text(found)
    assert found.to_dict()["breakdown"]["code"] == "size_class_2"
    with pytest.raises(UnknownName, match="size_class_2"):
        explain(edition.path, "fun_n", "Sheffield", breakdown="size_clas_2")


def test_a_metric_that_has_parts_only_asks_for_one(edition):
    with pytest.raises(CommunityPowerError, match="--breakdown: axis_side, axis_risk"):
        explain(edition.path, "prac_alpha", "Sheffield")
    found = explain(edition.path, "prac_alpha", "Sheffield", breakdown="axis_risk")
    (rows,) = found.inputs
    assert "axis = risk" in rows.condition, "only the rows of its own axis are behind it"
    empty = explain(edition.path, "prac_alpha", "Gwynedd")
    assert empty.values == []


@pytest.mark.parametrize(
    ("former", "now"),
    [
        ("fun_size_class_3", "the breakdown size_class_3 of fun_n"),
        ("fun_size_class_3_gbp", "the breakdown size_class_3 of fun_total_gbp"),
        ("eq_curve_funding_all_2", "the breakdown decile_2 of eq_curve_funding_all"),
        ("prac_origin_emergent_share", "the breakdown origin_emergent of prac_origin_share"),
        ("q_awards_other_currency_n", "the breakdown award_other_currency of q_awards_n"),
    ],
)
def test_an_id_that_was_a_metric_names_the_part_that_it_is_now(edition, former, now):
    with pytest.raises(CommunityPowerError, match=now):
        explain(edition.path, former, "Sheffield")
    with pytest.raises(UnknownName):
        explain(edition.path, "fun_size_class_9", "Sheffield")


def test_the_values_of_an_edition_without_breakdowns_are_explained(before, tmp_path):
    folder = tmp_path / "older"
    shutil.copytree(before.path, folder)
    file = folder / DATABASE
    file.chmod(0o644)
    with duckdb.connect(str(file)) as database:
        database.execute(
            "create table kept as select * exclude (breakdown) from metrics.metric_value where breakdown = 'all'"
        )
        database.execute("drop table metrics.metric_value cascade")
        database.execute("create table metrics.metric_value as from kept")
    found = explain(folder, "fun_n", "Sheffield")
    assert [value.value for value in found.values] == [5.0]
    with pytest.raises(UnknownName, match="all"):
        explain(folder, "fun_n", "Sheffield", breakdown="size_class_1")
