"""Schedules: when a job runs, in UK time."""

from collections.abc import Sequence

import dagster as dg

from orchestration.jobs import BUILT, check_publishers, pulling, refresh

# Not between 01:00 and 02:00, an hour that is repeated or skipped when the clocks change; and on Mondays an hour apart,
# because a home has one writer.
AT_SIX, MONDAYS_AT_FIVE, MONDAYS_AT_FOUR = "0 6 * * *", "0 5 * * 1", "0 4 * * 1"
TIMEZONE = "Europe/London"


def refreshing(
    name: str,
    cron: str,
    kinds: Sequence[str],
    description: str,
    status: dg.DefaultScheduleStatus = dg.DefaultScheduleStatus.RUNNING,
) -> dg.ScheduleDefinition:
    """Return a schedule that pulls the sources of some kinds and builds every table; on by default.

    It builds every table because an edition with some tables of an earlier, perhaps failed, run would mix states of
    the input.
    """

    @dg.schedule(
        name=name,
        job=refresh,
        cron_schedule=cron,
        execution_timezone=TIMEZONE,
        default_status=status,
        description=description,
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        graph = context.repository_def.asset_graph
        selected = set(BUILT.resolve(graph)).union(*(pulling(kind).resolve(graph) for kind in kinds))
        return dg.RunRequest(asset_selection=sorted(selected, key=lambda key: tuple(key.path)))

    return tick


SCHEDULES = [
    refreshing(
        "refresh_awards_daily",
        AT_SIX,
        ["awards"],
        "Every day at 06:00: pulls the funding awards, which publishers update on any day, and builds. On Mondays it "
        "runs after refresh_statistics_weekly, which starts at 05:00.",
    ),
    refreshing(
        "refresh_statistics_weekly",
        MONDAYS_AT_FIVE,
        ["statistics", "geography"],
        "Mondays at 05:00: pulls official statistics and look-ups, which are published a few times a year, and builds. "
        "refresh_awards_daily pulls the awards at 06:00.",
    ),
    dg.ScheduleDefinition(
        name="check_publishers_weekly",
        job=check_publishers,
        cron_schedule=MONDAYS_AT_FOUR,
        execution_timezone=TIMEZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=(
            "Mondays at 04:00, an hour before refresh_statistics_weekly: checks whether the publishers answer as "
            "expected; lands and builds nothing."
        ),
    ),
]
