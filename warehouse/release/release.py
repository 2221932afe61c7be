"""What an edition is in the sequence of editions."""

from dataclasses import dataclass

from warehouse.release.diff_model import Comparison


@dataclass(frozen=True)
class EditionRelease:
    """What an edition is in the sequence of editions.

    `comparison` is with the edition before, which `previous_id` and `previous_version` name; there is none for a first
    edition and for one of an earlier day. `sign_off` is the reason of the person who answered for what moved.
    """

    version: str
    why: tuple[str, ...]
    previous_id: str | None = None
    previous_version: str | None = None
    comparison: Comparison | None = None
    sign_off: str | None = None

    @property
    def previous(self) -> dict[str, str | None] | None:
        """The edition that it was held against, by edition_id and version."""
        return {"edition_id": self.previous_id, "version": self.previous_version} if self.previous_id else None

    @property
    def moved(self) -> dict[str, int | None]:
        """How many localities have a band, moved one, and did so with no input change; null without a comparison."""
        held = self.comparison
        return {
            "localities_with_band_n": held.localities_n if held else None,
            "localities_moved_n": held.moved_n if held else None,
            "localities_moved_without_input_n": held.moved_without_input_n if held else None,
        }
