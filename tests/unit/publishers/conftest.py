"""Pulling from local servers, for the tests of each protocol."""

import ssl

import pytest
import trustme
from pytest_httpserver import HTTPServer

from assets.landing.trial_build import try_file
from tests.support.fake_services import Puller


@pytest.fixture
def puller(tmp_path, monkeypatch):
    """A home of its own, and the means to pull a source of the catalogue into it from a local address."""
    return Puller(tmp_path, monkeypatch)


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


@pytest.fixture(scope="session")
def trials():
    """What each file that was pulled would make of a build, by all that a trial depends on."""
    return {}


@pytest.fixture(autouse=True)
def tried_once(trials, monkeypatch):
    """Try a file once: many tests pull the same file, each into an empty home, and a trial takes half a second."""

    def remembered(parsers, landing, file, read, replaced=(), beside=()):
        here = [item for source_id in parsers for item in landing.current(source_id)]
        files = ([file], replaced, [other for other, _ in beside], here)
        key = tuple(tuple((item.source_id, item.sha256, item.licence) for item in part) for part in files)
        if key not in trials:
            trials[key] = try_file(parsers, landing, file, read, replaced, beside)
        return trials[key]

    monkeypatch.setattr("assets.landing.ingest_file.try_file", remembered)
