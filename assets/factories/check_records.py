"""Records of the last result of each check and of its input: one JSON file for each table, in the table store."""

import contextlib
import json
from dataclasses import asdict, dataclass
from pathlib import Path

from warehouse.storage.atomic_files import replacing


@dataclass(frozen=True)
class CheckRecord:
    """Result of a check; `fingerprint` covers its query and the content of the tables that it read."""

    statement: str
    is_passed: bool
    broken_rows: int
    fingerprint: str


class CheckRecords:
    """The records of the checks of one table of a store."""

    def __init__(self, root: Path, table: str) -> None:
        self.path = root / "meta" / "check_result.parts" / f"{table}.json"

    def read(self) -> dict[str, CheckRecord]:
        """Return the records by rule; none if the file is missing or damaged."""
        with contextlib.suppress(OSError, ValueError, TypeError, AttributeError):
            items = json.loads(self.path.read_text("utf-8"))
            return {rule: CheckRecord(**item) for rule, item in items.items()}
        return {}

    def held(self, rule: str, fingerprint: str) -> bool:
        """Return whether a check passed in its last run, on the same input."""
        record = self.read().get(rule)
        return record is not None and record.is_passed and record.fingerprint == fingerprint != ""

    def write(self, rule: str, record: CheckRecord) -> None:
        """Record the result of a check."""
        records = {**self.read(), rule: record}
        with replacing(self.path) as temporary:
            temporary.write_text(json.dumps({name: asdict(records[name]) for name in sorted(records)}), "utf-8")
