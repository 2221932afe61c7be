"""Why a request failed, and what to do about it, by HTTP status or by the error of the connection."""

from typing import NamedTuple

from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

from warehouse.errors import PublisherCause
from warehouse.publishers.address_guard import DnsTimeout, RefusedAddress
from warehouse.publishers.limits import Limits

REASONS = {
    202: "the file is not ready yet",
    401: "a login is required",
    403: "access is denied",
    404: "not found",
    410: "the file was removed",
    429: "rate limited",
}
# Statuses after which the file may be at another address.
MOVED = frozenset({301, 302, 303, 307, 308, 401, 403, 404, 410})
LATER = "Try again later; the last landed file stays in use."
CORRECT = "If the publisher has moved the file, correct the address or the hosts of the source in the catalogue."
NETWORK = f"Check the network connection. {LATER}"
CERTIFICATE = (
    "TLS verification cannot be disabled. Check the clock of this machine. If a proxy of your own decrypts the "
    "traffic, name its certificates in REQUESTS_CA_BUNDLE; otherwise tell the publisher."
)
CAUSES: dict[int, PublisherCause] = {401: "denied", 403: "denied", 404: "not_found", 410: "not_found"}
CAUSES[429] = "rate_limited"


class Explained(NamedTuple):
    """Why a request got no response, what to do, what was not as expected, and whether the host was not reached."""

    reason: str
    advice: str
    cause: PublisherCause = "unreachable"
    is_unreachable: bool = False


def explain_status(status: int) -> tuple[str, str, PublisherCause]:
    """Return (reason, advice, cause) of a status that is not a success."""
    other = "server error" if status >= 500 else "the request was rejected" if status >= 400 else "unexpected status"
    cause = CAUSES.get(status, "server_error" if status >= 500 else "rejected")
    return f"{REASONS.get(status, other)} (HTTP {status})", CORRECT if status in MOVED else LATER, cause


def explain_error(error: Exception, limits: Limits) -> Explained:
    """Return the explanation of a request that got no response."""
    held = error.args[0] if error.args else error
    match held.reason if isinstance(held, MaxRetryError) else held:
        case _ if isinstance(error, RefusedAddress):
            return Explained(str(error), "If the host is a mirror of your own, add it to `private_hosts`.")
        case SSLError() as cause:
            detail = getattr(cause.args[0], "verify_message", None) if cause.args else None
            reason = f"no trusted TLS connection ({detail})" if detail else "no trusted TLS connection"
            return Explained(reason, CERTIFICATE, "certificate")
        case ProxyError():
            return Explained("no connection to the proxy of this machine", "Check HTTPS_PROXY.", is_unreachable=True)
        case DnsTimeout() | NameResolutionError():
            return Explained("the host name cannot be resolved", NETWORK, is_unreachable=True)
        case NewConnectionError() as cause:
            problem = getattr(cause.__cause__, "strerror", None) or "no route"
            return Explained(f"no connection ({problem})", NETWORK, is_unreachable=True)
        case ConnectTimeoutError():
            return Explained(f"no connection within {limits.connect_s:g} s", NETWORK, "timeout", is_unreachable=True)
        case ReadTimeoutError():
            return Explained(f"no response within {limits.read_s:g} s", LATER, "timeout")
    return Explained("the connection was closed before a response", LATER)
