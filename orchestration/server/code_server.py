"""Makes the web server and the daemon poll the code server less often, and reload it only if it was replaced.

By default, Dagster polls the code server every second in both processes, and the daemon reloads all definitions every
minute. On an idle server, that costs more than all sensors and schedules.
"""

from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.workspace import CodeLocationEntry
from dagster._grpc import server_watcher

WATCH_SECONDS = 10

# Dagster has no setting for this interval.
server_watcher.WATCH_INTERVAL = WATCH_SECONDS


class Workspace(WorkspaceProcessContext):
    """The workspace of a process: the definitions of each code location, as last loaded from its server."""

    def refresh_workspace(self) -> None:
        """Reload the definitions unless every server is still the one that they were loaded from."""
        if not all(map(_is_current, self.get_current_workspace().code_location_entries.values())):
            super().refresh_workspace()


def _is_current(entry: CodeLocationEntry) -> bool:
    location = entry.code_location
    if not isinstance(location, GrpcServerCodeLocation):
        return False
    try:
        return location.client.get_server_id() == location.server_id
    except DagsterUserCodeUnreachableError:
        return False
