"""Health check: exits with 0 if the server on a port of this container answers, also if it asks for the password."""

import http.client
import sys

SECONDS = 8


def is_answering(port: int) -> bool:
    """Return whether a server answers without an error of its own."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=SECONDS)
    try:
        connection.request("GET", "/")
        return connection.getresponse().status < 500
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()


if __name__ == "__main__":
    sys.exit(not is_answering(int(sys.argv[1])))
