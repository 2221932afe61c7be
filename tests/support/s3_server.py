"""An S3 server on this machine, and a count of the requests that are made to it."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from aiobotocore.client import AioBaseClient
from moto.server import ThreadedMotoServer
from s3fs import S3FileSystem

KEYS = {"AWS_ACCESS_KEY_ID": "synthetic", "AWS_SECRET_ACCESS_KEY": "synthetic", "AWS_DEFAULT_REGION": "us-east-1"}


@contextmanager
def s3_server() -> Iterator[dict[str, str]]:
    """Start the server, set the variables by which clients find it, and yield them."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    # Clients are kept by their options, and the port is not one of them.
    S3FileSystem.clear_instance_cache()
    host, port = server.get_host_and_port()
    variables = {**KEYS, "AWS_ENDPOINT_URL_S3": f"http://{host}:{port}"}
    with pytest.MonkeyPatch.context() as patch:
        for name, value in variables.items():
            patch.setenv(name, value)
        yield variables
    server.stop()


@contextmanager
def counted() -> Iterator[Counter[str]]:
    """Yield the requests that this process makes meanwhile, by operation."""
    found: Counter[str] = Counter()
    real = AioBaseClient._make_api_call

    async def counting(self, operation, parameters):
        found[operation] += 1
        return await real(self, operation, parameters)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(AioBaseClient, "_make_api_call", counting)
        yield found
