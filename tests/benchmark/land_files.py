"""Land several files of awards in one process: `python -m tests.benchmark.land_files HOME FILE...`."""

import sys
from pathlib import Path

from assets.landing.ingest_file import land
from warehouse.storage.home import Home
from warehouse.storage.workspace import Warehouse

SOURCE = "threesixtygiving"


def main(home: Path, files: list[Path]) -> None:
    """Land each file, and accept one that differs much from the last."""
    landing = Warehouse(Home(home).prepare()).landing
    for file in files:
        land(landing, SOURCE, file.read_bytes(), file_name=file.name, accept=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]), [Path(name) for name in sys.argv[2:]])
