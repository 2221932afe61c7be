"""The code location loads, quickly and whole, by each of the ways in which Dagster finds it."""

import re
import subprocess
import sys

import dagster as dg
import pytest

from assets.factories.asset_specs import description, owners
from assets.factories.checks import checks
from assets.graph import WITHOUT_ASSET
from assets.uncertainty.composite.whatif import published_weights
from orchestration.definitions import defs
from warehouse.catalogue import honesty_rules, sources, tables
from warehouse.errors import InvalidSetting
from warehouse.storage.home import PROJECT

SLOW_TO_IMPORT = ("sqlglot", "dataframely", "xlrd", "krippendorff", "brotli", "pandas", "pyarrow", "scipy")


@pytest.fixture(scope="module")
def graph():
    return defs.get_repository_def().asset_graph


def test_importing_the_code_location_imports_nothing_slow():
    code = f"import sys, orchestration.definitions; print([m for m in {SLOW_TO_IMPORT} if m in sys.modules])"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True, cwd=PROJECT)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(
    "command",
    [["dagster", "definitions", "validate", "-w", "workspace.yaml"], ["dg", "check", "defs"]],
    ids=["workspace file", "dg project"],
)
@pytest.mark.long
def test_dagster_validates_the_definitions(command, tmp_path):
    found = subprocess.run(
        [f"{sys.prefix}/bin/{command[0]}", *command[1:]],
        cwd=PROJECT,
        env={"DAGSTER_HOME": str(tmp_path), "PATH": f"{sys.prefix}/bin:/usr/bin:/bin", "HOME": str(tmp_path)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert found.returncode == 0, found.stdout + found.stderr


def test_every_catalogued_table_is_one_node_in_the_group_of_its_schema(graph):
    for name, table in tables().items():
        if name in WITHOUT_ASSET:
            continue
        node = graph.get(dg.AssetKey(name.split(".")))
        assert node.group_name == table.schema_name
        assert node.description == description(table)
        assert node.kinds
        assert node.owners == []
        schema = node.metadata["dagster/column_schema"]
        assert [column.name for column in schema.columns] == [column.name for column in table.columns]
        assert node.code_version


def test_the_asset_list_shows_a_description_without_markup(graph):
    """The list shows the first line of a description as it is."""
    for key in graph.get_all_asset_keys():
        first = graph.get(key).description.splitlines()[0]
        assert not re.search(r"[*`#<>_]{2}|[*`]|\]\(|^#", first), first
        assert first[0].isupper()
        assert first.endswith((".", "!", "?")) or key.path[0] in ("landing", "reference"), first


def test_a_check_says_what_its_rule_is_before_its_number():
    described = {check.rule: check.spec().description for check in checks()}
    assert described["h5_no_locality_is_left_out"] == (
        "Every metric of localities has a row for every locality, with a value or the reason for a missing value.\n\n"
        f"Honesty rule H5: {honesty_rules()['H5'].says} See docs/method/honesty-rules.md."
    )
    for name, text in described.items():
        assert re.match(r"[A-Z][a-z]* ", text) or text.startswith(("A ", "Ok, ")), text
        if prefix := re.match(r"(h\d+)_", name):
            assert f"Honesty rule {prefix[1].upper()}: " in text
        if re.match(r"g\d+_", name):
            assert "see docs/method/composite.md" in text


def test_owners_are_those_that_the_environment_names(monkeypatch):
    for said, expected in (
        ("", []),
        ("team:insight", ["team:insight"]),
        (" team:insight , data@example.org", ["team:insight", "data@example.org"]),
    ):
        monkeypatch.setenv("CPOWER_OWNER", said)
        assert owners() == expected
        dg.AssetSpec("any", owners=owners())
    for invalid in ("insight", "team:", "team: insight", "data@example", "team:a, somebody"):
        monkeypatch.setenv("CPOWER_OWNER", invalid)
        with pytest.raises(InvalidSetting, match=r"CPOWER_OWNER names .*expected an email address or a team"):
            owners()


def test_the_launchpad_of_what_if_offers_choices_and_the_published_weights():
    fields = defs.resolve_job_def("what_if").graph.node_named("work_out").definition.config_schema.config_type.fields
    choices = {
        name: [value.config_value for value in field.config_type.enum_values]
        for name, field in fields.items()
        if name != "weights"
    }
    assert choices == {
        "missing": ["two_thirds", "complete", "present", "median"],
        "split": ["population", "equal", "recipient"],
        "unallocated": ["none", "pro_rata"],
    }
    assert fields["weights"].default_value == published_weights()
    assert all(field.description for field in fields.values())
    assert all(pillar in fields["weights"].description for pillar in published_weights())


def test_every_source_is_a_node_that_a_table_is_built_from(graph):
    for source in sources().values():
        folder = "reference" if source.file or source.package else "landing"
        children = graph.get(dg.AssetKey([folder, source.id])).child_keys
        assert [key for key in children if key.path[0] != "meta"], source.id


def test_a_source_that_is_pulled_is_an_asset_that_the_job_build_leaves_alone(graph):
    pulled = {dg.AssetKey(["landing", source.id]) for source in sources().values() if source.protocol}
    assert pulled == {key for key in graph.materializable_asset_keys if key.path[0] == "landing"}
    assert all(graph.get(key).group_name == "landing" and "http" in graph.get(key).kinds for key in pulled)
    jobs = {name: set(defs.resolve_job_def(name).asset_layer.selected_asset_keys) for name in ("build", "refresh")}
    assert jobs["refresh"] - jobs["build"] == pulled
    assert jobs["build"] == graph.materializable_asset_keys - pulled


def test_what_was_read_is_put_on_record_after_the_pull(graph):
    pulled = {dg.AssetKey(["landing", source.id]) for source in sources().values() if source.protocol}
    for table in ("build", "landed_file", "source_status", "revision"):
        assert graph.get(dg.AssetKey(["meta", table])).parent_keys >= pulled


def test_the_edition_stands_after_every_published_table_and_every_check(graph):
    edition = graph.get(dg.AssetKey(["published", "edition"]))
    stored = [name for name, table in tables().items() if table.is_in_edition and name not in WITHOUT_ASSET]
    published = {dg.AssetKey(name.split(".")) for name in stored}
    assert edition.parent_keys == published
    assert {check.key for check in checks()} <= set(graph.asset_check_keys)
    assert all(check.spec().blocking for check in checks())


def test_a_run_has_steps_that_a_person_can_read():
    steps = {node.name for node in defs.resolve_job_def("build").nodes}
    assert {"core", "metrics", "marts", "published__edition"} <= steps
    assert len(steps) < 20


def test_schedules_and_sensors_run_without_a_click():
    repository = defs.get_repository_def()
    assert {
        schedule.name: (schedule.cron_schedule, schedule.execution_timezone) for schedule in repository.schedule_defs
    } == {
        "refresh_awards_daily": ("0 6 * * *", "Europe/London"),
        "refresh_statistics_weekly": ("0 5 * * 1", "Europe/London"),
        "check_publishers_weekly": ("0 4 * * 1", "Europe/London"),
    }
    assert all("Monday" in schedule.description for schedule in repository.schedule_defs)
    assert all(s.default_status == dg.DefaultScheduleStatus.RUNNING for s in repository.schedule_defs)
    assert all(s.default_status == dg.DefaultSensorStatus.RUNNING for s in repository.sensor_defs)


@pytest.mark.parametrize("name", ["refresh_awards_daily", "refresh_statistics_weekly"])
def test_a_schedule_pulls_its_sources_and_builds_every_table(name, graph):
    repository = defs.get_repository_def()
    schedule = repository.get_schedule_def(name)
    tick = schedule.evaluate_tick(dg.build_schedule_context(repository_def=repository))
    (request,) = tick.run_requests
    pulled = {key for key in request.asset_selection if key.path[0] == "landing"}
    kinds = {"awards"} if name == "refresh_awards_daily" else {"statistics", "geography"}
    assert {key.path[1] for key in pulled} == {
        source.id for source in sources().values() if source.protocol and source.kind in kinds
    }
    built = {key for key in graph.materializable_asset_keys if key.path[0] != "landing"}
    assert set(request.asset_selection) - pulled == built


def test_what_is_pulled_and_what_people_read_has_a_freshness_policy(graph):
    for key in ("landing/wimd2025", "marts/locality_profile", "published/edition"):
        assert graph.get(dg.AssetKey(key.split("/"))).freshness_policy is not None
