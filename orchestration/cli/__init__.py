"""The command `cpower`: the group and its commands. No data is computed here.

One module holds the commands of one concern. A command imports what it needs when it runs, so that help is fast.
"""

import click

from orchestration.cli import build, check, editions, ingest, practices, query, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="community-power", prog_name="cpower")
def main() -> None:
    """Community power by locality: pull, build, query and explain editions of the warehouse.

    A locality is the area of one local authority. All files are written under CPOWER_HOME (default: var/ in the
    project).

    Exit codes: 0 done; 1 failed, or a source could not be pulled; 2 unknown name or wrong usage; 3 a file, record or
    table was refused; 4 CPOWER_HOME (in use, owned by another user, or full) or the address of the UI cannot be used;
    5 a part of the server ended unexpectedly.
    """


for concern in (build, ingest, query, editions, practices, serve, check):
    for command in concern.COMMANDS:
        main.add_command(command)
