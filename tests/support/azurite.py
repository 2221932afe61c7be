"""An Azure Blob storage of a test's own: Azurite, the emulator that Microsoft publishes, on a free port of loopback."""

import contextlib
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.servers import until

# The account and key that Microsoft publishes for the emulator.
ACCOUNT = "devstoreaccount1"
KEY = "Eby8vdM02xNOcqFlqUwJPLlmEtlCDXJ1OUzFT50uSRZ6IFsuFq2UVErCz4I6tq/K1SZFPTOtr/KBHBeksoGMGw=="


@contextlib.contextmanager
def azurite(folder: Path) -> Iterator[str]:
    """Yield the connection string of a running server that keeps its files in a folder; stop it at the end."""
    pytest.importorskip("adlfs", reason="needs the extra azure: pip install 'community-power[azure]'")
    program = shutil.which("azurite-blob")
    if not program:
        pytest.skip("needs Azurite: .ci/azurite.sh installs it")
    log = folder / "azurite.log"
    command = [program, "--blobPort", "0", "--location", str(folder), "--skipApiVersionCheck", "--disableTelemetry"]
    with log.open("wb") as output:
        process = subprocess.Popen([*command, "--silent"], stdout=output, stderr=subprocess.STDOUT)
    try:
        listens = re.compile(r"listens on (http://\S+)")
        until(lambda: listens.search(log.read_text("utf-8")) or process.poll() is not None, 60)
        found = listens.search(log.read_text("utf-8"))
        assert found, log.read_text("utf-8")
        yield (
            f"DefaultEndpointsProtocol=http;AccountName={ACCOUNT};AccountKey={KEY};BlobEndpoint={found[1]}/{ACCOUNT};"
        )
    finally:
        process.terminate()
        process.wait(20)
