"""What has landed and whether the current edition is of it: the report behind `cpower status`."""

from typing import Any

from assets.door import landable
from assets.provenance import build as identity
from warehouse.catalogue import sources
from warehouse.edition import find_current
from warehouse.home import Home
from warehouse.store import Warehouse


def status(home: Home) -> dict[str, Any]:
    """Return home, in_use, edition, is_up_to_date and, for each source, its state and last landing.

    The state of a source is `reference` (ships with the project), `landed` or `not landed`.
    """
    warehouse = Warehouse(home)
    edition = find_current(home)
    can_land = set(landable())
    found = []
    for source in sources().values():
        history = warehouse.landing.history(source.id) if source.id in can_land else []
        found.append(
            {
                "source_id": source.id,
                "title": source.title,
                "state": ("landed" if history else "not landed") if source.id in can_land else "reference",
                "files": len(warehouse.landing.current(source.id)) if source.id in can_land or source.file else 0,
                "landed_at": history[-1].landed_at.isoformat() if history and history[-1].landed_at else None,
            }
        )
    return {
        "home": str(home.root),
        "in_use": home.holder(),
        "edition": edition.id if edition else None,
        "is_up_to_date": bool(edition and edition.run_id == identity(warehouse)["run_id"][0]),
        "sources": found,
    }
