"""Schedules: when a job runs, on the clock of the people who read its results."""

from collections.abc import Sequence

import dagster as dg

from orchestration.jobs import BUILT, pulling, refresh

# Outside 01:00 to 02:00, the hour that happens twice or never when the clocks change; and on Mondays an hour apart,
# since a home has one writer.
AT_SIX, MONDAYS_AT_FIVE = "0 6 * * *", "0 5 * * 1"
TIMEZONE = "Europe/London"


def refreshing(
    name: str,
    cron: str,
    kinds: Sequence[str],
    description: str,
    status: dg.DefaultScheduleStatus = dg.DefaultScheduleStatus.RUNNING,
) -> dg.ScheduleDefinition:
    """Return a schedule that pulls the sources of some kinds and rebuilds every table; it runs unless told otherwise.

    Every table, since an edition of some tables of today and some of an earlier, perhaps failed, run would be of no
    one state of the input.
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
        "Every day at 06:00: pulls the funding awards, to which publishers add on any day, and builds. On Mondays it "
        "follows refresh_statistics_weekly, which runs at 05:00.",
    ),
    refreshing(
        "refresh_statistics_weekly",
        MONDAYS_AT_FIVE,
        ["statistics", "geography"],
        "Mondays at 05:00: pulls official statistics and look-ups, published a few times a year, and builds. The "
        "awards follow at 06:00 by refresh_awards_daily.",
    ),
]
