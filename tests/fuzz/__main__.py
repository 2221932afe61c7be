"""Feeds the parser of every source with broken files, guided by coverage, and keeps every input that teaches something.

    python -m tests.fuzz                 an hour over all sources (make fuzz)
    python -m tests.fuzz --seconds 60 threesixtygiving simd2020

A parser may return rows or refuse a file with `RefusedFile`; anything else is a finding, as are a row that is neither
kept, quarantined nor merged, more than a minute and more than a gibibyte. Seeds are the synthetic samples of each
source; what libFuzzer finds beyond them is kept in `tests/fuzz/corpus/<source>`, and `tests/unit/test_fuzz_corpus.py`
reads all of it again in every run of the tests.
"""

import argparse
import random
import re
import subprocess
import sys
import tempfile
from pathlib import Path

CORPUS = Path(__file__).parent / "corpus"
FOUND = Path(__file__).parent / "found"
TIMEOUT_S, MEMORY_MIB, LARGEST = 60, 1024, 100_000
# A third of the changes are of bytes, the others of cells, rows and columns: most broken bytes are refused at once.
OF_BYTES = 0.3


def fuzz(source_id: str, seconds: int) -> None:
    """Fuzz the parser of one source in this process until the time is over or something is found; never returns."""
    import atheris  # instruments what is imported after it

    with atheris.instrument_imports(include=["assets"], enable_loader_override=False):
        from tests.fuzz import target

    sample = target.SAMPLES[source_id]

    def mutate(content: bytes, most: int, seed: int) -> bytes:
        luck = random.Random(seed)
        changed = atheris.Mutate(content, most) if luck.random() < OF_BYTES else target.mutated(sample, content, luck)
        return bytes(changed[:most])

    def one(content: bytes) -> None:
        target.outcome(source_id, content)

    folder = CORPUS / source_id
    folder.mkdir(parents=True, exist_ok=True)
    FOUND.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory() as started:
        for number, content in enumerate(target.seeds(source_id)):
            (Path(started) / str(number)).write_bytes(content)
        limits = [f"-max_total_time={seconds}", f"-timeout={TIMEOUT_S}", f"-rss_limit_mb={MEMORY_MIB}"]
        shown = [f"-artifact_prefix={FOUND}/{source_id}-", "-print_final_stats=1", "-verbosity=0"]
        atheris.Setup(
            [sys.argv[0], *limits, f"-max_len={LARGEST}", *shown, str(folder), started], one, custom_mutator=mutate
        )
        atheris.Fuzz()


def main() -> int:
    """Fuzz the named sources, or all, one process each; return 1 where something was found."""
    from assets.landing.ingest_file import landable

    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("source", nargs="*")
    parser.add_argument("--seconds", type=int, default=3600, help="for all sources together")
    asked = parser.parse_args()
    sources = asked.source or landable()
    each = max(asked.seconds // len(sources), 1)
    failed = False
    for source_id in sources:
        code = f"from tests.fuzz.__main__ import fuzz; fuzz({source_id!r}, {each})"
        ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
        tried = re.search(r"number_of_executed_units: (\d+)", ended.stderr)
        result = "FOUND" if ended.returncode else "nothing found"
        print(f"{source_id}: {tried[1] if tried else '?'} inputs in {each} s, {result}", flush=True)
        if ended.returncode:
            failed = True
            print(ended.stderr[-4000:])
    return failed


if __name__ == "__main__":
    sys.exit(main())
