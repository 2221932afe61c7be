"""Values of a built edition lead to the rows that they were made of, and those to files with checksum and licence."""

import contextlib
import random
import re
from bisect import bisect

import pytest

from warehouse.editions.find import current
from warehouse.explain import explanation as explaining
from warehouse.explain.explanation import explain
from warehouse.explain.used_rows import VALUE_TABLES
from warehouse.query import connect

SEED, DRAWN, DRAWN_LONG = 20_261_122, 60, 200
# Where the classes of size begin, in pounds, from the second on.
CLASSES = (500, 1000, 2000, 5000, 10_000, 100_000, 1_000_000)
# What the catalogue holds is part of the program and read from no file.
CATALOGUED = ("core.dim_source", "core.dim_metric", "core.dim_locality", "meta.landed_file")
VALUED = """
    select metric_id, breakdown, locality_code, period, value, n_den, state
    from metrics.metric_value
    where state in ('ok', 'ok_low', 'searched_none_found')
    order by metric_id, breakdown, locality_code, period
"""


def drawn(edition, number):
    """Return values with a state, by seed: each time a metric or a part of one, and one of its values."""
    with contextlib.closing(connect(edition)) as database:
        rows = database.execute(VALUED).fetchall()
    by_metric = {}
    for row in rows:
        by_metric.setdefault(row[:2], []).append(row)
    chance = random.Random(SEED)
    metrics = sorted(by_metric)
    return [chance.choice(by_metric[metric]) for metric in chance.sample(metrics, min(number, len(metrics)))] + [
        chance.choice(by_metric[chance.choice(metrics)]) for _ in range(number - len(metrics))
    ]


def rows_of(found, table):
    return [row for part in found.inputs if part.table == table for row in part.rows]


def pounds(rows):
    return sum(row["amount_gbp"] * row.get("weight", 1) for row in rows)


def made_again(metric, part, found):
    """Return a value computed from the rows that its explanation gives; None for metrics that take more than a sum."""
    awards, people = rows_of(found, "metrics.award_counted"), rows_of(found, "core.fct_population")
    observed = [row["value"] for row in rows_of(found, "core.fct_observation")]
    profile, areas = rows_of(found, "core.fct_deprivation_profile"), rows_of(found, "core.fct_small_area")
    has_summary = bool(rows_of(found, "core.fct_award_summary"))
    if part.startswith("size_class"):
        number = int(part.rpartition("_")[2])
        awards = [row for row in awards if not row["is_total"] and bisect(CLASSES, row["amount_gbp"]) + 1 == number]
    if metric == "pop_total":
        return sum(row["population_persons"] for row in people)
    if metric == "bal_voice" or re.fullmatch(r"coh_\w+_pct", metric):
        assert len(observed) == 1
        return observed[0] / (100 if metric == "bal_voice" else 1)
    if metric == "dep_prop10_areas":
        if areas:
            return sum(row["overall_decile"] == 1 for row in areas) / len(areas)
        return profile[0]["decile_1_areas"] / profile[0]["areas_n"]
    if metric in ("fun_total_gbp", "fun_total_gbp_all") and not has_summary:
        return pounds(awards)
    if metric in ("fun_per_head", "fun_per_head_all") and not has_summary:
        return pounds(awards) / people[0]["population_persons"]
    if metric in ("fun_n", "fun_n_all") and not has_summary:
        return sum(row.get("weight", 1) for row in awards if not row["is_total"])
    if metric == "fun_duration_median_all" and not has_summary:
        months = sorted(row["planned_months"] for row in awards if row["planned_months"] and not row["is_total"])
        return (months[(len(months) - 1) // 2] + months[len(months) // 2]) / 2
    if metric in ("bal_money", "fun_balance_community"):
        sides = {
            kind: pounds(row for row in awards if row["recipient_kind"] == kind)
            for kind in ("community", "public_body")
        }
        return sides["community"] / sum(sides.values())
    if metric in ("prac_records_n", "prac_search_log_n"):
        table = "core.fct_practice_study" if metric == "prac_records_n" else "core.fct_practice_search"
        return len(rows_of(found, table))
    if metric == "bal_legs_ok":
        return sum(row["value"] is not None for row in rows_of(found, "metrics.headline_value"))
    if metric == "q_states":
        return sum(row["state"] == part.removeprefix("state_") for row in rows_of(found, "metrics.headline_value"))
    return None


def rows_counted(metric, found):
    """Return how many rows of each kind there are where the value says how many it rests on."""
    if metric == "q_states":
        return len(rows_of(found, "metrics.headline_value"))
    if re.match(r"prac_(risk|origin|durable|side_balance|e2plus|inclusion)", metric):
        return None if metric == "prac_durable_share" else len(rows_of(found, "core.fct_practice_study"))
    if metric == "prac_alpha":
        return len({row["practice_id"] for row in rows_of(found, "core.fct_practice_reading")})
    if metric.startswith("eq_ci_") and "lofo" not in metric:
        return len(rows_of(found, "metrics.equity_place"))
    return None


def explained_values(edition, number, monkeypatch):
    """Return each of the drawn values with its explanation, which must lead to rows, files and licences."""
    monkeypatch.setattr(explaining, "SHOWN_ROWS", 100_000)
    explained = []
    for metric, part, area, period, value, n_den, state in drawn(edition, number):
        found = explain(edition, metric, area, period, part)
        files = {(file.source_id, file.file_sha256) for file in found.files}
        assert found.explained == period
        assert any(rows.rows for rows in found.inputs), (metric, part, area, period)
        assert not [rows.absent for rows in found.inputs if rows.absent]
        for rows in found.inputs:
            assert rows.total == len(rows.rows)
            of_files = {(row["source_id"], row["file_sha256"]) for row in rows.rows if row.get("file_sha256")}
            assert of_files <= files or rows.table in CATALOGUED, (metric, area, rows.table)
        assert all(re.fullmatch("[0-9a-f]{64}", file.file_sha256) and file.licence_id for file in found.files)
        is_of_files = any(row.get("source_row") for rows in found.inputs for row in rows.rows)
        is_of_others = all(rows.table in (*VALUE_TABLES, *CATALOGUED) for rows in found.inputs)
        assert is_of_files or is_of_others, (metric, area, period)
        explained.append((metric, part, area, period, value, n_den, state, found))
    assert len(explained) == number
    return explained


def check(explained):
    """The rows are those used: values made again from them are the same, and so are the counts they rest on."""
    again = 0
    for metric, part, area, period, value, n_den, state, found in explained:
        if state == "searched_none_found":
            assert rows_of(found, "core.fct_practice_search")
            continue
        computed = made_again(metric, part, found)
        assert computed is None or computed == pytest.approx(value), (metric, part, area, period)
        counted = rows_counted(metric, found)
        assert counted is None or counted == n_den, (metric, part, area, period)
        again += computed is not None or counted is not None
    assert again > len(explained) / 4


def test_values_of_the_default_edition_lead_to_the_rows_used(default_home, monkeypatch):
    check(explained_values(current(default_home).path, DRAWN, monkeypatch))


def test_money_of_award_rows_and_of_the_summary_leads_to_both(default_home, monkeypatch):
    monkeypatch.setattr(explaining, "SHOWN_ROWS", 100_000)
    edition = current(default_home).path
    with contextlib.closing(connect(edition)) as database:
        ((area, rows_gbp, summary_gbp),) = database.execute(
            "select locality_code, rows_gbp, summary_gbp from metrics.funding_window where window_id = 'on_record' "
            "and origin = 'award_rows_and_summary' order by locality_code limit 1"
        ).fetchall()
    found = explain(edition, "fun_total_gbp_all", area)
    assert pounds(rows_of(found, "metrics.award_counted")) == pytest.approx(rows_gbp)
    (summary,) = rows_of(found, "core.fct_award_summary")
    assert summary["total_gbp"] == pytest.approx(summary_gbp)
    assert next(value.value for value in found.values if value.period == found.explained) == pytest.approx(
        rows_gbp + summary_gbp
    )


@pytest.mark.long
def test_values_of_a_landed_edition_lead_to_the_rows_used(landed_home, monkeypatch):
    check(explained_values(current(landed_home).path, DRAWN_LONG, monkeypatch))
