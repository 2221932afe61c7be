"""The clock changes twice a year, and schedules tick once a day all the same."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from dagster._utils.schedules import schedule_execution_time_iterator

from orchestration.schedules import SCHEDULES, TIMEZONE

LONDON, UTC = ZoneInfo("Europe/London"), ZoneInfo("UTC")


@pytest.mark.parametrize("changed", [date(2027, 3, 28), date(2026, 10, 25)], ids=["spring", "autumn"])
@pytest.mark.parametrize("schedule", SCHEDULES, ids=lambda schedule: schedule.name)
def test_a_schedule_ticks_once_on_each_of_its_days(schedule, changed):
    first = datetime(changed.year, changed.month, changed.day, tzinfo=LONDON) - timedelta(days=8)
    ticks = schedule_execution_time_iterator(first.timestamp(), schedule.cron_schedule, TIMEZONE)
    found = []
    while not found or found[-1].date() < changed + timedelta(days=8):
        found.append(next(ticks).astimezone(LONDON))
    days = [tick.date() for tick in found]
    step = 7 if schedule.name.endswith("weekly") else 1
    assert days == [days[0] + timedelta(days=step * number) for number in range(len(days))]
    minute, hour, *_ = schedule.cron_schedule.split()
    assert {(tick.hour, tick.minute) for tick in found} == {(int(hour), int(minute))}
    assert {tick.astimezone(UTC).hour for tick in found} == {int(hour) - 1, int(hour)}
