"""Limits: allowed hosts and rate limits."""

import pytest

from warehouse.publishers.limits import Limits, RateLimiter


@pytest.mark.parametrize(
    ("pattern", "host", "is_allowed"),
    [
        ("www.gov.uk", "www.gov.uk", True),
        ("www.gov.uk", "gov.uk", False),
        ("*.gov.uk", "assets.publishing.service.gov.uk", True),
        ("*.gov.uk", "gov.uk", False),
        ("*.gov.uk", "evilgov.uk", False),
        ("*", "any.example", True),
        ("", "any.example", False),
    ],
)
def test_hosts_are_names_or_the_names_below_one(pattern, host, is_allowed):
    assert Limits(allowed_hosts=frozenset({pattern} - {""})).allow(host) == is_allowed


def test_hosts_have_separate_rate_limits():
    limiter = RateLimiter()
    assert [limiter.reserve(host, 60, 10.0) for host in ("a", "b", "a", "a", "b")] == [0, 0, 1, 2, 1]
    assert limiter.reserve("a", None, 20.0) == 0
