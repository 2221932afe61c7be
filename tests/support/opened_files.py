"""Prints which files of the project the parser of each source opens, as JSON: a program, since caches are emptied.

The contracts of its tables are part of its version by themselves, so the tables are loaded before.
"""

import json
import sys
from typing import Any

from assets.ingest.file_checks import CHECKED
from assets.landing.ingest_file import landable
from assets.subjects import parsers
from tests.faults.test_schema_drift import SAMPLES
from warehouse.catalogue import tables
from warehouse.storage.home import PROJECT

CODE = (".py", ".pyc")
opened: list[str] = []


def listen(event: str, arguments: tuple[Any, ...]) -> None:
    """Note a file of the project that is opened, but of no library: their versions are locked."""
    path = str(arguments[0])
    if event == "open" and path.startswith(str(PROJECT)) and not path.startswith(sys.prefix):
        opened.append(path)


def forget() -> None:
    """Empty all caches of the project, so that the next parser opens what it needs."""
    for name, module in list(sys.modules.items()):
        if name.split(".")[0] in ("assets", "warehouse"):
            for item in list(vars(module).values()):
                getattr(item, "cache_clear", lambda: None)()


def main() -> None:
    """Parse a sample for each function that parses; those that keep the checks of a build all keep them as one does."""
    by_code = {}
    for source_id in landable():
        parser = parsers()[source_id]
        by_code.setdefault("checks" if CHECKED.keys() & set(parser.tables) else parser.code.__qualname__, source_id)
    by_code["checks"] = "nomis_population"
    found = {}
    sys.addaudithook(listen)
    for source_id in by_code.values():
        forget()
        tables()
        opened.clear()
        parsers()[source_id].parse(SAMPLES[source_id].write(SAMPLES[source_id].rows))
        found[source_id] = sorted({path for path in opened if not path.endswith(CODE)})
    print(json.dumps(found))


if __name__ == "__main__":
    main()
