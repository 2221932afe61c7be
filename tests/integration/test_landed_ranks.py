"""Ranks of real survey figures, and the document that speaks of them: Scottish Household Survey 2022, 32 councils."""

import re

import duckdb
import pytest

from warehouse.editions.find import current
from warehouse.storage.home import PROJECT

pytestmark = pytest.mark.long

DOCUMENT = (PROJECT / "docs" / "method" / "ranks.md").read_text("utf-8")
RANKED = """
    select
        locality.locality_name, figure.value, figure.lci, figure.uci, rank.rank_nominal, rank.rank_lo, rank.rank_hi,
        rank.surely_better_n, rank.surely_worse_n, rank.rank_q5, rank.rank_q95, rank.p_topfifth,
        rank.p_botfifth, rank.label, rank.state
    from metrics.rank_interval as rank
    inner join metrics.metric_value as figure using (metric_id, locality_code, period_start, period_end)
    inner join core.dim_locality as locality using (locality_code)
    where figure.breakdown = 'all' and rank.metric_id = 'coh_influence_pct' and rank.period = '2022-01-01/2022-12-31'
"""


@pytest.fixture(scope="module")
def councils(landed_home):
    path = current(landed_home).path / "community_power.duckdb"
    with duckdb.connect(str(path), read_only=True) as database:
        return database.execute(RANKED).fetchall()


def test_every_council_has_a_rank_interval(councils):
    assert len(councils) == 32
    assert all(row[5] is not None and row[13] for row in councils)
    assert sum(row[14] == "ok_low" for row in councils) == 6


def rounded(share):
    """Return a probability as the document prints it; one that is not 0 isn't printed as 0, nor one below 1 as 1."""
    return "< 0.01" if share < 0.005 else "> 0.99" if share >= 0.995 else f"{share:.2f}"


def test_the_document_prints_what_the_edition_holds(councils):
    printed = {
        cells[0]: cells[1:]
        for line in DOCUMENT.splitlines()
        if line.startswith("| ") and len(cells := [cell.strip() for cell in line.strip("|").split("|")]) == 9
    }
    assert len(printed) == 2 + 32  # the headings, the rule below them, and the councils
    for name, value, lci, uci, rank, low, high, better, worse, q5, q95, top, bottom, _, _ in councils:
        expected = [f"{value:.1f}", f"{lci:.1f} to {uci:.1f}", "" if rank is None else str(rank)]
        expected += [f"{low} to {high}", f"{better}, {worse}", f"{q5} to {q95}"]
        assert all(share is None or 0 < share < 1 for share in (top, bottom))
        expected += ["" if share is None else rounded(share) for share in (top, bottom)]
        assert printed[name] == expected


def test_the_plain_sentence_is_true(councils):
    told = {row[0] for row in councils if row[13].startswith("between")}
    assert told == {"Shetland Islands", "Orkney Islands", "Na h-Eileanan Siar"}
    assert all(row[7] + 1 <= 16.5 <= 32 - row[8] for row in councils)
    pairs = sum(row[7] + row[8] for row in councils) / 2
    assert pairs == 40
    sentence = re.sub(r"\s+", " ", DOCUMENT)
    assert "Of 32 councils, three are distinguishable from the middle of the list" in sentence
    assert f"of the 496 pairs of councils, {pairs:.0f} (8 %) are distinguishable" in sentence
