"""What one more of each thing that grows costs, in CPU seconds and bytes: a line through measurements at three sizes.

`python -m tests.benchmark.scale [PART ...] [--awards N ...] [--json FILE]`, then a year is simulated from the lines.
Small areas and vintages are those of the real files in ../shared/data, and are left out where it is absent.
"""

import argparse
import csv
import http.client
import io
import json
import os
import shutil
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import urlsplit

import numpy as np
import psutil

from assets.landing.ingest_file import land
from tests.benchmark import award_tables, simulation, synthetic
from tests.benchmark.measuring import Point, Slope, cost, told
from tests.benchmark.spark import multiply
from tests.support.edition_server import editions_served
from tests.support.sample_files import DATA, ELS
from tests.support.vintages import CHANGED, vintages
from warehouse import query
from warehouse.catalogue import tables
from warehouse.editions.find import current, editions, find_current
from warehouse.editions.retention import prune
from warehouse.lineage import queries
from warehouse.report import site
from warehouse.report.data import EditionData
from warehouse.storage import duckdb_connection
from warehouse.storage.home import Home
from warehouse.storage.table_store import Tables, literal
from warehouse.storage.workspace import Warehouse

BUILD = ("-m", "orchestration.cli", "build")
TABLE_AWARDS, BUILD_AWARDS = (100_000, 300_000, 1_000_000), (25_000, 100_000, 250_000)
INDICES = ("wimd2025", "iod2025", "simd2020", "nimdm2017")
READING_SMALL_AREAS = ("core.fct_deprivation_profile", "core.bridge_area_locality", "metrics.deprivation_people")
AREA_COPIES, VINTAGES, PAGES, EDITIONS, READERS = (1, 10, 100), (1, 5, 20), (50, 150, 361), (10, 100, 1000), (1, 10, 50)
VINTAGES_OF = "els_participation"
SECONDS_A_LOAD = 4


class Bench:
    """A run in a temporary folder, the homes in it and the slopes found so far."""

    def __init__(self, folder: Path, awards: Sequence[int]) -> None:
        self.folder, self.awards = folder, awards
        self.slopes: list[Slope] = []
        self.base = folder / "base"
        self.build("base")

    def build(self, home: str) -> Point:
        """Build an edition in a home of the folder and return the cost."""
        spent = cost(BUILD, {"CPOWER_HOME": str(self.folder / home)})
        return Point(0, spent.cpu, size(current(Home(self.folder / home)).path), spent.peak)

    def copied(self, name: str) -> Home:
        """Return a new home with the files of the base."""
        shutil.copytree(self.base, self.folder / name, symlinks=True)
        return Home(self.folder / name)

    def dropped(self, name: str) -> None:
        shutil.rmtree(self.folder / name, ignore_errors=True)

    def keep(self, what: str, unit: str, points: Sequence[Point]) -> None:
        """Fit a line through points, keep and print it."""
        self.slopes.append(Slope(what, unit, tuple(points)))
        told(self.slopes[-1].to_text())


def size(folder: Path) -> int:
    """Return the bytes of the files below a folder, each once."""
    found = {(status.st_dev, status.st_ino): status.st_size for status in map(os.stat, folder.rglob("*"))}
    return sum(found.values())


def spent(run: Callable[[], object]) -> float:
    """Return the CPU seconds of this process for something."""
    begun = time.process_time()
    run()
    return time.process_time() - begun


def table_awards(bench: Bench) -> None:
    """Make the tables of awards with DuckDB; staged awards are drawn up to a million, and multiplied beyond that."""
    points = []
    for awards in bench.awards:
        folder = bench.copied("awards").root / "tables"
        drawn = min(awards, 1_000_000)
        synthetic.stage(folder, drawn)
        multiply(Tables(folder), awards // drawn)
        made = cost(["-m", "tests.benchmark.award_tables", "store", str(folder)])
        names = (*award_tables.made(), "staging.threesixtygiving__award", "staging.threesixtygiving__award_location")
        points.append(
            Point(awards, made.cpu, sum(Tables(folder).path(name).stat().st_size for name in names), made.peak)
        )
        bench.dropped("awards")
    bench.keep("tables of awards, DuckDB", "award", points)


def build_awards(bench: Bench) -> None:
    """Land files of awards, and build an edition with them."""
    landings, builds = [], []
    for awards in BUILD_AWARDS:
        files = synthetic.write(bench.folder / "files", awards)
        home = bench.copied("built")
        before = size(home.root)
        landed = cost(["-m", "tests.benchmark.land_files", str(home.root), *map(str, files)])
        landings.append(Point(awards, landed.cpu, size(home.root) - before, landed.peak))
        built = bench.build("built")
        builds.append(Point(awards, built.cpu, built.size, built.peak))
        bench.dropped("built")
        bench.dropped("files")
    bench.keep("landing files of awards", "award", landings)
    bench.keep("build of an edition with them", "award", builds)


def small_areas(bench: Bench) -> None:
    """Make the tables that read small areas, of copies of all areas under other codes."""
    home = bench.copied("areas")
    landing = Warehouse(home).landing
    for source_id in INDICES:
        land(landing, source_id, vintages(source_id, is_whole=True)[0], file_name=f"{source_id}.csv", accept=True)
    bench.build("areas")
    store = Tables(home.root / "tables")
    whole = store.path("core.fct_small_area")
    kept = shutil.copy(whole, bench.folder / "areas.parquet")
    points = []
    for times in AREA_COPIES:
        with closing(duckdb_connection.connect()) as database:
            database.execute(
                f"copy (select areas.* replace (small_area_code || '-' || number as small_area_code)"
                f" from read_parquet({literal(kept)}) as areas, range({times}) as copies(number))"
                f" to {literal(whole)} (format parquet)"
            )
            areas_n = database.execute(f"select count(*) from read_parquet({literal(whole)})").fetchall()[0][0]
        used = sum(
            spent(lambda name=name: store.build(tables()[name], queries()[name].read_text("utf-8")))  # type: ignore[misc]
            for name in READING_SMALL_AREAS
        )
        sizes = (store.path(name).stat().st_size for name in ("core.fct_small_area", *READING_SMALL_AREAS))
        points.append(Point(areas_n, used, sum(sizes)))
    bench.dropped("areas")
    bench.keep("tables that read small areas", "small area", points)


def reissues(bench: Bench) -> None:
    """Land reissues of a survey's file that differ in one figure, and build an edition with all of them."""
    home = bench.copied("vintages")
    rows = list(csv.reader(io.StringIO((DATA / "els" / ELS[VINTAGES_OF]).read_text("utf-8-sig"), newline="")))
    at = rows[0].index(CHANGED[VINTAGES_OF][0])
    landed, builds = [], []
    for number in range(1, max(VINTAGES) + 1):
        rows[1][at] = f"{20 + number / 10:.1f}"
        text = io.StringIO(newline="")
        csv.writer(text).writerows(rows)
        content = text.getvalue().encode()
        arguments = (Warehouse(home).landing, VINTAGES_OF, content)
        landed.append(spent(lambda arguments=arguments: land(*arguments, file_name="survey.csv", accept=True)))  # type: ignore[misc]
        if number in VINTAGES:
            shutil.copytree(home.root, bench.folder / "built", symlinks=True)
            built = bench.build("built")
            tables_n = size(bench.folder / "built" / "tables")
            builds.append(Point(number, built.cpu, built.size + tables_n))
            bench.dropped("built")
    bench.dropped("vintages")
    bench.keep(
        f"landing reissues of a survey, {len(rows) - 1:,} rows",
        "vintage",
        [Point(number, sum(landed[:number]), number * len(content)) for number in VINTAGES],
    )
    bench.keep("build with all of them changed", "vintage", builds)


def locality_pages(bench: Bench) -> None:
    """Render the report of an edition for some of its localities."""
    edition = current(Home(bench.base))
    points = []
    for number in PAGES:
        with closing(query.connect(edition.path)) as database:
            facts = EditionData(database)
            facts.__dict__["localities"] = dict(list(facts.localities.items())[:number])
            folder = bench.folder / "report"
            used = spent(lambda facts=facts, folder=folder: site.render(facts, folder))  # type: ignore[misc]
            points.append(Point(len(facts.localities), used, size(folder)))
        bench.dropped("report")
    bench.keep("pages of the report", "locality", points)


def kept_editions(bench: Bench) -> None:
    """Fill a home with editions, all hard links to one, and list, find, show and prune them."""
    home = bench.copied("editions")
    one = current(home)
    found: dict[str, list[Point]] = {}
    made = 1
    for number in EDITIONS:
        while made < number:
            copy_edition(one.path, f"{20200101 + made // 24:08}T{made % 24:02}0000Z-0000000{made % 10}")
            made += 1
        folders = sum(status.st_blocks * 512 for status in map(os.stat, home.published.rglob("*/")))
        for what, used in kept_cost(bench, home).items():
            found.setdefault(what, []).append(Point(number, used, folders))
    for what, points in found.items():
        bench.keep(what, "edition", points)
    bench.dropped("editions")


def copy_edition(edition: Path, name: str) -> None:
    """Make one more edition of the files of another, with another id."""
    copy = edition.with_name(name)
    shutil.copytree(edition, copy, copy_function=os.link)
    record = json.loads((edition / query.EDITION_FILE).read_text("utf-8"))
    (copy / query.EDITION_FILE).unlink()
    (copy / query.EDITION_FILE).write_text(json.dumps(record | {"edition_id": name}), "utf-8")


def kept_cost(bench: Bench, home: Home) -> dict[str, float]:
    """Return the CPU seconds of each thing that is done with all editions of a home."""
    oldest = sorted(edition.id for edition in editions(home))[:1]
    listed = cost(["-m", "orchestration.cli", "editions"], {"CPOWER_HOME": str(home.root)})
    with served(bench, home) as (process, address):
        page = load(process, address, "/", 1).cpu_ms / 1000
    return {
        "editions: read the list": spent(lambda: editions(home)),
        "editions: find the current one": spent(lambda: find_current(home)),
        "editions: command cpower editions": listed.cpu,
        "editions: page of cpower serve": page,
        "editions: remove one": spent(lambda: prune(home, oldest)),
    }


@dataclass(frozen=True)
class Load:
    """What readers got at once, who ask again as soon as they are answered, and what a request cost the server."""

    address: str
    readers: int
    requests_a_second: float
    cpu_ms: float
    median_ms: float
    p95_ms: float
    bytes_each: float


@contextmanager
def served(bench: Bench, home: Home) -> Iterator[tuple[psutil.Process, str]]:
    """Yield the process and the address of `cpower serve` for a home."""
    with editions_served(home, bench.folder / "served.log") as address:
        (process,) = psutil.Process().children()
        yield process, address


def load(process: psutil.Process, address: str, path: str, readers: int) -> Load:
    """Have so many readers ask a server for a path for some seconds."""

    def reads(_reader: int) -> list[tuple[float, int]]:
        answers = []
        with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)) as client:
            while time.perf_counter() < end:
                asked = time.perf_counter()
                client.request("GET", path, headers={"Accept-Encoding": "br"})
                answer = client.getresponse()
                content = answer.read()
                assert answer.status == 200, f"{path}: {answer.status} {content[:200]!r}"
                answers.append((time.perf_counter() - asked, len(content)))
        return answers

    end = time.perf_counter()
    # The first answer compresses or opens what the others find.
    with closing(http.client.HTTPConnection(urlsplit(address).netloc, timeout=120)) as client:
        client.request("GET", path, headers={"Accept-Encoding": "br"})
        client.getresponse().read()
    begun, cpu = time.perf_counter(), sum(process.cpu_times()[:2])
    end = begun + SECONDS_A_LOAD
    with ThreadPoolExecutor(readers) as pool:
        answers = [answer for found in pool.map(reads, range(readers)) for answer in found]
    seconds, cpu = time.perf_counter() - begun, sum(process.cpu_times()[:2]) - cpu
    waits = np.array([wait for wait, _ in answers]) * 1000
    return Load(
        path,
        readers,
        len(answers) / seconds,
        1000 * cpu / len(answers),
        float(np.median(waits)),
        float(np.percentile(waits, 95)),
        sum(length for _, length in answers) / len(answers),
    )


def readers(bench: Bench) -> list[Load]:
    """Ask `cpower serve` for a page of the report and for an answer of the API, as one and as many."""
    home = Home(bench.base)
    edition = current(home)
    page = next((edition.path / "report" / "l").iterdir()).relative_to(edition.path)
    paths = (f"/{edition.id}/{page.as_posix()}", "/api/v1/data.json?metric=pop_total&nation=Wales")
    loads = []
    with served(bench, home) as (process, address):
        for path in paths:
            for number in READERS:
                loads.append(load(process, address, path, number))
                found = loads[-1]
                told(
                    f"{number:3} readers, {path[-44:]:46}{found.requests_a_second:7.0f} requests/s, "
                    f"{found.cpu_ms:.2f} CPU ms, {found.median_ms:.1f} ms (95 %: {found.p95_ms:.0f}), "
                    f"{found.bytes_each:,.0f} bytes"
                )
    return loads


PARTS: dict[str, Callable[[Bench], object]] = {
    "readers": readers,
    "localities": locality_pages,
    "builds": build_awards,
    "vintages": reissues,
    "areas": small_areas,
    "editions": kept_editions,
    "awards": table_awards,
}
OF_REAL_FILES = ("vintages", "areas")


def main() -> None:
    """Measure the parts asked for, print each line, write all as JSON, and simulate a year from them."""
    parser = argparse.ArgumentParser(prog="make bench-scale", description=__doc__)
    parser.add_argument("parts", nargs="*", choices=[*PARTS, []], default=list(PARTS))
    parser.add_argument("--awards", nargs="+", type=int, default=TABLE_AWARDS, help="sizes of the tables of awards")
    parser.add_argument("--json", type=Path, help="where the result is written (default scale.json in CPOWER_HOME)")
    asked = parser.parse_args()
    result = asked.json or Home.resolve().prepare().root / "scale.json"
    loads: list[Load] = []
    with tempfile.TemporaryDirectory(prefix="cpower-scale-") as folder:
        bench = Bench(Path(folder), asked.awards)
        for name in asked.parts:
            if name in OF_REAL_FILES and not DATA.is_dir():
                told(f"{name}: left out, the real files of ../shared/data are not here")
                continue
            found = PARTS[name](bench)
            loads += found if isinstance(found, list) else []
            content = {"slopes": [asdict(slope) for slope in bench.slopes], "loads": [asdict(one) for one in loads]}
            result.write_text(json.dumps(content, indent=1) + "\n", "utf-8")
    told(f"written to {result}")
    if {"builds", "readers"} <= {*asked.parts}:
        simulation.main(result)


if __name__ == "__main__":
    main()
