"""A PostgreSQL server of a test's own: Debian's programs, a new cluster, a password, a free port on loopback."""

import contextlib
import os
import pwd
import shutil
import socket
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from tempfile import mkdtemp

import pytest

USER, DATABASE, PASSWORD = "dagster", "dagster", "made up for a test, 3b9e"
SETTINGS = ("listen_addresses=127.0.0.1", "unix_socket_directories=", "fsync=off", "synchronous_commit=off")


@dataclass(frozen=True)
class Postgres:
    """A running server: its port, and a file of passwords as libpq reads it."""

    port: int
    passfile: Path

    def storage(self) -> dict[str, object]:
        """Return the storage of Dagster's settings for this server; the password is in the file only."""
        return {
            "postgres": {
                "postgres_db": {
                    "username": USER,
                    "hostname": "127.0.0.1",
                    "port": self.port,
                    "db_name": DATABASE,
                    "params": {"passfile": str(self.passfile)},
                }
            }
        }


def programs() -> Path:
    """Return the folder of PostgreSQL's programs; skip the test, and say so, where there is none."""
    pytest.importorskip("dagster_postgres", reason="needs the extra postgres: pip install 'community-power[postgres]'")
    found = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    named = shutil.which("initdb")
    if not found and not named:
        pytest.skip("needs PostgreSQL (Debian package postgresql)")
    return (found[-1] if found else Path(str(named))).parent


@contextlib.contextmanager
def postgres() -> Iterator[Postgres]:
    """Yield a running server with one empty database; it and its files are removed at the end."""
    bin_folder = programs()
    # PostgreSQL refuses to run as root.
    user = "postgres" if os.getuid() == 0 else pwd.getpwuid(os.getuid()).pw_name
    as_user = ["runuser", "-u", user, "--"] if os.getuid() == 0 else []
    folder = Path(mkdtemp(prefix="community-power-postgres-"))
    shutil.chown(folder, user)

    def run(program: str, *arguments: str, **variables: str) -> None:
        done = subprocess.run(
            [*as_user, str(bin_folder / program), *arguments],
            cwd=folder,
            env=os.environ | variables,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=(log := folder / "programs.log").open("a"),
            check=False,
            timeout=60,
        )
        assert done.returncode == 0, log.read_text("utf-8")

    secret, passfile = folder / "password", folder / "passfile"
    secret.write_text(PASSWORD, "utf-8")
    shutil.chown(secret, user)
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    passfile.write_text(f"127.0.0.1:{port}:*:{USER}:{PASSWORD}\n", "utf-8")
    passfile.chmod(0o600)
    data = str(folder / "data")
    try:
        run("initdb", "-D", data, "-U", USER, "-A", "scram-sha-256", "--pwfile", str(secret), "--no-sync", "-E", "UTF8")
        options = " ".join(f"-c {setting}" for setting in (*SETTINGS, f"port={port}"))
        run("pg_ctl", "start", "-w", "-D", data, "-l", str(folder / "server.log"), "-o", options)
        try:
            run("createdb", "-h", "127.0.0.1", "-p", str(port), "-U", USER, DATABASE, PGPASSWORD=PASSWORD)
            yield Postgres(port, passfile)
        finally:
            run("pg_ctl", "stop", "-m", "immediate", "-D", data)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
