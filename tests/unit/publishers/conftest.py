"""Pulling from local servers, for the tests of each protocol."""

import pytest

from tests.publishers import Puller


@pytest.fixture
def puller(tmp_path, monkeypatch):
    """A home of its own, and the means to pull a source of the catalogue into it from a local address."""
    return Puller(tmp_path, monkeypatch)
