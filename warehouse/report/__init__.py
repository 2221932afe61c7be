"""The report of an edition: a static site in English and Welsh that opens from disk and makes no network request.

`data` reads the edition, `warehouse.i18n` has the messages and number formats, `site` defines and renders the pages,
and each page has a module with its content. Templates have the layout, and `static/` has the shared files.
"""

from pathlib import Path

import duckdb

from warehouse.exports import Content

FOLDER = "report"


def write(content: Content, database: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Write `report/index.html`, `report/cy/index.html` and all other pages.

    The other files of the edition must be in the folder, because the page of downloads lists them.
    """
    # Imported here because Jinja, Altair and the chart runtime are slow to import and not needed to read an edition.
    from warehouse.report import site
    from warehouse.report.data import EditionData

    published = tuple(
        (path.relative_to(folder).as_posix(), path.stat().st_size)
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    )
    site.render(EditionData(database, published), folder / FOLDER, content.shared)
