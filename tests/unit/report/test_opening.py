"""What a locality's page says first of how a measure compares; all values are synthetic."""

import pytest

from warehouse.report.data import middle
from warehouse.report.opening import position


def card(value, state="ok", lci=None, vs_group=None):
    return {"row": {"value": value, "state": state, "lci": lci}, "compared": vs_group and {"vs_group": vs_group}}


GROUP = [{"value": number} for number in range(1, 10)]


@pytest.mark.parametrize(
    ("shown", "said"),
    [
        (card(9), "above"),
        (card(1), "below"),
        (card(5), "at_median"),
        (card(9, vs_group="similar"), "similar"),
        (card(5, vs_group="lower", lci=4), "lower"),
        (card(9, vs_group="withheld"), None),
        (card(9, state="ok_low"), None),
        # A sample without a comparison by interval: its order among the others may be chance.
        (card(9, lci=8), None),
    ],
)
def test_a_value_is_compared_by_its_interval_or_as_a_count_of_everything(shown, said):
    assert position(shown, middle(GROUP)) == said


def test_a_small_group_has_no_median_to_compare_with():
    assert position(card(9), middle(GROUP[:7])) is None
