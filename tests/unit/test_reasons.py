"""Reasons: what the catalogue may hold, that queries and Python give no others, and what follows from each."""

import re

import pytest
from pydantic import ValidationError

from assets.tables import catalogue_tables as catalogue_tables
from tests.support.sql_harness import AS_OF, Bench, stated
from warehouse.catalogue import Reason, metrics, reasons, tables
from warehouse.catalogue.reason_text import code_of, coded, texts
from warehouse.errors import BadRecord, UnknownName

SAMPLES = {"count": "12", "nation": "Wales", "names": "Mendip, Somerset West and Taunton", "text": "synthetic"}
VALID = {"id": "made_up", "gap": "withheld", "arguments": {"n": "count"}, "en": "fewer than {n}", "cy": "llai na {n}"}


def sample(reason):
    """Return a reason with some arguments, as tables hold it, and what follows one that takes in others."""
    own = [SAMPLES[kind] for kind in reason.arguments.values() if kind != "reasons"]
    inner = ["small_sample|50", "variation"] if "reasons" in reason.arguments.values() else []
    return [coded(reason.id, *own), *inner]


@pytest.mark.parametrize(
    ("change", "fault"),
    [
        ({"cy": "llai na {m}"}, "placeholders"),
        ({"en": "fewer than five"}, "placeholders"),
        ({"arguments": {"n": "count", "of": "count"}}, "placeholders"),
        ({"arguments": {"n": "pounds"}}, "Input should be"),
        ({"gap": None}, "expected a state"),
        ({"gap": "ok_low"}, "cannot be ok"),
        ({"with_value": "withheld"}, "Input should be"),
        ({"id": "Made|up"}, "lower-case"),
        ({"arguments": {"n": "count", "r": "reasons"}, "en": "{n} {r}", "cy": "{n} {r}"}, "must be the only one"),
        ({"cy": None}, "valid string"),
    ],
)
def test_a_reason_that_does_not_agree_with_itself_is_refused(change, fault):
    assert Reason.model_validate(VALID)
    with pytest.raises(ValidationError, match=fault):
        Reason.model_validate(VALID | change)


def test_a_metric_whose_missing_reason_is_not_a_gap_is_refused(monkeypatch):
    without = {code: reason for code, reason in reasons().items() if code != "no_survey"}
    monkeypatch.setattr("warehouse.catalogue.metric_entries.reasons", lambda: without)
    with pytest.raises(BadRecord, match="missing_reason must be a code"):
        metrics.__wrapped__()


@pytest.mark.parametrize("reason", reasons().values(), ids=reasons())
def test_every_reason_has_a_text_in_both_languages(reason):
    english, welsh = (texts(sample(reason), language) for language in ("en", "cy"))
    assert len(english) == len(welsh) == 1
    assert english != welsh
    for said in english + welsh:
        assert not re.search(r"[{}|]", said)
        assert said.count("(") == said.count(")")


def test_a_reason_takes_in_those_that_follow():
    given = ["value_unreliable", "small_sample|50", "variation"]
    assert texts(given, "en") == [
        "the value is unreliable (effective sample below 50; coefficient of variation above 20 %)"
    ]
    assert texts(given, "cy") == [
        "mae'r gwerth yn annibynadwy (sampl effeithiol islaw 50; cyfernod amrywiad uwchlaw 20%)"
    ]


@pytest.mark.parametrize(
    ("given", "error", "fault"),
    [
        (["no_such_code"], UnknownName, "no_such_code"),
        (["few_records"], ValueError, "expected 1 arguments, got 0"),
        (["few_records|5|6"], ValueError, "expected 1 arguments, got 2"),
        (["few_records|many"], ValueError, "expected a count, got 'many'"),
    ],
)
def test_a_reason_with_wrong_arguments_is_an_error(given, error, fault):
    with pytest.raises(error, match=fault):
        texts(given, "en")
    code, *arguments = given[0].split("|")
    with pytest.raises(error, match=fault):
        coded(code, *arguments)


def test_an_argument_cannot_hold_a_bar():
    with pytest.raises(ValueError, match="cannot hold"):
        coded("merged_since", "Mendip|Taunton")
    assert code_of(coded("merged_since", "Mendip, Taunton")) == "merged_since"


def test_the_dimension_holds_every_reason():
    rows = catalogue_tables.reasons(None).to_dicts()
    assert {row["reason_code"]: (row["gap_state"], row["value_state"], row["reason_text"]) for row in rows} == {
        code: (reason.gap, reason.with_value, reason.en) for code, reason in reasons().items()
    }
    assert {name for row in rows for name in row} == {column.name for column in tables()["core.dim_reason"].columns}


def test_state_and_text_follow_from_each_reason_in_one_place():
    """Exhaustive: each reason as a gap, a caution and a note gives the state and the text of the catalogue."""
    rows, expected = [], {}
    used = [reason for reason in reasons().values() if len(reason.arguments) <= 2]
    for number, (reason, role) in enumerate(
        (reason, role) for reason in used for role in ("gap_reason", "low_reasons", "note_reasons")
    ):
        given = sample(reason)
        kind = {"gap_reason": bool(reason.gap), "low_reasons": reason.with_value == "ok_low"}.get(
            role, reason.with_value == "ok"
        )
        if not kind:
            continue
        row = {
            "metric_id": "pop_total",
            "locality_code": f"E{number:08d}",
            "period_start": AS_OF,
            "period_end": AS_OF,
            "value": None if role == "gap_reason" else 1.0,
            "gap_reason": given[0] if role == "gap_reason" else None,
            "low_reasons": given[1:] if role == "gap_reason" else given if role == "low_reasons" else None,
            "note_reasons": given if role == "note_reasons" else None,
        }
        rows.append(row)
        expected[row["locality_code"]] = (
            reason.gap if role == "gap_reason" else reason.with_value,
            given,
            "; ".join(texts(given, "en")),
        )
        assert expected[row["locality_code"]] == tuple(
            stated(row)[name] for name in ("state", "reason_codes", "state_reason")
        )
    bench = Bench()
    bench.put("metrics.locality_value", rows)
    bench.put("metrics.quality", [])
    bench.put("metrics.balance_count", [])
    found = {
        row["locality_code"]: (row["state"], row["reason_codes"], row["state_reason"])
        for row in bench.make("metrics.metric_value")
    }
    assert found == expected
    (column,) = (column for column in tables()["metrics.metric_value"].columns if column.name == "state")
    assert {state for state, *_ in found.values()} == set(column.values)
