"""The switch to another edition: the link `published/current`, replaced atomically."""

from pathlib import Path

from warehouse.storage.atomic_files import TEMPORARY_PREFIX, sync
from warehouse.storage.home import Home


def target(home: Home) -> Path:
    """Return the target of the link to the current edition, whether it exists or not."""
    return home.published / home.current.readlink() if home.current.is_symlink() else home.current


def make_current(home: Home, path: Path) -> bool:
    """Point the link at an edition atomically, and return whether its target changed."""
    if target(home) == path:
        return False
    link = home.published / f"{TEMPORARY_PREFIX}current"
    link.unlink(missing_ok=True)
    link.symlink_to(path.name)
    link.replace(home.current)
    sync(home.published)
    return True
