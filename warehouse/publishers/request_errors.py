"""Why a request failed, and what to do about it, by HTTP status or by the error of the connection."""

from urllib3.exceptions import (
    ConnectTimeoutError,
    MaxRetryError,
    NameResolutionError,
    NewConnectionError,
    ProxyError,
    ReadTimeoutError,
    SSLError,
)

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


def explain_status(status: int) -> tuple[str, str]:
    """Return (reason, advice) of a status that is not a success."""
    other = "server error" if status >= 500 else "the request was rejected" if status >= 400 else "unexpected status"
    return f"{REASONS.get(status, other)} (HTTP {status})", CORRECT if status in MOVED else LATER


def explain_error(error: Exception, limits: Limits) -> tuple[str, str, bool]:
    """Return (reason, advice, whether the host was not reached) of a request that got no response."""
    held = error.args[0] if error.args else error
    match held.reason if isinstance(held, MaxRetryError) else held:
        case _ if isinstance(error, RefusedAddress):
            return str(error), "If the host is a mirror of your own, add it to `private_hosts`.", False
        case SSLError() as cause:
            detail = getattr(cause.args[0], "verify_message", None) if cause.args else None
            reason = f"no trusted TLS connection ({detail})" if detail else "no trusted TLS connection"
            return reason, "TLS verification cannot be disabled.", False
        case ProxyError():
            return "no connection to the proxy of this machine", "Check HTTPS_PROXY.", True
        case DnsTimeout() | NameResolutionError():
            return "the host name cannot be resolved", NETWORK, True
        case NewConnectionError() as cause:
            return f"no connection ({getattr(cause.__cause__, 'strerror', None) or 'no route'})", NETWORK, True
        case ConnectTimeoutError():
            return f"no connection within {limits.connect_s:g} s", NETWORK, True
        case ReadTimeoutError():
            return f"no response within {limits.read_s:g} s", LATER, False
    return "the connection was closed before a response", LATER, False
