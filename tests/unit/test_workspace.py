"""The definitions as the daemon and the web server hold them: read again when the code server is another."""

import threading
from unittest.mock import create_autospec

import dagster as dg
import pytest
from dagster._cli.code_server import get_default_proxy_server_heartbeat_timeout
from dagster._core.errors import DagsterUserCodeUnreachableError
from dagster._core.remote_origin import GrpcServerCodeLocationOrigin
from dagster._core.remote_representation.code_location import GrpcServerCodeLocation
from dagster._core.remote_representation.grpc_server_registry import GrpcServerRegistry
from dagster._core.workspace.load_target import GrpcServerTarget
from dagster._grpc import server_watcher
from dagster._grpc.client import DagsterGrpcClient

from orchestration.server.code_server import WATCH_SECONDS, Workspace
from orchestration.server.daemon import CODE_SERVER_SECONDS


def loaded(server_id):
    """Return a stand-in for the definitions that a code server gave."""
    location = create_autospec(GrpcServerCodeLocation, instance=True)
    location.server_id, location.container_image, location.client = server_id, None, create_autospec(DagsterGrpcClient)
    location.get_display_metadata.return_value = {}
    return location


@pytest.mark.parametrize(
    ("answer", "is_read_again"), [("first", False), ("second", True), (DagsterUserCodeUnreachableError(), True)]
)
def test_definitions_are_read_again_only_where_the_code_server_is_another(monkeypatch, answer, is_read_again):
    first, second = loaded("first"), loaded("second")
    first.client.get_server_id.side_effect = [answer]
    reads = iter([first, second])
    monkeypatch.setattr(GrpcServerCodeLocationOrigin, "create_location", lambda _origin, _instance: next(reads))
    monkeypatch.setattr(Workspace, "_start_watch_thread", lambda _workspace, _origin: None)
    target = GrpcServerTarget("localhost", 1, None, "code")
    registry = create_autospec(GrpcServerRegistry, instance=True)
    with (
        dg.DagsterInstance.ephemeral() as instance,
        Workspace(instance, target, grpc_server_registry=registry) as workspace,
    ):
        workspace.refresh_workspace()
        held = workspace.get_current_workspace().code_location_entries["code"].code_location
    assert held is (second if is_read_again else first)


def test_a_code_server_is_not_asked_each_second_whether_it_is_the_same():
    waits = []

    class Watched(threading.Event):
        def wait(self, timeout=None):
            waits.append(timeout)
            self.set()
            return True

    client = create_autospec(DagsterGrpcClient, instance=True)
    client.get_server_id.return_value = "first"
    unused = dict.fromkeys(
        ["get_location_entry", "refresh_code_location", "on_disconnect", "on_reconnected", "on_updated", "on_error"],
        lambda *_arguments: None,
    )
    server_watcher.watch_grpc_server_thread("code", client, Watched(), **unused)
    assert waits == [WATCH_SECONDS]


def test_the_code_server_is_asked_before_it_takes_its_caller_for_gone():
    assert get_default_proxy_server_heartbeat_timeout() > CODE_SERVER_SECONDS
