"""Commands on the editions of a home: list, pin, unpin, compare, verify, and copy to another place."""

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

    The newest CPOWER_KEEP_EDITIONS (default: 10) stay on disk, with the current edition and all pinned ones. Editions
    that were built with --as-of are counted separately.

    EDITION is an id, a version (its newest edition) or the word current.
    """
    if context.invoked_subcommand:
        return
    found = _listed(Home.resolve().prepare())
    if as_json:
        print_json(found)
    elif not found:
        out.print("none yet; run cpower build")
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
    from warehouse.editions.find import editions as published
    from warehouse.editions.find import find_current
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
@click.option("--why", default="", help="Why it is kept.")
@explained
def pin_edition(edition: str, why: str) -> None:
    """Keep EDITION on disk until it is unpinned."""
    from warehouse.editions.find import find
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
    """Remove the pin of EDITION.

    It is deleted, like any other edition, when CPOWER_KEEP_EDITIONS newer ones exist.
    """
    from warehouse.editions.find import find
    from warehouse.editions.retention import unpin

    home = Home.resolve().prepare()
    with home.lock("unpin an edition"):
        found = find(home, edition)
        was_pinned = unpin(home, found.id)
    out.print(f"{found.id} (version {found.version}) {'is no longer pinned' if was_pinned else 'was not pinned'}.")


@editions.command("compare")
@click.argument("older", metavar="EDITION")
@click.argument("newer", metavar="EDITION")
@JSON
@explained
def compare_editions(older: str, newer: str, as_json: bool) -> None:
    """Print the changes from the first EDITION to the second.

    In the form of CHANGES.md, which compares an edition with the previous one.
    """
    from warehouse.editions.find import find
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
    """Check that EDITION has not changed since it was published.

    Checks checksums, rows, columns, types, keys and listed values. EDITION is an id, a version, the word current, or a
    folder with a copy of an edition. Prints one line for each problem; the exit code is 1 if there are any.
    """
    from warehouse.editions.find import find, ids
    from warehouse.editions.verify import verify as wrong_with

    home = Home.resolve().prepare()
    # An edition that is too damaged to be listed is found by its id.
    named = [home.published / edition] if edition in ids(home) else [Path(edition)] if edition else []
    path = (named[0] if named and named[0].is_dir() else find(home, edition).path).resolve()
    problems = wrong_with(path)
    if as_json:
        print_json({"edition": path.name, "path": str(path), "problems": problems})
    else:
        for problem in problems:
            err.print(f"{path.name}: {escape(problem)}")
        if not problems:
            out.print(f"{path.name}: no file has changed since publication, and all forms agree.")
    sys.exit(bool(problems))


@click.command()
@click.argument("target")
@click.option("--edition", "name", default="current", show_default=True, help="Id or version of the edition.")
@click.option(
    "--url",
    envvar="CPOWER_PUBLIC_URL",
    help="Address at which readers reach TARGET, for the addresses in latest.json (default: CPOWER_PUBLIC_URL).",
)
@JSON
@explained
def publish(target: str, name: str, url: str | None, as_json: bool) -> None:
    """Copy an edition to TARGET, a folder or an object store.

    TARGET is a path, s3://BUCKET/PATH or az://CONTAINER/PATH. Files that are there already are kept, each copy is
    verified, and then latest.json names the newest edition.

    The driver of S3 is an extra, 'community-power[s3]'. It reads AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY,
    AWS_ENDPOINT_URL_S3 and the other variables of AWS. The driver of Azure is 'community-power[azure]'. It reads
    AZURE_STORAGE_CONNECTION_STRING, or AZURE_STORAGE_ACCOUNT_NAME with AZURE_STORAGE_ACCOUNT_KEY or
    AZURE_STORAGE_SAS_TOKEN.
    """
    from dataclasses import asdict

    from warehouse.distribution.distribute import distribute
    from warehouse.distribution.targets import Target
    from warehouse.editions.find import find

    done = distribute(find(Home.resolve(), name), Target(target), url, said=err.print)
    if as_json:
        print_json(asdict(done))
    else:
        out.print(
            f"{done.edition_id}: {done.copied} files copied ({done.bytes_copied / 1e6:.1f} MB), {done.there} were "
            f"there; the latest edition of {escape(target)} is {done.latest_id}"
        )


COMMANDS = (editions, publish, verify)
