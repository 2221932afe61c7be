"""The catalogue is whole: what one entry names another describes."""

import json
import re
from fnmatch import filter as matching

import pytest

from warehouse import catalogue
from warehouse.catalogue import files, metric_entries, table_entries
from warehouse.errors import BadRecord, UnknownName
from warehouse.i18n import text
from warehouse.storage.home import PROJECT


def test_an_unknown_name_gives_the_near_ones():
    with pytest.raises(UnknownName, match="pop_total"):
        catalogue.pick("metric", catalogue.metrics, "pop_totl")


def test_every_id_of_the_method_is_catalogued_or_said_to_stand_under_another(shared):
    text = (shared / "method.md").read_text("utf-8")
    section = text[text.index("## 5. The catalogue") : text.index("## 6. Golden values")]
    named = set(re.findall(r"`((?:coh|dep|fun|eq|prac|soc|pop|frm|bal|q)_[a-z0-9_]+(?:\[\w+\])?(?:/hi)?)`", section))
    assert len(named) > 105
    known, elsewhere = catalogue.metrics(), catalogue.method_ids()
    named |= {"rural_class", "rec_coverage"}
    assert {name for name in named if name not in known and name not in elsewhere} == set()
    assert {name for name in elsewhere if name not in named or name in known} == set()


def test_what_stands_under_another_id_is_catalogued_there_or_says_why_it_is_no_metric():
    for entry in catalogue.method_ids().values():
        assert entry.why, entry.id
        for pattern in entry.metrics:
            assert matching(catalogue.metrics(), pattern), pattern


def test_every_former_metric_leads_to_a_column_that_describes_a_metric():
    moved = catalogue.moved_ids()
    assert len(moved) == 8 + 48
    assert moved["coh_rank_lo_all3"] == catalogue.Moved("metrics.value_statistic", "rank_lo", ("coh_all3_pct",))
    for former, now in moved.items():
        assert former not in catalogue.metrics()
        assert now.column in {column.name for column in catalogue.tables()[now.table].columns}, former
        assert set(now.metrics) <= catalogue.metrics().keys(), former


@pytest.mark.parametrize(
    ("names", "reason"),
    [
        ("[pop_total]", "'.*' has 0 readings"),
        ("['*']\n  en: made up\n  cy: made up\n- metrics: [pop_total]", "'pop_total' has 2 readings"),
        ("['*']\n  en: made up\n  cy: made up\n- metrics: [made_up]", "'made_up' is not a catalogued metric"),
    ],
)
def test_a_metric_has_one_reading_and_a_reading_a_metric(tmp_path, monkeypatch, names, reason):
    known = catalogue.metrics()
    (tmp_path / "readings.yaml").write_text(f"- metrics: {names}\n  en: made up\n  cy: made up\n", "utf-8")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(metric_entries, "metrics", lambda: known)
    with pytest.raises(BadRecord, match=reason):
        catalogue.readings.__wrapped__()


LISTS = """
- id: whole
  name: The whole
  name_cy: Y cyfan
  values: [{code: all, name: All, name_cy: Pob un}]
- id: size
  name: Size
  name_cy: Maint
  values: [{code: small, name: Small, name_cy: Bach}, {code: CODE, name: Large, name_cy: Mawr}]
"""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        (LISTS.replace("CODE", "small"), "duplicate code 'small'"),
        (LISTS.replace("CODE", "all"), "duplicate code 'all'"),
        (LISTS.replace("code: all", "code: everything"), "'whole' must have the code 'all' alone"),
    ],
)
def test_a_code_says_by_itself_which_part_it_is(tmp_path, monkeypatch, text, reason):
    (tmp_path / "breakdowns.yaml").write_text(text, "utf-8")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    with pytest.raises(BadRecord, match=reason):
        catalogue.breakdowns.__wrapped__()


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ({"breakdowns": ["shape"]}, "'shape' is not a list of parts"),
        ({"breakdowns": ["whole"]}, "'whole' is not a list of parts"),
        (
            {"breakdowns": [{"of": "origin", "codes": ["risk_fatigue"]}]},
            "'risk_fatigue' is not a code of the list 'origin'",
        ),
        ({"has_whole": False}, "without a whole must have breakdowns"),
        ({"has_whole": False, "breakdowns": ["risk"]}, "can't be in the profile"),
        (
            {"inputs": [{"table": "core.fct_award", "breakdown": "size_class_9"}]},
            "'size_class_9', of which an input is",
        ),
    ],
)
def test_a_metric_names_lists_and_codes_that_are_catalogued(tmp_path, monkeypatch, change, reason):
    known = catalogue.breakdowns()
    entry = catalogue.metrics()["pop_total"].model_dump(mode="json") | change
    (tmp_path / "metrics").mkdir()
    (tmp_path / "metrics" / "synthetic.yaml").write_text(json.dumps([entry]), "utf-8")
    monkeypatch.setattr(files, "ROOT", tmp_path)
    monkeypatch.setattr(metric_entries, "breakdowns", lambda: known)
    with pytest.raises(BadRecord, match=reason):
        catalogue.metrics.__wrapped__()


def test_an_id_that_was_a_metric_is_a_part_now_and_no_metric_is_one():
    for entry in catalogue.former_ids().values():
        parts = [
            part.code for _, part in catalogue.metrics()[entry.metric].parts() if matching([part.code], entry.breakdown)
        ]
        assert parts, entry.id
    assert catalogue.part_of("fun_loc_share_nation_wide") == ("fun_loc_share", "nation_wide")
    assert catalogue.part_of("fun_size_class_9") is None
    assert [name for name in catalogue.metrics() if catalogue.part_of(name)] == []


def said_of_the_readings():
    """What each surface says of who read the register, by surface; the languages are in its name."""
    metric, tables = catalogue.metrics()["q_double_coded_pct"], catalogue.tables()
    reading = catalogue.readings()["q_double_coded_pct"]
    return {
        "definition, en": metric.definition,
        "reading, en": reading.en,
        "reading, cy": reading.cy,
        "report, en": text("en")("method.readings_words"),
        "report, cy": text("cy")("method.readings_words"),
        "table, en": tables["metrics.practice_agreement"].description,
        "codes, en": tables["core.fct_practice_reading"].description,
        "source, en": catalogue.sources()["practice_readings"].attribution,
        "README, en": (PROJECT / "README.md").read_text("utf-8"),
    }


WHO_READ = {"en": ("language model", "no person"), "cy": ("fodelau iaith", "nid oes neb")}


@pytest.mark.parametrize("surface", said_of_the_readings())
def test_every_surface_says_that_no_person_read_or_reviewed_the_register(surface):
    words = re.sub(r"\s+", " ", said_of_the_readings()[surface])
    assert not [said for said in WHO_READ[surface[-2:]] if said not in words]
    assert not re.search(r"two (people|readers|coders)|dau (berson|ddarllenydd)", words)


def test_a_column_that_a_table_does_not_give_must_be_one_that_may_be_null():
    path = catalogue.ROOT / "tables" / "core.made_up.yaml"
    entry = {
        "name": "core.made_up",
        "grain": "synthetic row",
        "description": "Synthetic table of this test.",
        "key": ["locality_code"],
        "nullable": ["lci"],
        "columns": ["locality_code", "lci", "ci_method"],
    }
    assert table_entries._table(path, entry | {"not_given": ["lci"]}, {})["not_given"] == ["lci"]
    for column in ("ci_method", "locality_code", "no_such_column"):
        with pytest.raises(BadRecord, match=rf"not_given must name columns that may be null: \['{column}'\]"):
            table_entries._table(path, entry | {"not_given": ["lci", column]}, {})


def test_the_values_of_a_nation_are_the_nations():
    assert tuple(catalogue.fields()["nation"]["values"]) == catalogue.NATIONS
