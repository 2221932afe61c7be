"""The password of a server, which a client gives by HTTP Basic with any user name."""

import base64
import binascii
import hashlib
import hmac

from starlette.requests import HTTPConnection
from starlette.responses import PlainTextResponse, Response
from starlette.types import ASGIApp, Receive, Scope, Send


def refusal_without_password(request: HTTPConnection, password: str | None) -> Response | None:
    """Return the answer to a request that lacks the password of the server, or None."""
    if password is None or _is_admitted(request.headers.get("authorization", ""), password):
        return None
    asking = {"WWW-Authenticate": 'Basic realm="Community Power", charset="UTF-8"'}
    return PlainTextResponse("A password is needed.", 401, asking)


class PasswordGuard:
    """ASGI middleware that refuses requests without the password; None for a server without one."""

    def __init__(self, app: ASGIApp, password: str | None) -> None:
        self.app = app
        self.password = password

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, or answer it with the refusal."""
        if scope["type"] == "lifespan":
            await self.app(scope, receive, send)
        else:
            await (refusal_without_password(HTTPConnection(scope), self.password) or self.app)(scope, receive, send)


def _is_admitted(authorization: str, password: str) -> bool:
    scheme, _, credentials = authorization.partition(" ")
    try:
        given = base64.b64decode(credentials, validate=True).partition(b":")[2]
    except (binascii.Error, ValueError):
        return False
    # Digests have one length, so the time of the comparison does not depend on the given password.
    same = hmac.compare_digest(hashlib.sha256(given).digest(), hashlib.sha256(password.encode()).digest())
    return same and scheme.lower() == "basic"
