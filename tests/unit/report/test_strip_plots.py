"""Where a value lies in its strip."""

import pytest

from warehouse.report.strip_plots import MARGIN, WIDTH, Scale


@pytest.mark.parametrize(("value", "at"), [(10, MARGIN), (30, WIDTH - MARGIN), (20, WIDTH / 2)])
def test_a_value_lies_between_the_ends_of_the_scale(value, at):
    assert float(Scale(10, 30).place(value)) == at


def test_a_group_of_one_value_lies_in_the_middle():
    assert float(Scale(5, 5).place(5)) == WIDTH / 2
