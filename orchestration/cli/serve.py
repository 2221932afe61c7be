"""The command `cpower up`: the UI and the daemon."""

import os

import click

from orchestration.cli.terminal import explained
from warehouse.storage.home import Home


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. CPOWER_PASSWORD is required for any address but loopback.",
)
@click.option(
    "--port",
    default=3000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@explained
def up(host: str, port: int) -> None:
    """Serve the Dagster UI, and run schedules and sensors.

    Runs until Ctrl+C.
    """
    from orchestration.server.web_server import serve

    serve(Home.resolve().prepare(), host=host, port=port, password=os.environ.get("CPOWER_PASSWORD"))


COMMANDS = (up,)
