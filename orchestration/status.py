"""Status of the sources and of the current edition, for `cpower status`."""

from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from assets.build_identity import is_of_now, landed_sources
from warehouse.catalogue import Source, sources
from warehouse.editions.find import find_current, run_ids
from warehouse.storage.home import Home
from warehouse.storage.landing import Landing
from warehouse.storage.workspace import Warehouse


def status(home: Home) -> dict[str, Any]:
    """Return home, in_use, shared, edition, is_up_to_date and the present status of each source.

    `shared` is how the home compares with the shared store (`mirror.Comparison`), None without one.

    The state of a source is `reference` (ships with the project) or that of `meta.source_status`; `age_days` is
    the number of days from the last change to today.
    """
    warehouse = Warehouse(home)
    edition = find_current(home)
    landed, compared = set(landed_sources()), warehouse.mirror.compare()
    return {
        "home": str(home.root),
        "in_use": home.holder(),
        "shared": asdict(compared) if compared else None,
        "edition": edition.id if edition else None,
        "is_up_to_date": bool(edition and is_of_now(warehouse, run_ids(home, edition))),
        "sources": [
            _landed(warehouse.landing, source) if source.id in landed else _shipped(warehouse.landing, source)
            for source in sources().values()
        ],
    }


def _landed(landing: Landing, source: Source) -> dict[str, Any]:
    found = landing.status(source.id)
    changed = found.last_change_at
    check = landing.publisher_check(source.id)
    unlanded = landing.unlanded(source.id)
    return {
        "source_id": source.id,
        "title": source.title,
        "is_pulled": bool(source.protocol),
        "state": found.state,
        "files": len(landing.current(source.id)),
        "refused_files": len(landing.refusals(source.id)),
        "unlanded": [
            {
                "file_name": item.file_name,
                "sha256": item.sha256,
                "unlanded_at": _text(item.unlanded_at),
                "reason": item.reason,
            }
            for item in unlanded
        ],
        "accepted": [
            {"file_name": file.file_name, "sha256": file.sha256, "doubts": list(file.accepted)}
            for file in landing.current(source.id)
            if file.accepted
        ],
        "last_try_at": _text(found.last_try_at),
        "last_success_at": _text(found.last_success_at),
        "last_change_at": _text(changed),
        "age_days": (datetime.now(UTC) - changed).days if changed else None,
        "reason": found.reason,
        "check": check.to_dict() if check else None,
    }


def _shipped(landing: Landing, source: Source) -> dict[str, Any]:
    return {
        "source_id": source.id,
        "title": source.title,
        "is_pulled": False,
        "state": "reference",
        "files": len(landing.current(source.id)) if source.file else 0,
        "refused_files": 0,
        "unlanded": [],
        "accepted": [],
        "last_try_at": None,
        "last_success_at": None,
        "last_change_at": None,
        "age_days": None,
        "reason": "",
    }


def _text(instant: datetime | None) -> str | None:
    return instant.isoformat(timespec="seconds") if instant else None
