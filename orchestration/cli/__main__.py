"""Run `cpower` as `python -m orchestration.cli`, for use where the command is not installed."""

from orchestration.cli import main

main(prog_name="cpower")
