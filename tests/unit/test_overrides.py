"""The user's own settings of Dagster: merged over those of the project, and refused with file and key."""

import re

import pytest
import yaml

from orchestration.instance import SETTINGS_FILE, environment, prepared, settings
from warehouse.errors import InvalidSetting
from warehouse.storage.home import OVERRIDE, Home

LOCAL_LOGS = {"module": "dagster.core.storage.local_compute_log_manager", "class": "LocalComputeLogManager"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.delenv("CPOWER_DAGSTER_YAML", raising=False)
    (tmp_path / "home").mkdir()
    return Home(tmp_path / "home")


def say(home, text):
    path = home.root / OVERRIDE
    path.write_text(text if isinstance(text, str) else yaml.safe_dump(text), "utf-8")
    return path


def test_what_a_user_sets_is_merged_and_the_rest_stays(home):
    own = settings(home)
    logs = LOCAL_LOGS | {"config": {"base_dir": str(home.root / "logs")}}
    path = say(
        home,
        {
            "compute_logs": logs,
            "retention": {"schedule": {"purge_after_days": 30}},
            "run_coordinator": {"config": {"dequeue_interval_seconds": 9}},
            "nux": None,
        },
    )
    before = path.read_bytes()
    made = yaml.safe_load((prepared(home) / SETTINGS_FILE).read_text("utf-8"))
    assert made["compute_logs"] == logs
    assert made["retention"] == {"schedule": {"purge_after_days": 30}, "sensor": own["retention"]["sensor"]}
    assert made["run_coordinator"] == own["run_coordinator"] | {"config": {"dequeue_interval_seconds": 9}}
    assert "nux" not in made
    assert {key: made[key] for key in ("telemetry", "event_log_storage")} == {
        key: own[key] for key in ("telemetry", "event_log_storage")
    }
    assert path.read_bytes() == before


def test_an_entry_with_a_class_keeps_nothing_of_the_class_that_it_replaces(home):
    launcher = {"module": "dagster.core.run_coordinator", "class": "DefaultRunCoordinator"}
    say(home, {"run_coordinator": launcher})
    assert settings(home)["run_coordinator"] == launcher


def test_another_storage_replaces_the_event_log_of_the_project(home, tmp_path):
    say(home, {"storage": {"sqlite": {"base_dir": str(tmp_path / "elsewhere")}}})
    assert "event_log_storage" not in settings(home)
    prepared(home)
    assert (tmp_path / "elsewhere").is_dir()
    assert not (home.dagster / "history").exists()


def test_a_named_file_takes_precedence_and_is_named_to_other_processes_by_its_whole_path(home, tmp_path, monkeypatch):
    say(home, {"nux": {"enabled": True}})
    (tmp_path / "mine.yaml").write_text("telemetry: {enabled: true}", "utf-8")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("CPOWER_DAGSTER_YAML", "mine.yaml")
    made = settings(home)
    assert (made["nux"]["enabled"], made["telemetry"]["enabled"]) == (False, True)
    assert environment(home)["CPOWER_DAGSTER_YAML"] == str(tmp_path / "mine.yaml")


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("- storage", "expected a mapping of Dagster's settings"),
        ("storage: [", "1: invalid YAML"),
        ("1: 2", "a mapping of texts"),
        ("retentions: {}", "retentions"),
        ("storage: {oracle: {}}", "storage: .*oracle"),
        ("storage: postgres", "storage"),
        ("storage: {custom: {module: nowhere.at_all, class: Storage}}", "storage: there is no module nowhere.at_all"),
        ("run_launcher: {module: dagster, class: Rocket}", "run_launcher: the module dagster has no class Rocket"),
        ("run_launcher: {module: dagster, class: AssetKey}", "run_launcher: .* Dagster can configure"),
        (
            yaml.safe_dump({"compute_logs": LOCAL_LOGS | {"config": {"base_folder": "/x"}}}),
            "compute_logs: .*base_folder",
        ),
        ("storage: {sqlite: {base_dir: {env: NOT_SET_ANYWHERE}}}", "storage: .*base_dir: the environment variable"),
        ("retention: {schedule: {purge_after_days: many}}", "retention:schedule:purge_after_days: .* another type"),
    ],
)
def test_an_invalid_setting_is_told_with_file_and_key_before_anything_is_written(home, text, told):
    path = say(home, text)
    with pytest.raises(InvalidSetting, match=f"^{re.escape(str(path))}:.*{told}") as caught:
        prepared(home)
    assert "\n" not in str(caught.value)
    assert not (home.dagster / SETTINGS_FILE).exists()


def test_a_value_of_the_wrong_type_is_not_repeated_for_it_may_be_a_password(home):
    database = {"username": "x", "hostname": "x", "db_name": "x", "password": 7315902}
    say(home, {"storage": {"postgres": {"postgres_db": database}}})
    with pytest.raises(InvalidSetting, match="storage:postgres:postgres_db:password") as caught:
        settings(home)
    assert "7315902" not in str(caught.value)


def test_a_missing_file_is_named(home, tmp_path, monkeypatch):
    monkeypatch.setenv("CPOWER_DAGSTER_YAML", str(tmp_path / "none.yaml"))
    with pytest.raises(InvalidSetting, match=r"none\.yaml: cannot be read: No such file.*CPOWER_DAGSTER_YAML"):
        settings(home)
