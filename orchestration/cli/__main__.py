"""`python -m orchestration.cli`, for where the command `cpower` is not installed."""

from orchestration.cli import main

main(prog_name="cpower")
