"""Runs the read-only server of the editions of a home until stopped, for `cpower serve`."""

import contextlib

import uvicorn
from starlette.middleware import Middleware

from orchestration.secret_settings import secret
from orchestration.server.listening import PASSWORD, AnnouncedServer, find_address, listening, require_password
from orchestration.server.password import PasswordGuard
from warehouse.editions.find import current
from warehouse.serving import app
from warehouse.storage.home import Home


def serve(home: Home, host: str, port: int) -> None:
    """Serve the editions of a home until SIGINT or SIGTERM; port 0 takes a free one.

    The password is the secret `CPOWER_PASSWORD`; without it, anyone who reaches the server may read.
    Raises `CannotServe` if the address cannot be used or needs a password, and `NotBuilt` if there is no edition.
    """
    current(home)
    password = secret(PASSWORD)
    address = find_address(host, port)
    require_password(address, password, "could read all editions")
    served = app.create(home)
    served.user_middleware.insert(0, Middleware(PasswordGuard, password=password))
    config = uvicorn.Config(served, log_level="warning", access_log=False, server_header=False)
    # uvicorn ends by raising the signal again that stopped it.
    with listening(address) as listener, contextlib.suppress(KeyboardInterrupt):
        AnnouncedServer(config, "The editions are", address.url(listener)).run(sockets=[listener])
