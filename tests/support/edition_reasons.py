"""What an edition says of reasons, compared with the catalogue in both languages."""

from collections.abc import Callable
from typing import Any

from warehouse.catalogue.reason_text import texts


def said_otherwise(ask: Callable[[str], list[Any]]) -> list[tuple[list[str], str]]:
    """Return the lists of reasons of an edition whose published text is not the catalogue's, or that have no Welsh.

    `ask` runs a query on the DuckDB file of the edition. Fails where the edition has few reasons.
    """
    found = ask("select distinct reason_codes, state_reason from metrics.metric_value where len(reason_codes) > 0")
    assert len(found) > 100
    return [
        (codes, said)
        for codes, said in found
        if "; ".join(texts(codes, "en")) != said or set(texts(codes, "cy")) & set(texts(codes, "en"))
    ]
