"""The job `parse`: parses the landed files in parallel, one in each step, so that the next build finds their rows.

A step names its file by its mapping key, and hands over no value, so its steps can run on several machines that share
the home. What is run where is the executor's choice (`CPOWER_PARSE_EXECUTOR`): processes of one machine, or pods.
"""

import os
from collections.abc import Iterator
from dataclasses import dataclass
from importlib import import_module
from typing import Any

import dagster as dg

from assets.factories.step_errors import explained
from assets.landing.unparsed_files import parse_landed, unparsed_files
from orchestration.instance import instance
from orchestration.resources import LandingResource
from orchestration.run_errors import Cause, why_failed
from warehouse.errors import InvalidSetting
from warehouse.storage.home import Home
from warehouse.storage.landing import LandedFile, Landing
from warehouse.storage.mirror import landing_held

VARIABLE = "CPOWER_PARSE_EXECUTOR"
# Dagster limits how many steps of a pool run at the same time, over all runs and machines.
POOL = "parse"
SEPARATOR, DIGITS = "__", 12


@dataclass(frozen=True)
class ParseOutcome:
    """The landed files that were parsed, those that could not be, and why the run failed, if it did.

    `refused` are earlier files that the parser refuses now, so that the list of revisions leaves them out.
    """

    parsed: list[LandedFile]
    unparsed: list[LandedFile]
    refused: list[LandedFile]
    cause: Cause | None


def executor() -> dg.ExecutorDefinition:
    """Return the executor of the job that `CPOWER_PARSE_EXECUTOR` names, by default Dagster's of several processes.

    Raises `InvalidSetting` if there is no such executor.
    """
    name = os.environ.get(VARIABLE, "").strip() or "dagster.multiprocess_executor"
    module, _, attribute = name.rpartition(".")
    try:
        found = getattr(import_module(module), attribute)
    except (ImportError, AttributeError, ValueError):
        found = None
    if not isinstance(found, dg.ExecutorDefinition):
        raise InvalidSetting(
            f"{VARIABLE}: expected an executor of Dagster, such as dagster_k8s.k8s_job_executor, got {name!r}. Correct "
            "it, or install the package that has it."
        )
    return found


@dg.op(out=dg.DynamicOut(dg.Nothing), description="Find the landed files whose parsed rows are missing or out of date.")
def find_unparsed_files(
    context: dg.OpExecutionContext, landing: dg.ResourceParam[Landing]
) -> Iterator[dg.DynamicOutput[None]]:
    """Yield one output for each file, named after its source and checksum."""
    with explained():
        files = unparsed_files(landing)
    context.log.info(f"Files to parse: {len(files):,}.")
    for file in files:
        yield dg.DynamicOutput(None, mapping_key=_key(file))


@dg.op(
    ins={"file": dg.In(dg.Nothing)},
    pool=POOL,
    description="Parse a landed file and keep its rows beside it, as a build would.",
)
def parse_file(context: dg.OpExecutionContext, landing: dg.ResourceParam[Landing]) -> None:
    """Parse the file that the mapping key names; raise `dagster.Failure` if that fails, which stops no other file."""
    source_id, _, digits = str(context.get_mapping_key()).rpartition(SEPARATOR)
    with explained():
        file = landing.find(source_id, digits)
        parsed = parse_landed(landing, file)
    if parsed is None:
        context.log.warning(f"{file.called} of {source_id} is refused now, and is left out of the list of revisions.")
        return
    counts = {f"rows of {name}": table.counts.rows_kept for name, table in parsed.tables.items()}
    quarantined = sum(table.counts.rows_quarantined for table in parsed.tables.values())
    context.add_output_metadata(
        {"file": file.called, **counts, "quarantined rows": quarantined, "process": os.getpid()}
    )


@dg.job(
    description=(
        "Parse the landed files whose rows are missing or out of date, each in a process or pod of its own. A build "
        "parses them itself, one after another; run this first after a new version of a parser.\n\n"
        "Configuration, all optional: `execution.config.max_concurrent`, how many files are parsed at the same time."
    ),
    executor_def=executor(),
    resource_defs={"landing": LandingResource.configure_at_launch()},
)
def parse() -> None:
    """Parse each landed file that is not parsed."""
    find_unparsed_files().map(lambda file: parse_file(file=file))


def run_parse(home: Home, processes: int | None = None) -> ParseOutcome:
    """Run the job `parse` on a home with so many processes, by default one for each core, and return its outcome.

    The home is locked meanwhile. Raises `HomeUnavailable` if it cannot be.
    """
    landing = Landing(home.landing)
    with landing_held(home, "parse"), instance(home) as opened:
        waiting = unparsed_files(landing)
        if not waiting:
            return ParseOutcome([], [], [], None)
        config: dict[str, Any] = {
            "execution": {"config": {"max_concurrent": processes or 0}},
            "resources": {"landing": {"config": {"home": str(home.root)}}},
            # The command says itself what happened.
            "loggers": {"console": {"config": {"log_level": "CRITICAL"}}},
        }
        with dg.execute_job(dg.reconstructable(parse), opened, run_config=config) as result:
            cause = None if result.success else why_failed(result.all_events)
            ended = {event.step_key for event in result.all_events if event.is_step_success}
    left = unparsed_files(landing)
    refused = [file for file in left if f"{parse_file.name}[{_key(file)}]" in ended]
    return ParseOutcome(
        [file for file in waiting if file not in left], [file for file in left if file not in refused], refused, cause
    )


def _key(file: LandedFile) -> str:
    """Return the mapping key of the step that parses a file."""
    return f"{file.source_id}{SEPARATOR}{file.sha256[:DIGITS]}"
