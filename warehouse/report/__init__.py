"""The report of an edition: a static site in English and Welsh that opens from a disk and asks no other host.

`data` reads the edition, `text` has the words and how numbers are written, `site` says which pages there are and
renders them; each page's own module says what is on it. Templates hold the layout and `static/` what pages share.
"""

from pathlib import Path

import duckdb

from warehouse.exports import Content

FOLDER = "report"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `report/index.html`, `report/cy/index.html` and every page behind them.

    The other files of the edition stand in the folder already, so that the page of downloads can list them.
    """
    # Jinja, Altair and the chart runtime are slow to import, and reading an edition needs none of them.
    from warehouse.report import site
    from warehouse.report.data import EditionData

    published = tuple(
        (path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    site.render(EditionData(database, published), folder / FOLDER, content.shared)
