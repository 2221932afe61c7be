"""`make bench`: compare the slow parts with plain ways, and measure what the engine costs beside its goals."""

import argparse
from pathlib import Path

from tests.benchmark import comparisons, goals
from warehouse.storage.home import Home

AWARDS, SMALL = 1_400_000, 100_000
QUICK_AWARDS, QUICK_SMALL = 20_000, 5_000


def main() -> None:
    """Run what the options ask for."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--awards", type=int, default=AWARDS, help=f"awards of 25 publishers (default {AWARDS:,})")
    parser.add_argument("--more", type=int, default=0, help="compare the cost of an award with that of so many more")
    parser.add_argument("--quick", action="store_true", help="a few thousand awards: does it run, not is it fast")
    parser.add_argument("--goals", action="store_true", help="leave out the comparisons")
    parser.add_argument("--json", type=Path, help="where the result is written (default bench.json in CPOWER_HOME)")
    given = parser.parse_args()
    if not given.goals:
        comparisons.main()
    awards, small = (QUICK_AWARDS, QUICK_SMALL) if given.quick else (given.awards, min(SMALL, given.awards))
    goals.run(awards, given.more, small, given.json or Home.resolve().prepare().root / "bench.json")


if __name__ == "__main__":
    main()
