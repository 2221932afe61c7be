"""Addresses: which are public, and how they are recorded. All are synthetic."""

import pytest

from warehouse.publishers.address_guard import is_public
from warehouse.publishers.addresses import as_https, bare, recordable

PUBLIC = ["151.101.0.144", "64:ff9b::9765:90", "2a00:1450:4009:80b::200e"]
PRIVATE = ["10.0.0.1", "127.0.0.1", "169.254.169.254", "100.64.0.1", "224.0.0.1", "0.0.0.0"]
PRIVATE += ["::1", "fe80::1%eth0", "fd00::1", "ff0e::1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:a00:1::"]


@pytest.mark.parametrize("address", PUBLIC + PRIVATE)
def test_public_addresses_are_recognised(address):
    assert is_public(address) == (address in PUBLIC)


@pytest.mark.parametrize(
    ("address", "recorded"),
    [
        ("https://a.example/f?geography=TYPE424&date=latest", "https://a.example/f?geography=TYPE424&date=latest"),
        ("https://a.example/f?keywords=a%20b&guid=1", "https://a.example/f?keywords=a%20b&guid=1"),
        ("https://a.example/f?uid=0x1&q=1#x", "https://a.example/f?uid=***&q=1"),
        ("https://a.example/f?X-Amz-Signature=1&X-Amz-Security-Token=2&id=3",
         "https://a.example/f?X-Amz-Signature=***&X-Amz-Security-Token=***&id=3"),
        ("https://a.example/f?AWSAccessKeyId=1&sig=2&apikey=3", "https://a.example/f?AWSAccessKeyId=***&sig=***&apikey=***"),
        ("https://me:word@a.example/f", "https://a.example/f"),
    ],
)  # fmt: skip
def test_an_address_is_recorded_without_secrets(address, recorded):
    assert recordable(address) == recorded
    assert bare(address) == "https://a.example/f"


@pytest.mark.parametrize(
    ("address", "asked"),
    [
        ("http://a.example/f?x=http://b.example", "https://a.example/f?x=http://b.example"),
        ("HTTP://a.example:80/f", "https://a.example/f"),
        ("http://a.example:80", "https://a.example"),
        ("http://a.example:8080/f:80", "https://a.example:8080/f:80"),
        ("https://a.example:80/f", "https://a.example:80/f"),
        ("ftp://a.example/f", "ftp://a.example/f"),
        ("/f?next=http://a.example", "/f?next=http://a.example"),
    ],
)
def test_an_http_address_becomes_https(address, asked):
    assert as_https(address) == asked
