"""Strip plots: the value of a locality among the values of its comparable group.

The lines of a group are drawn once as a picture that all pages of the group share. A page adds the mark and the
interval of its locality on the same scale. A reliable value is a long line and an unreliable one a short line, so that
nothing is shown by colour alone. A picture has its own colours for light and dark pages, because it cannot inherit them
from the page.
"""

from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from warehouse.i18n import text
from warehouse.report.data import EditionData, Row

FOLDER = "strips"
WIDTH, HEIGHT, MARGIN = 320, 46, 10
MIDDLE = 18
LIGHT, DARK = "#595959", "#b3bac2"
STYLE = f"svg{{color:{LIGHT}}}@media screen and (prefers-color-scheme:dark){{svg{{color:{DARK}}}}}"
LONG, SHORT = 10, 5

Key = tuple[str, str, str]


@dataclass(frozen=True)
class Scale:
    """A linear scale from the smallest to the largest number of a group, with intervals, to positions in a strip."""

    low: float
    high: float

    def place(self, value: float) -> str:
        """Return the position of a number from the left edge; the middle if the group has only one value."""
        share = 0.5 if self.high == self.low else (value - self.low) / (self.high - self.low)
        return f"{MARGIN + share * (WIDTH - 2 * MARGIN):.1f}".removesuffix(".0")


@dataclass(frozen=True)
class Strips:
    """The strip plots of the comparable groups, by metric, period and group."""

    facts: EditionData

    @cached_property
    def names(self) -> dict[Key, str]:
        """The file of each strip plot; numbered, because the name of a group is not a valid file name."""
        return {key: f"{number}.svg" for number, key in enumerate(sorted(self.facts.groups))}

    @cached_property
    def scales(self) -> dict[Key, Scale]:
        """The scale of each strip plot."""
        return {key: _scale(values) for key, values in self.facts.groups.items()}

    def of(self, row: Row) -> dict[str, object] | None:
        """Return the strip plot data of a value, or None if it cannot be compared."""
        key = (row["metric_id"], row["period"], row["comparable_group"])
        if row["value"] is None or key not in self.names:
            return None
        scale = self.scales[key]
        has_interval = row["lci"] is not None and row["uci"] is not None
        return {
            "file": f"static/{FOLDER}/{self.names[key]}",
            "at": scale.place(row["value"]),
            "from": scale.place(row["lci"]) if has_interval else None,
            "to": scale.place(row["uci"]) if has_interval else None,
            "n": len(self.facts.groups[key]),
        }

    def write(self, folder: Path, metric_ids: set[str]) -> None:
        """Write the pictures of the groups of some metrics into `strips/` of a folder."""
        (folder / FOLDER).mkdir()
        for key, name in self.names.items():
            if key[0] in metric_ids:
                picture = _picture(self.facts.groups[key], self.scales[key])
                (folder / FOLDER / name).write_text(picture, "utf-8")


def _scale(values: list[Row]) -> Scale:
    numbers = [row[part] for row in values for part in ("value", "lci", "uci") if row[part] is not None]
    return Scale(min(numbers), max(numbers))


def _picture(values: list[Row], scale: Scale) -> str:
    """Return the lines of a group as SVG, with the ends of the scale; localities with the same value share a line.

    Numbers have the same format in both languages.
    """
    words, unit = text("en"), values[0]["unit"]
    low, high = (words.quantity(end, unit) for end in (scale.low, scale.high))
    lines = {(scale.place(row["value"]), LONG if row["state"] == "ok" else SHORT) for row in values}
    path = "".join(f"M{at} {MIDDLE - half}v{2 * half}" for at, half in sorted(lines))
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {HEIGHT}"><style>{STYLE}</style>'
        f'<path d="M{MARGIN} {MIDDLE}H{WIDTH - MARGIN}" stroke="currentColor" stroke-width=".75"/>'
        f'<path d="{path}" stroke="currentColor" stroke-width="1.25" opacity=".7"/>'
        '<g font-family="Arial, Helvetica, sans-serif" font-size="14" fill="currentColor">'
        f'<text x="{MARGIN}" y="{HEIGHT - 3}">{low}</text>'
        f'<text x="{WIDTH - MARGIN}" y="{HEIGHT - 3}" text-anchor="end">{high}</text></g></svg>'
    )
