"""What the engine is meant to cost, as ratios of CPU seconds measured in one run, and what it does cost."""

import json
import pstats
import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from tests.benchmark import synthetic
from tests.benchmark.land_files import SOURCE
from tests.benchmark.measuring import Cost, cost, least, told
from warehouse.storage.home import PROJECT

CLI = ("-m", "orchestration.cli")
# The parts of the project that a build reads.
PARTS = ("assets", "orchestration", "sql", "warehouse", "workspace.yaml", "pyproject.toml", "tests")
# Dagster with its event log.
OF_DAGSTER = ("/dagster", "/sqlalchemy", "/alembic", "sqlite3.")
RECORD = Path("warehouse/reference/practices/aberdeenshire.yaml")
BEFORE, AFTER = "A cross-service group for businesses that reopen", "A cross-service group for businesses"
# Where an award cost 0.75 ms, to load the 74 MB of 100,000 awards as JSON took 3 seconds.
MS_AN_AWARD, WHEN_JSON_TOOK = 0.15, 3.0


@dataclass(frozen=True)
class Goal:
    """A figure that must not be above a limit."""

    name: str
    limit: float
    found: float
    unit: str = "times"

    @property
    def is_met(self) -> bool:
        return self.found <= self.limit

    def to_text(self) -> str:
        """Return the goal as a line of a table."""
        return f"{'met' if self.is_met else 'MISSED':7}{self.found:8.2f} of {self.limit:6.2f} {self.unit:6} {self.name}"


@dataclass
class Bench:
    """A run: a temporary folder with a copy of the project and homes, and what was found so far."""

    folder: Path
    goals: list[Goal] = field(default_factory=list)
    seconds: dict[str, Cost] = field(default_factory=dict)

    @property
    def project(self) -> Path:
        """Where the copy of the project is, whose records are changed."""
        return self.folder / "project"

    def add(self, *args: object, **named: object) -> None:
        """Add a goal and print it."""
        self.goals.append(Goal(*args, **named))  # type: ignore[arg-type]
        told(self.goals[-1].to_text())

    def cpower(self, name: str, home: str, *arguments: str, before: Sequence[str] = ()) -> Cost:
        """Run `cpower` in a home, and keep what it cost under a name."""
        command = [*before, *CLI, *arguments]
        return self.keep(name, cost(command, {"CPOWER_HOME": str(self.folder / home)}, self.project))

    def land(self, name: str, home: str, files: Sequence[Path]) -> Cost:
        """Land files in one process and return the cost."""
        command = ["-m", "tests.benchmark.land_files", str(self.folder / home), *map(str, files)]
        return self.keep(name, cost(command, project=self.project))

    def keep(self, name: str, found: Cost) -> Cost:
        """Keep what a part cost under its name, and print it."""
        self.seconds[name] = found
        told(f"       {found.cpu:8.1f} CPU s {found.peak:5.2f} GiB {name}")
        return found


def run(awards: int, more: int, small: int, result: Path) -> None:
    """Measure every goal with so many awards, print the table and write it as JSON.

    `small` is the size of the file beyond what ships; `more` awards are compared with `awards`.
    """
    with tempfile.TemporaryDirectory(prefix="cpower-bench-") as name:
        bench = Bench(Path(name))
        bench.project.mkdir()
        for part in PARTS:
            copy = shutil.copytree if (PROJECT / part).is_dir() else shutil.copy
            copy(PROJECT / part, bench.project / part)
        cold = shipped(bench)
        one_file(bench, small, cold)
        an_award = record(bench, awards, cold)
        if more:
            bench.add(
                f"an award of {more:,} costs what one of {awards:,} does", 1.1, grown(bench, more, cold) / an_award
            )
        result.parent.mkdir(parents=True, exist_ok=True)
        content = {
            "goals": [asdict(goal) | {"is_met": goal.is_met} for goal in bench.goals],
            "cpu_seconds": {name: asdict(found) for name, found in bench.seconds.items()},
        }
        result.write_text(json.dumps(content, indent=2) + "\n", "utf-8")
        print()
        for goal in bench.goals:
            print(goal.to_text())
        print(f"{sum(goal.is_met for goal in bench.goals)} of {len(bench.goals)} goals met; written to {result}")


def shipped(bench: Bench) -> Cost:
    """Measure builds of what ships with the project; return the cost of the first."""
    dagster = bench.keep("import dagster", least(["-c", "import dagster"]))
    cold = bench.cpower("first build of what ships", "shipped", "build")
    bench.add("first build of what ships, in imports of dagster", 15, cold.cpu / dagster.cpu)
    bench.add("Dagster's own part of that build", 25, 100 * own_share(bench), "%")
    again = bench.cpower("build with nothing changed", "shipped", "build")
    bench.add("build with nothing changed, in imports of dagster", 2.5, again.cpu / dagster.cpu)
    record = bench.project / RECORD
    record.write_text(record.read_text("utf-8").replace(BEFORE, AFTER), "utf-8")
    changed = bench.cpower("build with one practice record changed", "shipped", "build")
    bench.add("build with one practice record changed, in first builds", 1 / 3, changed.cpu / cold.cpu)
    return cold


def own_share(bench: Bench) -> float:
    """Return the share of the time of a build that is spent in Dagster and its event log, measured with cProfile.

    A profile makes functions of Python slower and those in C not, so the share is at most what is found.
    """
    profile = bench.folder / "profile"
    bench.cpower("the same under a profile", "profiled", "build", before=["-m", "cProfile", "-o", str(profile)])
    functions = pstats.Stats(str(profile)).stats.items()  # type: ignore[attr-defined]
    times = {f"{file} {name}": own for (file, _, name), (_, _, own, _, _) in functions}
    dagster = sum(own for function, own in times.items() if any(part in function for part in OF_DAGSTER))
    return dagster / sum(times.values())


def one_file(bench: Bench, awards: int, cold: Cost) -> None:
    """Measure the landing and the build of one file beyond what ships."""
    (file,) = synthetic.write(bench.folder / "file", awards, funders_n=1)
    load = f"import json; json.load(open({str(file)!r}, encoding='utf-8'))"
    loaded = bench.keep(f"json.load of {awards:,} awards, {file.stat().st_size / 1e6:.0f} MB", least(["-c", load]))
    landed = bench.cpower(f"landing {awards:,} awards", "one", "land", SOURCE, str(file))
    bench.add(f"landing {awards:,} awards, in loads of the file as JSON", 2.5, landed.cpu / loaded.cpu)
    built = bench.cpower(f"build with {awards:,} awards", "one", "build")
    # The limit was set on a file of 100,000 awards.
    limit = MS_AN_AWARD * loaded.cpu * 100_000 / awards / WHEN_JSON_TOOK
    bench.add("each award beyond what ships", limit, 1000 * (built.cpu - cold.cpu) / awards, "ms")


def record(bench: Bench, awards: int, cold: Cost) -> float:
    """Measure a record of many publishers beside a plain script; return the CPU seconds of an award."""
    files = synthetic.write(bench.folder / "files", awards)
    output = bench.folder / "plain"
    localities = PROJECT / "warehouse" / "reference" / "localities.csv"
    script = ["-m", "tests.benchmark.plain_pandas", str(bench.folder / "files"), str(output), str(localities)]
    plain = bench.keep(f"pandas script over {awards:,} awards", cost(script))
    large = f"{awards:,} awards"
    small = other_file(bench, awards // 100, seed=2)
    landed = bench.land(f"landing {large}", "record", [*files, *small])
    built = bench.cpower(f"build with {large}", "record", "build")
    bench.add(f"most memory of a build with {large}", 4, max(built.peak, landed.peak), "GiB")
    added = landed.cpu + built.cpu - cold.cpu
    bench.add(f"landing, staging, placing and funding of {large}, in pandas scripts", 0.5, added / plain.cpu)
    bench.add(f"whole build with {large}, in pandas scripts", 1.5, built.cpu / plain.cpu)
    tables = str(bench.folder / "record" / "tables")
    stored = bench.keep(f"tables of {large}", cost(["-m", "tests.benchmark.award_tables", "store", tables]))
    floor = bench.keep("reading and writing their rows", cost(["-m", "tests.benchmark.award_tables", "floor", tables]))
    bench.add(f"tables of {large}, in readings and writings of their rows", 3, stored.cpu / floor.cpu)
    bench.land("landing one publisher's changed file", "record", other_file(bench, awards // 100, seed=3))
    changed = bench.cpower("build with one publisher's file of 1 % changed", "record", "build")
    bench.add("build with one publisher's file of 1 % changed, in full builds", 1 / 5, changed.cpu / built.cpu)
    return added / awards


def other_file(bench: Bench, awards: int, seed: int) -> list[Path]:
    """Write the file of one more publisher, which has other content with another seed."""
    return synthetic.write(bench.folder / "other", awards, seed, funders_n=1, first=synthetic.FUNDERS)


def grown(bench: Bench, awards: int, cold: Cost) -> float:
    """Return the CPU seconds of an award where there are so many."""
    files = synthetic.write(bench.folder / "files", awards)
    landed = bench.land(f"landing {awards:,} awards", "grown", files)
    built = bench.cpower(f"build with {awards:,} awards", "grown", "build")
    return (landed.cpu + built.cpu - cold.cpu) / awards
