"""The gate before an edition: many localities may not move with no input change unless a person answers for it."""

from collections import Counter

from warehouse.errors import ReleaseBlocked
from warehouse.release.diff_model import Comparison
from warehouse.release.value_diff import BANDS

# The share of the localities that may move a band with no input change.
MOVED_LIMIT = 0.10
SHOWN_MOVES = 3


def gated(comparison: Comparison, sign_off: str | None) -> str | None:
    """Return the reason to publish beside an edition: the sign-off, where one was needed.

    Raises `ReleaseBlocked`, with what moved, where more than a tenth of the localities move a band with no input change
    and nobody signed it off.
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
        f"({comparison.moved_without_input_share:.1%}) move a band against {comparison.older.label} "
        f"with no input change, and at most {MOVED_LIMIT:.0%} may. "
        f"Moves by metric: {', '.join(f'{metric_id} {number:,}' for metric_id, number in most)}; "
        f"for instance {examples}."
    )
