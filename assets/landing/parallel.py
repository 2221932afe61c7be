"""Asks the publishers of several sources at the same time."""

import threading
from collections.abc import Callable, Iterator, Sequence
from queue import Queue
from typing import TypeVar

from warehouse.catalogue import Source

T = TypeVar("T")


def in_parallel(sources: Sequence[Source], work: Callable[[Source], T]) -> Iterator[T]:
    """Do some work for each source in parallel and yield each result as it ends.

    Raises what the work of one source raises when all have ended.
    """
    ended: Queue[tuple[T | None, BaseException | None]] = Queue()

    def run(source: Source) -> None:
        try:
            ended.put((work(source), None))
        except BaseException as error:
            ended.put((None, error))

    # One thread for each source, so that without a network all time out at the same time. Daemon threads, so that an
    # interrupted command does not wait for publishers.
    for source in sources:
        threading.Thread(target=run, args=(source,), name=f"ask {source.id}", daemon=True).start()
    failure = None
    for _ in sources:
        result, error = ended.get()
        if error is None:
            yield result  # type: ignore[misc]
        else:
            failure = error
    if failure is not None:
        raise failure
