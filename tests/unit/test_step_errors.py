"""Failures of steps, resources and checks show first what to do; the command line shows the reason."""

import dagster as dg
import polars as pl
import pytest

from assets.factories.checks import Check
from assets.factories.python_tables import computed
from assets.factories.step_errors import STAYS, UNFORESEEN, advice_on, explained
from assets.factories.steps import step
from assets.landing.pull import pullable
from assets.landing.pull_assets import landing_assets
from orchestration.resources import WarehouseResource
from orchestration.run_errors import why_failed
from warehouse.errors import (
    BadRecord,
    CommunityPowerError,
    ContractBroken,
    HomeUnavailable,
    InvalidSetting,
    NotBuilt,
    ProjectFault,
    ReleaseBlocked,
)
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse


def failed(assets, **kwargs):
    """The events of a run that fails."""
    with dg.DagsterInstance.ephemeral() as instance:
        result = dg.materialize(assets, instance=instance, raise_on_error=False, **kwargs)
        assert not result.success
        return result.all_events


def failing(error):
    @dg.asset
    @explained()
    def broken() -> None:
        raise error

    return [broken]


@pytest.mark.parametrize(
    ("error", "advice", "exit_code"),
    [
        (BadRecord("practices/gwynedd.yaml", 12, "geo_precision: village"), "Fix the record", BadRecord.exit_code),
        (ContractBroken("core.dim_locality: no column x"), "Fix the query or parser", ContractBroken.exit_code),
        (HomeUnavailable("the home is in use"), "Wait until the process", HomeUnavailable.exit_code),
        (
            InvalidSetting("CPOWER_KEEP_EDITIONS must be a whole number"),
            "Correct the setting",
            InvalidSetting.exit_code,
        ),
        (NotBuilt("core.dim_nation has not been built"), "Run the job build", NotBuilt.exit_code),
        (ReleaseBlocked("56 of 361 localities move"), "Read blocked-changes.md", ReleaseBlocked.exit_code),
        (ProjectFault("The report has no message"), UNFORESEEN[:30], ProjectFault.exit_code),
        (ZeroDivisionError("division by zero"), UNFORESEEN[:30], 1),
        (CommunityPowerError("Remove that file, then look again."), "Remove that file, then look again.", 1),
    ],
    ids=lambda value: type(value).__name__ if isinstance(value, Exception) else "",
)
def test_a_failed_step_shows_what_to_do_first(error, advice, exit_code):
    events = failed(failing(error))
    (failure,) = (event.step_failure_data for event in events if event.is_step_failure)
    told = failure.user_failure_data
    assert told.description.startswith(advice)
    assert str(error) in told.description
    assert told.metadata["what stays"].value == STAYS
    cause = why_failed(events)
    assert str(error) in cause.reason
    assert cause.to_text().startswith(f"What to do: {advice}")
    assert cause.to_error().exit_code == exit_code
    assert "Traceback" not in cause.to_text()
    assert cause.to_text().count(str(error)) == cause.to_line().count(str(error)) == 1
    assert "\n" not in cause.to_line()


def kinds(error):
    return {error} | {kind for child in error.__subclasses__() for kind in kinds(child)}


def test_every_kind_of_error_has_advice_that_starts_with_what_to_do():
    verbs = ("Check", "Correct", "Fix", "Read", "Report", "Run", "Use", "Wait")
    for kind in kinds(CommunityPowerError) - {CommunityPowerError}:
        # What only a command raises never fails a run.
        if not kind.__module__.startswith(("orchestration.server", "assets.contributions", "warehouse.distribution")):
            assert advice_on(kind, "told").startswith(verbs), kind


@pytest.mark.parametrize(
    ("as_of", "reason"),
    [("2999-01-01", "is in the future"), ("last week", "is not a date"), ("2026-02-30", "is not a date")],
)
def test_an_invalid_as_of_date_is_explained_before_anything_runs(as_of, reason, tmp_path):
    @dg.asset
    def reading(warehouse: dg.ResourceParam[Warehouse]) -> None:
        raise AssertionError

    events = failed([reading], resources={"warehouse": WarehouseResource(home=str(tmp_path / "home"), as_of=as_of)})
    assert reason in why_failed(events).reason
    assert not any(event.is_step_start for event in events)


def test_a_broken_check_names_the_rule_and_shows_the_first_rows(tmp_path):
    warehouse = Warehouse(Home(tmp_path / "home").prepare())
    codes = ["X1", "X2", "X3", "X4", "E92000001"]
    rows = {"nation_code": codes, "nation": [f"Synthetic {code}" for code in codes], "nation_name_cy": codes}
    nations = computed("core.dim_nation", lambda _: pl.DataFrame(rows))
    rule = tmp_path / "codes_are_known.sql"
    rule.write_text(
        "-- Every code is known.\n"
        "select nation_code, nation from core.dim_nation where nation_code like 'X%' order by 1\n"
    )

    assets = [step("core", [nations], [Check("core.dim_nation", "codes_are_known", rule)])]
    events = failed(assets, resources={"warehouse": warehouse})
    (evaluation,) = (
        event.asset_check_evaluation_data
        for event in events
        if event.event_type == dg.DagsterEventType.ASSET_CHECK_EVALUATION
    )
    assert evaluation.description.startswith("What to do:")
    assert "Every code is known." in evaluation.description
    assert "sql/checks/core/dim_nation/codes_are_known.sql" in evaluation.description
    record, *_ = evaluation.metadata["first rows"].records
    assert record.data == {"nation_code": "X1", "nation": "Synthetic X1"}
    cause = why_failed(events)
    assert cause.reason.splitlines()[1:] == [
        "  core.dim_nation: codes_are_known, broken rows: 4",
        "    rule: sql/checks/core/dim_nation/codes_are_known.sql",
        *(f"    nation_code X{number}, nation Synthetic X{number}" for number in (1, 2, 3)),
    ]
    assert "Open the checks" in cause.to_text()


def test_a_run_that_builds_refuses_to_ask_only_some_publishers(tmp_path):
    (pull,) = landing_assets()
    first = next(iter(pull.keys))

    @dg.asset(deps=[first])
    def built() -> None:
        raise AssertionError

    config = {"ops": {"ask_publishers": {"config": {"sources": [pullable()[0]]}}}}
    resources = {"warehouse": Warehouse(Home(tmp_path / "home").prepare())}
    cause = why_failed(failed([pull, built], resources=resources, run_config=config))
    assert "Start the job pull with these sources instead" in cause.reason


def test_a_source_that_does_not_exist_is_named_with_the_nearest(tmp_path):
    resources = {"warehouse": Warehouse(Home(tmp_path / "home").prepare())}
    config = {"ops": {"ask_publishers": {"config": {"sources": ["iod2052"]}}}}
    cause = why_failed(failed(landing_assets(), resources=resources, run_config=config))
    assert "iod2025" in cause.reason
    assert "names" in cause.advice
