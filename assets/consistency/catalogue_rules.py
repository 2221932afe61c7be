"""Rules on the catalogue: entries that are named exist, and entries that exist are used."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterator

from assets.consistency import Gap
from warehouse import catalogue
from warehouse.catalogue import ROOT, place_of
from warehouse.exports import views
from warehouse.lineage import reads
from warehouse.storage.home import PROJECT

LONGEST_SHEET_NAME = 31
REQUIRED_OF_METRIC = ("name", "name_cy", "definition", "formula", "unit", "edge_cases", "method_source")
CITED = re.compile(r"(docs/[\w./-]+\.md)#?([\w-]*)")


def table_is_described() -> Iterator[Gap]:
    """Find tables without a key, and tables and columns without a description."""
    for table in catalogue.tables().values():
        file = ROOT / "tables" / f"{table.name}.yaml"
        if len(table.description) <= 10 or not table.key:
            yield Gap(file, f"{table.name} has no description or no key", "Describe it, and name its key.")
        for column in table.columns:
            if len(column.description) <= 3:
                yield Gap(file, f"the column {column.name} has no description", "Describe it here or in fields.yaml.")


def column_has_one_type() -> Iterator[Gap]:
    """Find columns whose type differs from that of most columns of the same name."""
    types: dict[str, dict[str, list[str]]] = defaultdict(lambda: defaultdict(list))
    for table in catalogue.tables().values():
        for column in table.columns:
            types[column.name][column.type].append(table.name)
    for name, found in types.items():
        usual = max(found, key=lambda kind: len(found[kind]))
        for kind, tables in found.items():
            if kind != usual:
                for other in tables:
                    file = ROOT / "tables" / f"{other}.yaml"
                    yield Gap(
                        file,
                        f"{name} is {kind}, but {usual} in other tables",
                        f"Change the type to {usual}, or rename it.",
                    )


def shared_field_is_shared() -> Iterator[Gap]:
    """Find fields that fewer than two tables use."""
    used = Counter(column.name for table in catalogue.tables().values() for column in table.columns)
    for name in catalogue.fields():
        if used[name] < 2:
            yield Gap(ROOT / "fields.yaml", f"{name} is used in {used[name]} tables", "Describe it where it is used.")


def listed_is_used() -> Iterator[Gap]:
    """Find units, families and lists of parts that are not used, or that have no name in a language."""
    units = {metric.unit for metric in catalogue.metrics().values()}
    units |= {column.unit for table in catalogue.tables().values() for column in table.columns}
    units |= {indicator.unit for indicator in catalogue.indicators().values()}
    used: dict[str, set[str]] = {
        "units.yaml": units,
        "families.yaml": {metric.family for metric in catalogue.metrics().values()},
    }
    for file, listed in (("units.yaml", catalogue.units()), ("families.yaml", catalogue.families())):
        for named in listed.values():
            path, line = place_of(named)
            if named.id not in used[file]:
                yield Gap(path, f"{named.id} is not used", "Use it in a metric or column, or remove it.", line)
            if not (named.en and named.cy and named.reading.endswith(".")):
                told = f"{named.id} must have en, cy and a reading that is a sentence"
                yield Gap(path, told, "Give all three.", line)
    named_lists = {listed.of for metric in catalogue.metrics().values() for listed in metric.breakdowns}
    for parts in catalogue.breakdowns().values():
        if parts.id not in named_lists | {"whole"}:
            path, line = place_of(parts)
            yield Gap(path, f"no metric has the parts {parts.id}", "Name it in a metric, or remove it.", line)


def family_may_name_a_sheet() -> Iterator[Gap]:
    """Find families whose English name is not valid as the name of a workbook sheet."""
    for family in catalogue.families().values():
        if len(family.en) > LONGEST_SHEET_NAME or re.search(r"[\[\]:*?/\\']", family.en):
            path, line = place_of(family)
            told = f"{family.en!r} cannot name a sheet: at most {LONGEST_SHEET_NAME} characters, none of []:*?/\\'"
            yield Gap(path, told, "Give the family a shorter name without these characters.", line)


def metric_says_everything() -> Iterator[Gap]:
    """Find metrics without a required field, in both languages."""
    for metric in catalogue.metrics().values():
        path, line = place_of(metric)
        missing = [name for name in REQUIRED_OF_METRIC if not str(getattr(metric, name)).strip()]
        missing += [] if metric.nations else ["nations"]
        if missing:
            yield Gap(path, f"{metric.id} has no {', '.join(missing)}", "Add it to the entry.", line)
        reading = catalogue.readings()[metric.id]
        if not (reading.en.endswith(".") and reading.cy.strip() and reading.cy != reading.en):
            told = f"{metric.id} has no reading in both languages that is a sentence"
            yield Gap(path, told, "Give reading and reading_cy in the entry, or a sentence in readings.yaml.", line)
        for part in (part.code for _, part in metric.parts()):
            if metric.id.endswith(f"_{part}"):
                yield Gap(path, f"the id {metric.id} ends in the part {part}", "Give the metric breakdowns.", line)


def metric_inputs_exist() -> Iterator[Gap]:
    """Find inputs of metrics that name a table that is not in every edition, or a missing column."""
    always = {table.name: table for table in catalogue.edition_tables(composite=False)}
    for metric in catalogue.metrics().values():
        path, line = place_of(metric)
        for given in metric.inputs:
            if given.table not in always:
                told = f"{metric.id}: the input {given.table} is not a table of every edition"
                yield Gap(path, told, "Name a catalogued table of the tier public or detail.", line)
            elif lost := given.where.keys() - {column.name for column in always[given.table].columns}:
                told = f"{metric.id}: {given.table} has no column {', '.join(sorted(lost))}"
                yield Gap(path, told, f"Name columns of warehouse/catalogue/tables/{given.table}.yaml.", line)


def method_is_on_a_page() -> Iterator[Gap]:
    """Find metrics whose method source is a page or heading of `docs` that does not exist."""
    anchors: dict[str, set[str]] = {}
    for metric in catalogue.metrics().values() if (PROJECT / "docs").is_dir() else ():
        for page, anchor in CITED.findall(metric.method_source):
            file = PROJECT / page
            if page not in anchors:
                headings = re.findall(r"(?m)^#+ (.+)$", file.read_text("utf-8")) if file.exists() else []
                anchors[page] = {re.sub(r"[^\w-]", "", heading.lower().replace(" ", "-")) for heading in headings}
            if not file.exists() or (anchor and anchor not in anchors[page] | _families()):
                path, line = place_of(metric)
                told = f"{metric.id}: the method is at {page}#{anchor}, which does not exist"
                yield Gap(path, told, "Name a heading of a page in docs.", line)


def _families() -> set[str]:
    """Return the headings that `make docs` writes for families; that of a new family does not exist before."""
    return {family.lower() for family in catalogue.families()}


def view_reads_every_edition() -> Iterator[Gap]:
    """Find views that read a table that is not in every edition, and catalogued views without a query."""
    always = {table.name for table in catalogue.edition_tables(composite=False)}
    for view in views.catalogue().views:
        path = views.path(view)
        if not path.exists():
            yield Gap(views.FILE, f"{view} has no query", f"Write it to {path.relative_to(PROJECT)}.")
        elif lost := set(reads(path.read_text("utf-8"))) - always:
            yield Gap(path, f"reads {', '.join(sorted(lost))}", "Read only tables that are in every edition.")


def wording_fits_its_metric() -> Iterator[Gap]:
    """Find wordings whose metric is not catalogued, has another unit, or is not of the wording's nation."""
    for indicator in catalogue.indicators().values():
        path, line = place_of(indicator)
        for wording in indicator.wordings:
            if wording.metric_id is None:
                continue
            said = f"{wording.item_wording_id}: the metric {wording.metric_id}"
            metric = catalogue.metrics().get(wording.metric_id)
            if metric is None:
                yield Gap(path, f"{said} is not catalogued", "Describe it in warehouse/catalogue/metrics.", line)
            elif metric.unit != indicator.unit:
                told = f"{said} is in {metric.unit}, the indicator {indicator.id} in {indicator.unit}"
                yield Gap(path, told, "Give both the unit in which the figures are published.", line)
            elif wording.nation not in metric.nations:
                told = f"{said} is of {', '.join(metric.nations)}, not of {wording.nation}"
                yield Gap(path, told, "Add the nation to the metric, or correct the wording.", line)


def label_kind_is_allowed() -> Iterator[Gap]:
    """Find kinds of labels that differ between wordings and the table of labels."""
    table = "core.bridge_indicator_label"
    allowed = next(set(column.values) for column in catalogue.tables()[table].columns if column.name == "origin")
    if odd := allowed ^ catalogue.Labels.model_fields.keys():
        told = f"the values of origin and the kinds of labels differ in {', '.join(sorted(odd))}"
        fix = "List in values the fields of Labels in warehouse/catalogue/indicator_entries.py."
        yield Gap(ROOT / "tables" / f"{table}.yaml", told, fix)


RULES = (
    table_is_described,
    column_has_one_type,
    shared_field_is_shared,
    listed_is_used,
    family_may_name_a_sheet,
    metric_says_everything,
    metric_inputs_exist,
    method_is_on_a_page,
    view_reads_every_edition,
    wording_fits_its_metric,
    label_kind_is_allowed,
)
