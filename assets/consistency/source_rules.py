"""Rules on sources: each has a parser, a staging table whose contract can be applied, and samples for the tests."""

import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from importlib import import_module
from pathlib import Path
from types import ModuleType
from urllib.parse import urlsplit

import polars as pl

from assets import graph, subjects
from assets.consistency import Gap
from assets.consistency.query_rules import framework_ids
from assets.factories import checks
from assets.ingest.contracts import contract
from assets.ingest.parser import Parser
from warehouse import catalogue
from warehouse.catalogue import ROOT, Source, place_of, sources, tables
from warehouse.errors import BadRecord, ContractBroken
from warehouse.lineage import queries
from warehouse.publishers import PROTOCOLS
from warehouse.publishers.file_kind import KINDS_OF_FORMAT
from warehouse.publishers.limits import Limits
from warehouse.storage.atomic_files import temporary_folder
from warehouse.storage.home import PROJECT, Home
from warehouse.storage.workspace import Warehouse

MOST_SECONDS, MOST_BYTES = 1800, 1_000_000_000
TESTS = PROJECT / "tests"


@cache
def _import(module: str) -> ModuleType | Exception:
    try:
        return import_module(module)
    except Exception as error:
        return error


def subject_can_be_imported() -> Iterator[Gap]:
    """Find modules of parsers or recipes that cannot be imported."""
    for name in ("PARSERS", "RECIPES"):
        for module, path in subjects.files(name).items():
            if isinstance(found := _import(module), Exception):
                told = f"cannot be imported: {type(found).__name__}: {found}"
                yield Gap(path, told, "Fix the module, or the catalogue entry that it names.")


def _defined(name: str) -> Iterator[tuple[Path, object]]:
    for module, path in subjects.files(name).items():
        if isinstance(found := _import(module), ModuleType):
            yield path, getattr(found, name)


def parsers() -> dict[str, tuple[Path, Parser]]:
    """Return the parser of each source with the file that defines it."""
    return {
        source: (path, parser)
        for path, found in _defined("PARSERS")
        for source, parser in found.items()  # type: ignore[attr-defined]
    }


def landed_source_has_a_parser() -> Iterator[Gap]:
    """Find landed sources without a parser, and parsers of a source that is not in the catalogue."""
    read = parsers()
    for source in sources().values():
        if not (source.file or source.package or source.id in read):
            path, line = place_of(source)
            fix = "Add tidy to its entry, or add its parser to PARSERS of a module in assets."
            yield Gap(path, f"no parser reads the files of {source.id}", fix, line)
    for name, (path, parser) in read.items():
        if name not in sources():
            yield Gap(
                path, f"reads {name}, which is not catalogued", "Describe it in warehouse/catalogue/sources_*.yaml."
            )
        for table in parser.tables:
            if table not in tables():
                fix = f"Describe it in warehouse/catalogue/tables/{table}.yaml."
                yield Gap(path, f"fills {table}, which is not catalogued", fix)


def source_is_whole() -> Iterator[Gap]:
    """Find sources with an invalid setting of the pull, and sources that are neither pulled nor uploaded."""
    limits_at: dict[str | None, dict[int | None, Source]] = defaultdict(dict)
    for source in sources().values():
        path, line = place_of(source)
        for problem in unsafe(source) if source.protocol else []:
            yield Gap(path, f"{source.id}: {problem}", "Correct its entry.", line)
        if source.protocol:
            limits_at[urlsplit(source.address).hostname].setdefault(source.max_requests_per_minute, source)
        elif not (source.file or source.package or source.by_hand):
            fix = "Name a protocol, or say in by_hand why the file is uploaded manually."
            yield Gap(path, f"{source.id} has neither a protocol nor by_hand", fix, line)
    for host, limits in limits_at.items():
        if len(limits) > 1:
            path, line = place_of([*limits.values()][-1])
            told = f"sources at {host} have several limits: {', '.join(map(str, limits))}"
            yield Gap(path, told, "Give them all the same max_requests_per_minute.", line)


def unsafe(source: Source) -> list[str]:
    """Return the problems in the pull settings of a source."""
    limits = Limits.of(source)
    addresses = [source.address, *source.options.get("alternatives", [])]
    found = {
        f"the protocol {source.protocol!r} is not one of {', '.join(PROTOCOLS)}": source.protocol not in PROTOCOLS,
        "schemes must be only https": source.schemes != ("https",),
        "private_hosts are for mirrors": source.private_hosts != (),
        f"formats must be some of {', '.join(KINDS_OF_FORMAT)}": not source.formats
        or not {*source.formats} <= {*KINDS_OF_FORMAT},
        "an address is not https, or its host is not in hosts": any(
            urlsplit(address).scheme != "https" or not limits.allow(urlsplit(address).hostname or "")
            for address in addresses
        ),
        f"deadline_s is above {MOST_SECONDS}": limits.deadline_s > MOST_SECONDS,
        f"max_bytes is above {MOST_BYTES}": limits.max_bytes > MOST_BYTES,
    }
    return [problem for problem, is_so in found.items() if is_so]


def table_has_one_recipe() -> Iterator[Gap]:
    """Find catalogued tables with no recipe or with several."""
    made: dict[str, list[Path]] = defaultdict(list)
    for path, recipes in _defined("RECIPES"):
        for recipe in recipes:  # type: ignore[attr-defined]
            for name in recipe.names:
                made[name].append(path)
    for name, path in queries().items():
        made[name].append(path)
    for name in tables().keys() - made.keys() - {*graph.WITHOUT_ASSET, *graph.ASSEMBLED, checks.CHECK_RESULT}:
        schema = name.split(".")[0]
        query = f"Write its query: sql/{name.replace('.', '/')}.sql."
        fix = query if schema in graph.LAYERS else "Add it to PARSERS or RECIPES of a module in assets."
        yield Gap(ROOT / "tables" / f"{name}.yaml", f"no recipe makes {name}", fix)
    for name, paths in made.items():
        if len(paths) > 1:
            others = ", ".join(str(path.relative_to(PROJECT)) for path in paths[1:])
            yield Gap(paths[0], f"{name} is made here and in {others}", "Keep one of them.")


def contract_can_be_applied() -> Iterator[Gap]:
    """Find staging tables with a rule, pattern or limit that cannot be applied to their rows."""
    for table in tables().values():
        if table.schema_name != "staging":
            continue
        try:
            made = contract(table)
            made.validate(made.create_empty())
            for column in table.columns:
                pl.select(pl.lit("").str.contains(column.pattern))
        except Exception as error:
            told = f"its contract cannot be applied: {str(error).partition(chr(10))[0]}"
            yield Gap(ROOT / "tables" / f"{table.name}.yaml", told, "Correct its rules and patterns.")


def reference_records_can_be_staged() -> Iterator[Gap]:
    """Find files of reference records that a build would refuse, by staging them in a temporary home."""
    with temporary_folder("cpower-check-") as folder:
        warehouse = Warehouse(Home(Path(folder) / "home").prepare())
        for path, recipes in _defined("RECIPES"):
            for recipe in recipes:  # type: ignore[attr-defined]
                if not recipe.sources or not all(sources()[name].file for name in recipe.sources if name in sources()):
                    continue
                try:
                    recipe.make(warehouse, "")
                except BadRecord as error:
                    yield Gap(PROJECT / error.file, error.reason, "Correct the file.", error.line)
                except ContractBroken as error:
                    yield Gap(path, str(error), f"Correct the records of {', '.join(recipe.sources)}.")


def source_has_samples() -> Iterator[Gap]:
    """Find landed sources without a sample or a second vintage in the tests."""
    for file, fix in (
        (TESTS / "faults" / "test_schema_drift.py", "Add a small synthetic file of it to `samples`."),
        (TESTS / "support" / "vintages.py", "Add the cell that its next vintage changes to CHANGED."),
    ):
        text = file.read_text("utf-8") if file.exists() else ""
        for name in parsers() if text else ():
            if f'"{name}"' not in text and name in sources() and not sources()[name].tidy:
                yield Gap(file, f"has no sample of {name}", fix)


def metric_has_a_test() -> Iterator[Gap]:
    """Find metrics with a source that no test names."""
    if not TESTS.is_dir():
        return
    named = {name for path in TESTS.rglob("*.py") for name in re.findall(r"\w+", path.read_text("utf-8"))}
    # Ids that are composed from their beginning, such as f"eq_sii_{series}".
    begun = tuple(name for path in TESTS.rglob("*.py") for name in re.findall(r'f"(\w+_)\{', path.read_text("utf-8")))
    of_records = framework_ids()
    for metric in catalogue.metrics().values():
        if metric.has_source and metric.id not in named | of_records and not metric.id.startswith(begun):
            path, line = place_of(metric)
            fix = "Test it in tests/unit on a small table with known results: missing, zero and withheld."
            yield Gap(path, f"no test names {metric.id}", fix, line)


RULES = (
    subject_can_be_imported,
    landed_source_has_a_parser,
    source_is_whole,
    table_has_one_recipe,
    contract_can_be_applied,
    reference_records_can_be_staged,
    source_has_samples,
    metric_has_a_test,
)
