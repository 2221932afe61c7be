"""The code server as the web server and the daemon see it: asked seldom, and read again only when it is another.

As Dagster has it, both ask the code server each second whether it is still the same, and the daemon reads all
definitions again every minute. Where nothing happens, that costs more than all sensors and schedules.
"""

from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.workspace.context import WorkspaceProcessContext
from dagster._core.workspace.workspace import CodeLocationEntry
from dagster._grpc import server_watcher

WATCH_SECONDS = 10

# Dagster has no setting for it.
server_watcher.WATCH_INTERVAL = WATCH_SECONDS


class Workspace(WorkspaceProcessContext):
    """The workspace of a process: the definitions of each code location, as its server gave them."""

    def refresh_workspace(self) -> None:
        """Read the definitions again unless each server is still the one that they were read from."""
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
