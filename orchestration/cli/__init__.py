"""The command `cpower`: what a person or a script asks of the project, in words. No data is computed here.

One module holds the commands of one concern and imports what a command needs when it runs, so that help comes at once.
"""

import click

from orchestration.cli import build, check, editions, ingest, query, serve


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="community-power", prog_name="cpower")
def main() -> None:
    """Community power by locality: pull, build, query and explain editions of the warehouse.

    Everything is written under CPOWER_HOME (default: var/ in the project).

    Exit codes: 0 done; 1 failed, or a source could not be pulled; 2 no such name or wrong usage; 3 a file, record or
    table was refused; 4 CPOWER_HOME cannot be used (in use, another's, or full), or the address of the UI; 5 a part of
    the server ended by itself.
    """


for concern in (build, ingest, query, editions, serve, check):
    for command in concern.COMMANDS:
        main.add_command(command)
