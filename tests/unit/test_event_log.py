"""The event log of a home: what is written to it is seen at once, and a file that was removed is made again."""

import time
from uuid import uuid4

import dagster as dg

from orchestration.instance import instance
from orchestration.server.event_log import KEPT_OPEN, EventLog
from warehouse.storage.home import Home


def test_who_watches_a_run_sees_its_events_while_it_is_under_way(tmp_path):
    home, run_id, seen, in_time = Home(tmp_path / "home"), str(uuid4()), [], []

    @dg.op
    def waits(context: dg.OpExecutionContext) -> None:
        for text in ("one", "two", "three"):
            context.log.info(text)
            end = time.monotonic() + 10
            while text not in seen and time.monotonic() < end:
                time.sleep(0.05)
        in_time.extend(seen)

    @dg.job
    def waiting() -> None:
        waits()

    with instance(home) as writer, instance(home) as reader:
        assert isinstance(writer.event_log_storage, EventLog)
        reader.watch_event_logs(run_id, None, lambda entry, _cursor: seen.append(entry.user_message))
        assert waiting.execute_in_process(instance=writer, run_id=run_id).success
    assert {"one", "two", "three"} <= set(in_time)


def test_the_log_of_a_run_that_was_removed_is_begun_anew(tmp_path):
    log = EventLog(str(tmp_path))
    runs = [str(uuid4()) for _ in range(KEPT_OPEN + 2)]
    for run_id in runs:
        assert log.get_logs_for_run(run_id) == []
    for path in tmp_path.glob(f"{runs[-1]}.db*"):
        path.unlink()
    assert log.get_logs_for_run(runs[-1]) == []
    assert (tmp_path / f"{runs[-1]}.db").exists()
    log.dispose()
