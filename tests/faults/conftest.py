"""A small home of made-up tables with one edition, and the tables of another build ready to be published."""

import shutil

import pytest

from tests.faults.killing import EXPORTS, PUBLISHED
from tests.support.edition_builders import CODES, Made
from warehouse.editions import publish
from warehouse.editions.find import current
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse


def few(patch):
    """Publish a few tables in a few forms, as the process does that is killed."""
    patch.setattr(publish, "published_tables", lambda _: PUBLISHED)
    patch.setattr(publish, "EXPORTS", EXPORTS)


@pytest.fixture(autouse=True)
def few_tables(monkeypatch):
    few(monkeypatch)


@pytest.fixture(scope="session")
def prepared(tmp_path_factory):
    """The home that the tests copy; nothing writes to it."""
    warehouse, made = Warehouse(Home(tmp_path_factory.mktemp("prepared") / "home").prepare()), Made()
    with pytest.MonkeyPatch.context() as patch:
        few(patch)
        publish.publish(made.written(warehouse))
    made.observe(CODES[0], 51.5)
    made.written(warehouse)
    return warehouse.home


@pytest.fixture
def home(prepared, tmp_path):
    """A home with an edition, and with tables that no edition is of."""
    shutil.copytree(prepared.root, tmp_path / "home", symlinks=True)
    return Home(tmp_path / "home")


@pytest.fixture
def before(home):
    """The edition that is current when the fault comes."""
    return current(home)
