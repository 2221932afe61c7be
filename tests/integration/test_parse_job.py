"""Landed files are parsed by several processes, one of which is killed; all awards are synthetic."""

from dataclasses import dataclass, replace

import dagster as dg
import pytest
from dagster._core.definitions.reconstruct import ReconstructableJob

from assets.factories.staging import staged
from assets.landing.unparsed_files import unparsed_files
from assets.sources.threesixtygiving.awards import PARSERS
from assets.sources.threesixtygiving.standard import SOURCE
from orchestration.parse_job import ParseOutcome, run_parse
from tests.benchmark import synthetic
from tests.support.vintages import vintages
from warehouse.catalogue import sources
from warehouse.errors import RefusedFile, ResourcesExhausted
from warehouse.storage.atomic_files import TEMPORARY_PREFIX, is_temporary
from warehouse.storage.home import Home
from warehouse.storage.landing import LandedFile
from warehouse.storage.workspace import Warehouse

pytestmark = pytest.mark.long

FILES, SURVEY = 6, "scotpho_shs"


@dataclass(frozen=True)
class Parsed:
    """A home whose files were parsed by two runs of the job: in the first, one of the processes was killed."""

    warehouse: Warehouse
    killed: LandedFile
    first: ParseOutcome
    processes: set[str]
    left: list[str]
    second: ParseOutcome


def landed(folder):
    """Return a home with landed files that were never parsed; the last one cannot be."""
    warehouse = Warehouse(Home(folder / "home").prepare())
    paths = synthetic.write(folder / "files", FILES * 200, funders_n=FILES)
    for content in (*(path.read_bytes() for path in paths), b'{"grants": 5}'):
        warehouse.landing.keep(sources()[SOURCE], content, file_name="synthetic")
    return warehouse


@pytest.fixture(scope="module")
def parsed(tmp_path_factory):
    folder = tmp_path_factory.mktemp("parsed")
    warehouse, workers = landed(folder), folder / "workers"
    workers.mkdir()
    killed = unparsed_files(warehouse.landing)[1]
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KILLED", killed.sha256)
        patch.setenv("WORKERS", str(workers))
        job = ReconstructableJob.for_module("tests.support.parse_workers", "parse")
        patch.setattr(dg, "reconstructable", lambda _: job)
        first = run_parse(warehouse.home, processes=2)
    left = [path.name for path in killed.path.with_name(f"{killed.sha256}.parsed").iterdir()]
    processes = {path.name for path in workers.iterdir()}
    return Parsed(warehouse, killed, first, processes, left, run_parse(warehouse.home, processes=2))


def test_files_are_parsed_by_two_processes_at_the_same_time(parsed):
    assert (len(parsed.first.parsed), len(parsed.processes) > 1) == (FILES - 1, True)


def test_a_killed_process_leaves_nothing_that_is_read_and_the_next_run_parses_its_file(parsed):
    [name] = parsed.left
    assert name.startswith(TEMPORARY_PREFIX)
    assert parsed.killed in parsed.first.unparsed
    assert parsed.first.cause.kind is ResourcesExhausted
    assert parsed.second.parsed == [parsed.killed]
    assert [path for path in parsed.warehouse.home.landing.rglob("*") if is_temporary(path)] == []


def test_a_file_that_cannot_be_parsed_stops_no_other_and_is_told(parsed):
    [file] = parsed.second.unparsed
    assert file.content == b'{"grants": 5}'
    assert parsed.second.cause.kind is RefusedFile
    assert SOURCE in parsed.second.cause.reason


def test_an_earlier_file_that_is_refused_now_is_no_failure(tmp_path):
    home = Home(tmp_path / "home").prepare()
    for content in (b"not a table", vintages(SURVEY)[0]):
        Warehouse(home).landing.keep(sources()[SURVEY], content, file_name="survey.csv")
    outcome = run_parse(home, processes=1)
    assert [file.content for file in outcome.refused] == [b"not a table"]
    assert (len(outcome.parsed), outcome.unparsed, outcome.cause) == (1, [], None)


def test_a_build_afterwards_parses_nothing_and_makes_the_same_tables(parsed, tmp_path):
    other, counted = landed(tmp_path), []

    def counting(content):
        counted.append(content)
        return PARSERS[SOURCE].parse(content)

    for warehouse, parsed_n in ((parsed.warehouse, 0), (other, FILES)):
        warehouse.landing.unland(SOURCE)
        counted.clear()
        staged({SOURCE: replace(PARSERS[SOURCE], parse=counting)}).make(warehouse, "")
        assert len(counted) == parsed_n
    tables = [path.relative_to(other.tables.root) for path in other.tables.root.rglob("*.parquet")]
    assert len(tables) > len(PARSERS[SOURCE].tables)
    for path in tables:
        assert (parsed.warehouse.tables.root / path).read_bytes() == (other.tables.root / path).read_bytes(), path
