"""Alerts: one message for each cause, by mail or to a webhook.

A failed run and a stale source are causes. An alert that cannot be sent fails nothing: the reason is reported, without
addresses, and never raised.
"""

import os
import smtplib
import ssl
from collections.abc import Callable
from dataclasses import dataclass
from email.message import EmailMessage
from ipaddress import ip_address
from urllib.parse import unquote, urlsplit

from orchestration.secret_settings import secret
from warehouse.errors import CommunityPowerError, InvalidSetting

SMTP, TO, FROM, WEBHOOK = "CPOWER_SMTP", "CPOWER_ALERT_TO", "CPOWER_ALERT_FROM", "CPOWER_ALERT_WEBHOOK"
SMTP_PASSWORD = "CPOWER_SMTP_PASSWORD"
SECONDS = 10
PORTS = {"smtp": 25, "smtps": 465}


@dataclass(frozen=True)
class Alert:
    """What to tell: a title of one line, and a text with what to do and what happened."""

    title: str
    text: str


Channel = Callable[[Alert], None]


class _Refused(Exception):
    """The receiver refused an alert; the message says how, without its address."""


def channels() -> dict[str, Channel]:
    """Return the ways by which alerts are sent, by name; none if no variable is set.

    Raises `InvalidSetting` for a variable with which no alert could be sent.
    """
    found: dict[str, Channel] = {}
    if address := os.environ.get(SMTP):
        found["mail"] = _mail(address)
    if address := secret(WEBHOOK):
        found["webhook"] = _webhook(address)
    return found


def send(alert: Alert) -> str | None:
    """Send an alert by every channel; return None if all have it, or why one has not.

    An empty text means that there is no channel.
    """
    try:
        ways = channels()
    except CommunityPowerError as error:
        return str(error)
    if not ways:
        return ""
    return "; ".join(f"{name}: {reason}" for name, way in ways.items() if (reason := _attempt(way, alert))) or None


def _attempt(way: Channel, alert: Alert) -> str:
    """Send by one channel; return why it failed. Messages of libraries can contain an address, so they are left out."""
    try:
        way(alert)
    except smtplib.SMTPResponseException as error:
        return f"the mail server answered with code {error.smtp_code}"
    except _Refused as error:
        return str(error)
    except (OSError, ValueError, smtplib.SMTPException) as error:
        return f"not sent ({type(error).__name__})"
    return ""


def _webhook(address: str) -> Channel:
    if urlsplit(address).scheme not in ("http", "https"):
        raise InvalidSetting(f"{WEBHOOK}: expected an address that starts with https:// or http://.")

    def post(alert: Alert) -> None:
        # Imported here, since every start of the code location would wait for it.
        import requests

        said = {"title": alert.title, "text": f"{alert.title}\n{alert.text}"}
        answer = requests.post(address, json=said, timeout=SECONDS, allow_redirects=False)
        if answer.status_code >= 300:
            raise _Refused(f"the receiver answered with status {answer.status_code}")

    return post


def _mail(address: str) -> Channel:
    named = urlsplit(address)
    receivers = [part.strip() for part in os.environ.get(TO, "").split(",") if part.strip()]
    if named.scheme not in PORTS or not named.hostname or named.password:
        raise InvalidSetting(f"{SMTP}: expected smtp://USER@HOST:587 or smtps://USER@HOST:465, without a password.")
    if not receivers or not all("@" in receiver for receiver in receivers):
        raise InvalidSetting(f"{TO}: expected email addresses with commas between them; {SMTP} is set.")
    host, port, user = named.hostname, named.port or PORTS[named.scheme], unquote(named.username or "")
    password = secret(SMTP_PASSWORD)

    def mail(alert: Alert) -> None:
        message = EmailMessage()
        message["Subject"] = f"Community Power: {alert.title}"
        message["From"], message["To"] = os.environ.get(FROM) or receivers[0], ", ".join(receivers)
        message.set_content(alert.text)
        secure = ssl.create_default_context()
        if named.scheme == "smtps":
            server: smtplib.SMTP = smtplib.SMTP_SSL(host, port, timeout=SECONDS, context=secure)
        else:
            server = smtplib.SMTP(host, port, timeout=SECONDS)
        with server:
            server.ehlo()
            is_encrypted = named.scheme == "smtps"
            if not is_encrypted and server.has_extn("starttls"):
                server.starttls(context=secure)
                is_encrypted = True
            if user and password:
                if not is_encrypted and not _is_loopback(host):
                    raise _Refused(f"{SMTP}: the server has no TLS, so the password was not sent. Use smtps://.")
                server.login(user, password)
            server.send_message(message)

    return mail


def _is_loopback(host: str) -> bool:
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
