"""Whom readers of the report write to, and that an edition is of its contacts."""

import pytest

from warehouse.editions import publishing_code
from warehouse.errors import InvalidSetting
from warehouse.report.contacts import Contacts, contacts


@pytest.mark.parametrize(
    ("said", "found"),
    [
        ("", Contacts()),
        (" practices@example.org ", Contacts("practices@example.org")),
        ("https://example.org/issues", Contacts(web="https://example.org/issues")),
        (
            "https://example.org/issues, a.b+c@example.gov.uk,",
            Contacts("a.b+c@example.gov.uk", "https://example.org/issues"),
        ),
    ],
)
def test_the_setting_has_an_email_address_a_web_address_or_both(monkeypatch, said, found):
    monkeypatch.setenv("CPOWER_CONTACT", said)
    assert contacts() == found


@pytest.mark.parametrize(
    "said",
    ["the council", "a@example.org,b@example.org", "javascript:alert(1)", "a@example.org?cc=b@example.org"],
)
def test_another_text_is_refused_with_what_is_expected(monkeypatch, said):
    monkeypatch.setenv("CPOWER_CONTACT", said)
    with pytest.raises(InvalidSetting, match="CPOWER_CONTACT must be an email address, a web address, or both"):
        contacts()


def test_other_contacts_make_another_edition(monkeypatch):
    monkeypatch.delenv("CPOWER_CONTACT", raising=False)
    without = publishing_code.digest()
    monkeypatch.setenv("CPOWER_CONTACT", "practices@example.org")
    assert publishing_code.digest() != without
