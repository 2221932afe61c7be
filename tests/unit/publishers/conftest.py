"""Pulling from local servers, for the tests of each protocol."""

import ssl

import pytest
import trustme
from pytest_httpserver import HTTPServer

from tests.support.fake_services import Puller
from warehouse.catalogue import sources
from warehouse.publishers import PROTOCOLS
from warehouse.publishers.client import Client
from warehouse.publishers.limits import Limits, RateLimiter
from warehouse.storage.landing import Known


@pytest.fixture
def puller(tmp_path, monkeypatch):
    """A home of its own, and the means to pull a source of the catalogue into it from a local address."""
    return Puller(tmp_path, monkeypatch)


@pytest.fixture
def fetch():
    """Return what asks a local address for a source by its protocol: (what came, the number of requests)."""

    def run(source_id, address, known=None, **options):
        catalogued = sources()[source_id]
        source = catalogued.model_copy(
            update={
                "address": address,
                "hosts": ("localhost",),
                "schemes": ("http",),
                "max_requests_per_minute": None,
                "options": catalogued.options | options,
            }
        )
        with Client(source.id, Limits.of(source), sleep=lambda _: None, rate_limiter=RateLimiter()) as client:
            return PROTOCOLS[source.protocol](client, source, known or Known()), client.requests_made

    return run


@pytest.fixture(scope="module")
def authority():
    return trustme.CA()


@pytest.fixture(scope="module")
def encrypted(authority):
    """A server with a certificate that no machine trusts by itself."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("localhost").configure_cert(context)
    with HTTPServer(host="localhost", ssl_context=context) as server:
        yield server


@pytest.fixture
def trusted(authority, monkeypatch, tmp_path):
    """The test's own authority, trusted in the way in which a council trusts its own."""
    bundle = tmp_path / "authority.pem"
    authority.cert_pem.write_to_path(str(bundle))
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(bundle))


@pytest.fixture(autouse=True)
def without_a_trial(untried):
    """These tests are about what a protocol asks for and lands."""
