"""The progress of a build on a terminal: counted as Dagster logs each table."""

import logging

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn


def progress_bar(console: Console) -> Progress:
    """Return the progress bar of a terminal; it disappears when the build has ended."""
    return Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        MofNCompleteColumn(),
        TimeElapsedColumn(),
        console=console,
        transient=True,
    )


class TableProgress(logging.Handler):
    """Counts the tables of a run as Dagster logs them."""

    def __init__(self, progress: Progress | None) -> None:
        super().__init__(logging.DEBUG)
        self.progress = progress
        self.task = progress.add_task("building", total=None) if progress else None
        self.logger = logging.Logger("community_power.build", logging.DEBUG)
        self.logger.addHandler(self)

    def expect(self, tables: int) -> None:
        """Set how many tables the run makes."""
        if self.progress and self.task is not None:
            self.progress.update(self.task, total=tables)

    def emit(self, record: logging.LogRecord) -> None:
        """Advance if the record is of a table that was made."""
        event = getattr(record, "dagster_meta", {}).get("dagster_event")
        if self.progress and self.task is not None and event and event.is_step_materialization:
            self.progress.update(self.task, advance=1, description=".".join(event.asset_key.path))
