"""The commands that serve: `cpower up`, the UI and the daemon, `cpower serve`, the editions, and Dagster's settings."""

from pathlib import Path

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
@click.option(
    "--workspace",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Serve the UI only, for the running code servers that this workspace file of Dagster names; the daemon runs "
    "elsewhere.",
)
@explained
def up(host: str, port: int, workspace: Path | None) -> None:
    """Serve the Dagster UI, and run schedules and sensors.

    Runs until Ctrl+C.
    """
    from orchestration.server.web_server import serve

    home = Home.resolve().prepare()
    if workspace:
        serve(home, host, port, workspace=workspace, with_daemon=False)
    else:
        serve(home, host, port)


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


@click.command("dagster-home")
@explained
def dagster_home() -> None:
    """Prepare Dagster's settings and storage, and print DAGSTER_HOME.

    Dagster's own commands, such as dagster dev, then show the runs of this home. Do not run them beside cpower up: two
    daemons would start every scheduled run twice.
    """
    from orchestration.instance import prepared

    click.echo(prepared(Home.resolve()))


COMMANDS = (serve, up, dagster_home)
