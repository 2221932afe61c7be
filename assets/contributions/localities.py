"""Finds the locality that a contributor names, by the rules with which the build finds those of publishers."""

from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache, cached_property

import polars as pl

from assets.ingest.name_keys import name_key
from assets.landing.shipped_tables import shipped_tables

NAMES = "core.bridge_locality_name"
LOCALITIES = "staging.reference__locality"
SUCCESSIONS = "staging.reference__locality_succession"


@dataclass(frozen=True)
class Locality:
    """A local authority of April 2025."""

    code: str
    name: str


class Localities:
    """The local authorities, by code, former code and any name in use."""

    def find(self, text: str) -> Locality | None:
        """Return the locality of a code or name; None if there is none, or if the name has several."""
        code = text.strip().upper()
        code = self._successors.get(code, code)
        if code not in self.names:
            code = self._codes.get(_key(text), "")
        return Locality(code, self.names[code]) if code in self.names else None

    def near(self, text: str) -> list[str]:
        """Return the names that are spelled most like a text, with their codes."""
        found = get_close_matches(text.strip(), self.names.values(), n=3)
        return [f"{name} ({code})" for code, name in self.names.items() if name in found]

    @cached_property
    def names(self) -> dict[str, str]:
        """The English names by code."""
        rows = _rows(LOCALITIES)
        return dict(zip(rows["locality_code"], rows["locality_name"], strict=True))

    @cached_property
    def _codes(self) -> dict[str, str]:
        rows = _rows(NAMES)
        return dict(zip(rows["name_key"], rows["locality_code"], strict=True))

    @cached_property
    def _successors(self) -> dict[str, str]:
        """The code of the one locality that a former area became part of, by the code of the area."""
        rows = _rows(SUCCESSIONS).filter(pl.col("mode") != "split")
        return dict(zip(rows["former_code"], rows["locality_code"], strict=True))


@cache
def localities() -> Localities:
    """Return the local authorities; their tables are made once per process."""
    return Localities()


def _rows(table: str) -> pl.DataFrame:
    return pl.read_parquet(shipped_tables().path(table))


def _key(text: str) -> str:
    key: str = pl.select(name_key(pl.lit(text))).item()
    return key
