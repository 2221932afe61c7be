"""What the parser of award files reads, table by table."""

from assets.awards import AWARD, AWARD_LOCATION, parse_awards
from assets.intake import Intake


def awards_of(content: bytes) -> Intake:
    """Return the awards of a file."""
    return parse_awards(content)[AWARD]


def places_of(content: bytes) -> Intake:
    """Return the places that the awards of a file name."""
    return parse_awards(content)[AWARD_LOCATION]
