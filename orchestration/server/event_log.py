"""Dagster's event log in SQLite with its connections kept open.

Dagster opens a connection for each event, prepares the statement anew, has the disk confirm the commit and closes the
connection, upon which SQLite copies its log into the file: more than half of the CPU and of the time of a run that has
little to do. Here a file of the log has one connection a process as long as it is in use. `_connect` is the only name
of Dagster's own that this rests on; it was checked with 1.13.27.
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
# The index of all runs, the run under way, and some that a user looks at.
KEPT_OPEN = 8


class EventLog(SqliteEventLogStorage):
    """The event log of a home; each run's and the index of all are files of their own."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: OrderedDict[str, Engine] = OrderedDict()
        super().__init__(base_dir, inst_data)

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Any) -> "EventLog":
        """Return the event log that `dagster.yaml` names."""
        return cls(inst_data=inst_data, **config_value)

    def store_event(self, event: EventLogEntry) -> None:
        """Store an event, and have those who watch its run look.

        The web server watches the file of a run, and what is written stays beside it, in the write-ahead log, for long.
        """
        super().store_event(event)
        os.utime(self.path_for_shard(event.run_id))

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """Yield a connection to one file, in a transaction; other threads wait until it ends."""
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
    def unhurried(connection: Any, _: object) -> None:
        # With a write-ahead log a power cut can lose the last events, never the file.
        connection.execute("pragma synchronous = normal").close()

    return engine
