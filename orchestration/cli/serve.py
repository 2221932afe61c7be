"""The commands that serve: `cpower up`, the UI and the daemon, and `cpower serve`, the editions."""

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


@click.command()
@click.option(
    "--host",
    default="127.0.0.1",
    show_default=True,
    help="Address to listen on. CPOWER_PASSWORD is required for any address but loopback.",
)
@click.option(
    "--port",
    default=8000,
    show_default=True,
    type=click.IntRange(0, 65535),
    help="Port to listen on; 0 takes a free one.",
)
@explained
def serve(host: str, port: int) -> None:
    """Serve the editions read-only over HTTP, with a data API.

    Under / is the list of editions, under /latest/ the current one, and under /api/v1/ the API. Runs until Ctrl+C.
    """
    from orchestration.server.edition_server import serve as serve_editions

    serve_editions(Home.resolve(), host, port)


COMMANDS = (serve, up)
