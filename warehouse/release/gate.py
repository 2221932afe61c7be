"""The release gate: blocks an edition if many localities move without an input change, unless it is signed off."""

from collections import Counter

from warehouse.errors import ReleaseBlocked
from warehouse.release.diff_model import Comparison
from warehouse.release.value_diff import BANDS

# Largest share of localities that can move to another band without an input change.
MOVED_LIMIT = 0.10
SHOWN_MOVES = 3


def gated(comparison: Comparison, sign_off: str | None) -> str | None:
    """Return the sign-off to publish with an edition; None if none was needed.

    Raises `ReleaseBlocked`, with examples of the moves, if more than a tenth of the localities move to another band
    without an input change and there is no sign-off.
    """
    if comparison.moved_without_input_share <= MOVED_LIMIT:
        return None
    if sign_off:
        return sign_off
    moves = comparison.moved_without_input
    most = Counter(move.metric_id for move in moves).most_common(SHOWN_MOVES)
    farthest = sorted(moves, key=lambda move: -abs(move.new_band - move.old_band))[:SHOWN_MOVES]
    examples = "; ".join(
        f"{move.locality_name} from {move.old_band} to {move.new_band} of {BANDS} in {move.metric_id}"
        for move in farthest
    )
    raise ReleaseBlocked(
        f"{comparison.moved_without_input_n:,} of {comparison.localities_n:,} localities "
        f"({comparison.moved_without_input_share:.1%}) move to another fifth without an input change, compared with "
        f"{comparison.older.label}. The limit is {MOVED_LIMIT:.0%}. "
        f"Moves by metric: {', '.join(f'{metric_id} {number:,}' for metric_id, number in most)}; "
        f"for example {examples}."
    )
