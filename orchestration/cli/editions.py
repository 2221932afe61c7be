"""The editions of a home: which there are, which are kept, how two differ, and whether one is as it was published."""

import sys
from pathlib import Path
from typing import Any

import click
from rich.markup import escape

from orchestration.cli.terminal import JSON, err, explained, out, print_json, print_table
from warehouse.storage.home import Home


@click.group(invoke_without_command=True)
@JSON
@click.pass_context
@explained
def editions(context: click.Context, as_json: bool) -> None:
    """List the editions, newest first; pin one, or compare two.

    The newest CPOWER_KEEP_EDITIONS (default: 10) stay on the disk, with the current one and every one that is pinned;
    those of an earlier day are counted by themselves.

    EDITION is an id, a version (the newest of it) or the word current.
    """
    if context.invoked_subcommand:
        return
    found = _listed(Home.resolve().prepare())
    if as_json:
        print_json(found)
    elif not found:
        out.print("none yet; cpower build makes one")
    else:
        print_table(
            ("edition", "version", "as of", "tables", "rows", "kept", "why"),
            (
                (
                    edition["edition_id"],
                    edition["version"],
                    edition["as_of"],
                    f"{edition['tables']:,}",
                    f"{edition['rows']:,}",
                    _kept(edition),
                    _why(edition),
                )
                for edition in found
            ),
        )


def _listed(home: Home) -> list[dict[str, Any]]:
    from warehouse.editions.publish import editions as published
    from warehouse.editions.publish import find_current
    from warehouse.editions.retention import pins

    now, pinned = find_current(home), pins(home)
    return [
        {
            "edition_id": edition.id,
            "version": edition.version,
            "as_of": edition.as_of.isoformat(),
            "tables": len(edition.tables),
            "rows": sum(edition.tables.values()),
            "is_current": bool(now and now.id == edition.id),
            "is_pinned": edition.id in pinned,
            "pinned_why": pinned.get(edition.id) or None,
            "why": list(edition.version_why),
            "sign_off": edition.sign_off,
            "path": str(edition.path),
        }
        for edition in reversed(published(home))
    ]


def _kept(edition: dict[str, Any]) -> str:
    pin_said = f"pinned{': ' + edition['pinned_why'] if edition['pinned_why'] else ''}"
    return ", ".join([*(["current"] if edition["is_current"] else []), *([pin_said] if edition["is_pinned"] else [])])


def _why(edition: dict[str, Any]) -> str:
    return "; ".join([*edition["why"], *([f"signed off: {edition['sign_off']}"] if edition["sign_off"] else [])])


@editions.command("pin")
@click.argument("edition")
@click.option("--why", default="", help="What it is kept for.")
@explained
def pin_edition(edition: str, why: str) -> None:
    """Keep EDITION for good, however many come after it."""
    from warehouse.editions.publish import find
    from warehouse.editions.retention import pin

    home = Home.resolve().prepare()
    with home.lock("pin an edition"):
        found = find(home, edition)
        pin(home, found.id, " ".join(why.split()))
    out.print(f"{found.id} (version {found.version}) is pinned.")


@editions.command("unpin")
@click.argument("edition")
@explained
def unpin_edition(edition: str) -> None:
    """Keep EDITION no longer than the others.

    It goes when enough have come after it.
    """
    from warehouse.editions.publish import find
    from warehouse.editions.retention import unpin

    home = Home.resolve().prepare()
    with home.lock("unpin an edition"):
        found = find(home, edition)
        was_pinned = unpin(home, found.id)
    out.print(f"{found.id} (version {found.version}) {'is pinned no longer' if was_pinned else 'was not pinned'}.")


@editions.command("compare")
@click.argument("older", metavar="EDITION")
@click.argument("newer", metavar="EDITION")
@JSON
@explained
def compare_editions(older: str, newer: str, as_json: bool) -> None:
    """Say what the second EDITION holds otherwise than the first.

    As CHANGES.md does of the edition before.
    """
    from warehouse.editions.publish import find
    from warehouse.release.diff import compare
    from warehouse.release.notes import comparison_notes
    from warehouse.release.snapshots import Snapshot

    home = Home.resolve().prepare()
    first, second = (Snapshot.of_edition(found.label, found.path) for found in (find(home, older), find(home, newer)))
    compared = compare(first, second)
    if as_json:
        print_json(compared.to_dict())
    else:
        click.echo(comparison_notes(compared), nl=False)


@click.command()
@click.argument("edition", default="current")
@JSON
@explained
def verify(edition: str, as_json: bool) -> None:
    """Check that EDITION is as it was published.

    Checks checksums, rows, columns, types, keys and listed values. EDITION is an id, a version, the word current, or a
    folder with a copy of an edition. Each thing that is wrong is one line, and the exit code is 1 then.
    """
    from warehouse.editions.publish import find, ids
    from warehouse.editions.verify import verify as wrong_with

    home = Home.resolve().prepare()
    # By its id also where it is too damaged to be found.
    named = [home.published / edition] if edition in ids(home) else [Path(edition)] if edition else []
    path = (named[0] if named and named[0].is_dir() else find(home, edition).path).resolve()
    problems = wrong_with(path)
    if as_json:
        print_json({"edition": path.name, "path": str(path), "problems": problems})
    else:
        for problem in problems:
            err.print(f"{path.name}: {escape(problem)}")
        if not problems:
            out.print(f"{path.name}: every file is as it was published, and all forms agree.")
    sys.exit(bool(problems))


COMMANDS = (editions, verify)
