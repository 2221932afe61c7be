"""The user's own settings of Dagster, merged over those of the project: another storage, run launcher or retention."""

import importlib
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import yaml
from dagster import DagsterInvalidConfigError
from dagster._check import CheckError
from dagster._config import EvaluationError, process_config, resolve_to_config_type
from dagster._config.errors import DagsterEvaluationErrorReason
from dagster._config.stack import get_friendly_path_info
from dagster._core.instance.ref import InstanceRef
from dagster._serdes import ConfigurableClassData

from warehouse.errors import InvalidSetting
from warehouse.storage.home import OVERRIDE, Home

VARIABLE = "CPOWER_DAGSTER_YAML"
# Dagster refuses the first of each pair beside the others, which the project sets.
REPLACES = {"storage": ("run_storage", "event_log_storage", "schedule_storage"), "run_queue": ("run_coordinator",)}
POSTGRES = "dagster_postgres"
# Dagster's notifications need this driver; without a name SQLAlchemy 2.1 takes another.
DRIVER = "postgresql+psycopg2"


def override_file(home: Home) -> Path | None:
    """Return the file of the user's settings: the one that `CPOWER_DAGSTER_YAML` names, or that of the home, if any."""
    if named := os.environ.get(VARIABLE, "").strip():
        return Path(named).absolute()
    path = home.root / OVERRIDE
    return path if path.exists() else None


def overridden(own: Mapping[str, Any], home: Home) -> dict[str, Any]:
    """Return the settings of the project with those of the user merged over them.

    Mappings are merged by key. An entry with a class replaces the project's entry whole, and null removes it, so that
    Dagster's default applies. Raises `InvalidSetting` with file and key for a file or a setting that Dagster could not
    use; nothing is written or connected.
    """
    file = override_file(home)
    if file is None:
        return dict(own)
    said = _read(file)
    gone = {name for key, others in REPLACES.items() if key in said for name in others}
    settings = merged({key: value for key, value in own.items() if key not in gone}, said)
    _require_usable(file, settings, [key for key in said if key in settings])
    return _with_driver(settings)


def merged(own: Mapping[str, Any], over: Mapping[str, Any]) -> dict[str, Any]:
    """Return one mapping merged over another, as `overridden` describes."""
    result = dict(own)
    for key, value in over.items():
        before = own.get(key)
        if value is None:
            result.pop(key, None)
        elif isinstance(before, Mapping) and isinstance(value, Mapping) and "class" not in value:
            result[key] = merged(before, value)
        else:
            result[key] = value
    return result


def _read(file: Path) -> dict[str, Any]:
    """Return the content of a YAML file that is a mapping, or is empty."""
    try:
        said = yaml.safe_load(file.read_text("utf-8"))
    except OSError as error:
        raise InvalidSetting(f"{file}: cannot be read: {error.strerror}. Correct {VARIABLE} or the file.") from None
    except UnicodeDecodeError:
        raise InvalidSetting(f"{file}: expected YAML in UTF-8, got other bytes.") from None
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        raise InvalidSetting(f"{file}:{line}: invalid YAML: {error.problem}.") from None
    except yaml.YAMLError:
        raise InvalidSetting(f"{file}: invalid YAML.") from None
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise InvalidSetting(
            f"{file}: expected a mapping of Dagster's settings, as in dagster.yaml, got something else."
        )
    return said


def _require_usable(file: Path, settings: Mapping[str, Any], keys: Iterable[str]) -> None:
    """Raise `InvalidSetting` unless Dagster accepts the settings and can import the classes under some keys."""
    with TemporaryDirectory() as folder:
        Path(folder, "dagster.yaml").write_text(yaml.safe_dump(dict(settings)), "utf-8")
        try:
            reference = InstanceRef.from_dir(folder)
        except DagsterInvalidConfigError as error:
            told = "; ".join(map(_told, error.errors or [])) or str(error).splitlines()[0].replace(
                " at dagster.yaml", ""
            )
            raise InvalidSetting(f"{file}: {told}") from None
        except (TypeError, CheckError):
            raise InvalidSetting(f"{file}: expected a mapping of texts to settings, as in dagster.yaml.") from None
    for key in keys:
        named = settings[key]
        if key == "storage" and reference.storage_data:
            config = _require_class(file, key, reference.storage_data)
            if str(config.get("postgres_url", DRIVER)).partition("://")[0] != DRIVER:
                raise InvalidSetting(f"{file}: storage:postgres:postgres_url: start the address with {DRIVER}://.")
        elif isinstance(named, Mapping) and {"module", "class"} <= set(named):
            config_yaml = yaml.safe_dump(named.get("config") or {})
            _require_class(file, key, ConfigurableClassData(named["module"], named["class"], config_yaml))


def _require_class(file: Path, key: str, named: ConfigurableClassData) -> Mapping[str, Any]:
    """Return the configuration of a class, with variables replaced; raise `InvalidSetting` if it is not valid."""
    module, name = named.module_name, named.class_name
    try:
        found = getattr(importlib.import_module(module), name)
    except ImportError:
        extra = "community-power[postgres]" if module.partition(".")[0] == POSTGRES else "the package that has it"
        raise InvalidSetting(f"{file}: {key}: there is no module {module}. Install {extra}, or correct it.") from None
    except AttributeError:
        raise InvalidSetting(f"{file}: {key}: the module {module} has no class {name}.") from None
    if not hasattr(found, "config_type"):
        raise InvalidSetting(f"{file}: {key}: {module}.{name} is not a class that Dagster can configure.")
    result = process_config(resolve_to_config_type(found.config_type()), dict(named.config_dict))
    if not result.success:
        raise InvalidSetting(f"{file}: {key}: {'; '.join(map(_told, result.errors or []))}")
    return result.value or {}


def _with_driver(settings: dict[str, Any]) -> dict[str, Any]:
    """Return the settings with the driver of PostgreSQL named, if its parts are given."""
    storage = settings.get("storage", {})
    if database := storage.get("postgres", {}).get("postgres_db"):
        return settings | {
            "storage": {"postgres": storage["postgres"] | {"postgres_db": {"scheme": DRIVER} | database}}
        }
    return settings


def _told(error: EvaluationError) -> str:
    """Return what is wrong with a setting, without its value, which can be a password."""
    place = get_friendly_path_info(error.stack)[1].removeprefix("root:").removeprefix("root") or "settings"
    if error.reason is DagsterEvaluationErrorReason.RUNTIME_TYPE_MISMATCH:
        return f"{place}: a value of another type was expected."
    if error.reason is DagsterEvaluationErrorReason.FAILED_POST_PROCESSING:
        return f"{place}: the environment variable that it names is not set, or its value is of another type."
    return f"{place}: {error.message.partition(' Expected: ')[0].splitlines()[0]}"
