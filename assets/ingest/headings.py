"""Finds the table in a published file by its headings, and describes what was found instead."""

from collections.abc import Iterable, Sequence

from assets.ingest.tabular import Grid, find_header, tidy
from warehouse.errors import RefusedFile, UnknownHeadings


def table_of(grids: Iterable[Grid], required: Sequence[str], within: int = 30) -> tuple[Grid, int]:
    """Return (grid, index of its heading row) of the first grid that has the required headings.

    Raises `UnknownHeadings` if no grid has them, and `RefusedFile` if no row follows the headings.
    """
    grids = list(grids)
    for grid in grids:
        header = find_header(grid, required, within)
        if header is not None:
            require_rows(grid, header)
            return grid, header
    raise UnknownHeadings(grids[0].source_id, f"the columns {', '.join(required)}", printed(grids))


def require_rows(grid: Grid, header: int) -> None:
    """Raise `RefusedFile` if no row follows the headings: an empty file must not replace the landed one."""
    if not any(cell.strip() for row in grid.rows[header + 1 :] for cell in row):
        raise RefusedFile(grid.source_id, "rows below the headings", f"headings only in {grid.where}")


def printed(grids: Sequence[Grid]) -> str:
    """Return the first row of each grid, shortened, and the notes of the file, for a message."""
    return "; ".join([*(_first_row(grid) for grid in grids), *grids[0].notes])


def _first_row(grid: Grid) -> str:
    cells = [tidy(cell) for cell in (grid.rows[0] if grid.rows else []) if cell.strip()]
    return f"a {grid.where} that starts with {', '.join(cells)[:120]!r}" if cells else f"an empty {grid.where}"
