"""Release data of an edition: its version, and its comparison with the previous edition."""

from dataclasses import dataclass

from warehouse.release.diff_model import Comparison


@dataclass(frozen=True)
class EditionRelease:
    """Version of an edition, the reasons for it, and its comparison with the previous edition.

    `comparison`, `previous_id` and `previous_version` are None for a first edition and for one with an as-of date.
    `sign_off` is the reason of the person who signed the moves off.
    """

    version: str
    why: tuple[str, ...]
    previous_id: str | None = None
    previous_version: str | None = None
    comparison: Comparison | None = None
    sign_off: str | None = None

    @property
    def previous(self) -> dict[str, str | None] | None:
        """The previous edition by `edition_id` and `version`, None without one."""
        return {"edition_id": self.previous_id, "version": self.previous_version} if self.previous_id else None

    @property
    def moved(self) -> dict[str, int | None]:
        """Numbers of localities with a band, moved, and moved without an input change; null without a comparison."""
        held = self.comparison
        return {
            "localities_with_band_n": held.localities_n if held else None,
            "localities_moved_n": held.moved_n if held else None,
            "localities_moved_without_input_n": held.moved_without_input_n if held else None,
        }
