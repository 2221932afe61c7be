"""Schedules: when a job runs, on the clock of the people who read its results."""

from collections.abc import Sequence

import dagster as dg

from orchestration.jobs import downstream_of, refresh

# Outside 01:00 to 02:00, the hour that happens twice or never when the clocks change.
AT_SIX, MONDAYS_AT_SIX = "0 6 * * *", "0 6 * * 1"
TIMEZONE = "Europe/London"


def refreshing(name: str, cron: str, kinds: Sequence[str], description: str) -> dg.ScheduleDefinition:
    """Return a running schedule that refreshes what depends on the sources of some kinds."""

    @dg.schedule(
        name=name,
        job=refresh,
        cron_schedule=cron,
        execution_timezone=TIMEZONE,
        default_status=dg.DefaultScheduleStatus.RUNNING,
        description=description,
    )
    def tick(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
        graph = context.repository_def.asset_graph
        selected = set().union(*(downstream_of(kind).resolve(graph) for kind in kinds))
        return dg.RunRequest(asset_selection=sorted(selected, key=lambda key: tuple(key.path)))

    return tick


SCHEDULES = [
    refreshing("refresh_awards_daily", AT_SIX, ["awards"], "Funding awards: publishers add to their files on any day."),
    refreshing(
        "refresh_statistics_weekly",
        MONDAYS_AT_SIX,
        ["statistics", "geography"],
        "Official statistics and look-ups: published a few times a year, looked for once a week.",
    ),
]
