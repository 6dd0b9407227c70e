"""Serve the explorer until it is interrupted."""

import errno
import logging
import socket
from collections.abc import Callable

from werkzeug.serving import make_server

from lithicoat.analysis.errors import DataError
from lithicoat.analysis.explorer.app import make_app
from lithicoat.analysis.explorer.library import Library

__all__ = ["listening", "serve"]


def serve(library: Library, *, host: str, port: int, announce: Callable[[str], None]) -> None:
    """Serve the explorer until it is interrupted (Ctrl-C).

    Parameters
    ----------
    library : Library
        The database.
    host : str
        Address to listen on.
    port : int
        Port; 0 takes one that is free.
    announce : callable
        Is told the address of the pages once they can be opened.

    Raises
    ------
    DataError
        If nothing can be served on that address and port.
    """
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with listening(host, port) as open_socket:
        found = open_socket.getsockname()[1]
        app = make_app(library, host=host)
        server = make_server(host, found, app.server, threaded=True, fd=open_socket.fileno())
        shown = f"[{host}]" if ":" in host else host
        announce(f"http://{shown}:{found}/")
        server.serve_forever()


def listening(host: str, port: int) -> socket.socket:
    """Return a socket that listens there.

    Raises
    ------
    DataError
        If the port is taken, or the address is none of this machine.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host, port), family=family, backlog=128)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise DataError(
                f"port {port} of {host} is taken by another program",
                where="--port",
                hint="--port 0 takes one that is free",
            ) from error
        raise DataError(
            f"nothing can be served on port {port} of {host}: {error.strerror or error}",
            where="--port" if error.errno == errno.EACCES else "--host",
            hint="ports below 1024 are the system's" if error.errno == errno.EACCES else "--host 127.0.0.1",
        ) from error
