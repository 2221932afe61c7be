"""Dagster's event log in SQLite with its connections kept open.

For each event, Dagster opens a connection, prepares the statement, syncs the commit to disk and closes the connection,
and SQLite then copies its write-ahead log into the file. That is more than half of the CPU time of a short run. Here
each process keeps one connection to each file that is in use. `_connect` is the only private name of Dagster that this
relies on; it was checked with 1.13.27.
"""

import os
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from dagster import EventLogEntry
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import create_engine
from sqlalchemy import event as sqlalchemy_event
from sqlalchemy.engine import Connection, Engine
from sqlalchemy.pool import StaticPool

WAIT_SECONDS = 30
# The index of all runs, the current run, and some runs that users look at.
KEPT_OPEN = 8


class EventLog(SqliteEventLogStorage):
    """The event log of a home: one file for each run, and one for the index of all runs."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "EventLog":
        """Return the event log that `dagster.yaml` names."""
        return cls(inst_data=inst_data, **config_value)

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event and update the time of the run's file.

        The web server watches that file for changes, but new events stay in the write-ahead log beside it for long.
        """
        super().store_event(event)
        os.utime(self.path_for_shard(event.run_id))

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """Yield a connection to one file, in a transaction; other threads wait until the transaction ends."""
        with self._db_lock:
            engine = self._engine(shard)
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.connect() as connection, connection.begin():
                yield connection

    def _engine(self, shard: str) -> Engine:
        if shard in self._engines and not Path(self.path_for_shard(shard)).exists():
            self._engines.pop(shard).dispose()
            self._initialized_dbs.discard(shard)
        if shard not in self._engines:
            self._engines[shard] = _opened(self.conn_string_for_shard(shard))
        self._engines.move_to_end(shard)
        while len(self._engines) > KEPT_OPEN:
            self._engines.popitem(last=False)[1].dispose()
        return self._engines[shard]

    def dispose(self) -> None:
        """Close every file."""
        super().dispose()
        with self._db_lock:
            while self._engines:
                self._engines.popitem()[1].dispose()


def _opened(address: str) -> Engine:
    engine = create_engine(
        address, poolclass=StaticPool, connect_args={"timeout": WAIT_SECONDS, "check_same_thread": False}
    )

    @sqlalchemy_event.listens_for(engine, "connect")
    def sync_less_often(connection: Any, _: object) -> None:
        # With a write-ahead log a power cut can lose the last events, never the file.
        connection.execute("pragma synchronous = normal").close()

    return engine
