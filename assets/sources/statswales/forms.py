"""Forms of StatsWales files: the table of today's service, and the OData pages and pivots of the former one.

Other files of the two services, such as a lookup, are refused with the name of what they are.
"""

from assets.ingest.headings import table_of
from assets.ingest.tabular import Grid, frame, read_csv, tidy
from assets.sources.statswales.form import DOWNLOAD, EXPECTED, MEASURE, STATSWALES, VALUES, Form
from assets.sources.statswales.odata import read_pages
from assets.sources.statswales.pivots import is_pivot, read_pivot
from warehouse.errors import RefusedFile
from warehouse.publishers.file_kind import NAME_OF_KIND, kind_of

LOOKUP = "which has names and no figures"
UPLOAD = "the upload of a publisher, whose measures and areas are codes without names"
# Files of today's service, by headings that they have.
OTHER_TABLES = (
    ({"areacode", "description_en"}, f"the lookup of areas of a data set, {LOOKUP}"),
    ({"reference code", "decimals"}, f"the lookup of measures of a data set, {LOOKUP}"),
    ({"description_en"}, f"the lookup of a dimension of a data set, {LOOKUP}"),
    ({"value", "notecodes"}, UPLOAD),
    ({"value", "notescode"}, UPLOAD),
    ({"data", "notecodes"}, UPLOAD),
    ({"l1_en", "l1_cy"}, "the list of topics, which has no figures"),
    ({"gwerthoedd data"}, "a table with Welsh headings"),
)


def read_form(content: bytes) -> Form:
    """Return the table of a StatsWales file; raise `RefusedFile`, with what it is, for a file without a whole table."""
    kind = kind_of(content)
    if kind == "json":
        return read_pages(content)
    if kind == "parquet":
        raise RefusedFile(STATSWALES, EXPECTED, NAME_OF_KIND[kind], DOWNLOAD)
    grid = read_csv(STATSWALES, content)
    if is_pivot(grid):
        return read_pivot(grid)
    if other := _other_table(grid):
        raise RefusedFile(STATSWALES, EXPECTED, other, DOWNLOAD)
    grid, header = table_of([grid], (VALUES, MEASURE), within=1)
    headings = {tidy(cell): cell.strip() for cell in grid.rows[header] if cell.strip()}
    rows, refused = frame(grid, header, {heading: heading for heading in headings.values()})
    return Form(headings, rows, refused, grid.rows_below(header))


def _other_table(grid: Grid) -> str:
    """Return what a table of the service without figures to read is, or an empty text."""
    headings = {tidy(cell) for cell in grid.rows[0]}
    return next((said for wanted, said in OTHER_TABLES if wanted <= headings), "")
