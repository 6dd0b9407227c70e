"""What keeps the explorer to this machine: it answers to its names only, and its pages ask nobody else."""

import ipaddress
import socket

from dash import Dash
from flask import Response, abort, request

__all__ = ["guard", "is_loopback", "may_ask"]

LOCAL = "localhost"
MOST_BYTES = 1_000_000
"""A question of a page is small, bytes."""


def is_loopback(host: str) -> bool:
    """Tell whether an address is reached from this machine only."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == LOCAL


def may_ask(asked: str, *, host: str) -> bool:
    """Tell whether a request for this name is meant for this server.

    A page of somebody else can make its own name point to this machine (DNS rebinding) and then read what is
    served here; its requests still carry that name. An address needs no name, so it cannot be such a page.

    Parameters
    ----------
    asked : str
        Host of the request, without its port.
    host : str
        Address on which the explorer is served.
    """
    name = asked.strip("[]").lower()
    try:
        address = ipaddress.ip_address(name)
    except ValueError:
        known = {LOCAL, host.lower()}
        if not is_loopback(host):
            known |= {socket.gethostname().lower(), socket.getfqdn().lower()}
        return name in known
    return address.is_loopback or not is_loopback(host)


def guard(app: Dash, *, host: str) -> None:
    """Refuse requests for other names, and let the pages load nothing from elsewhere.

    Parameters
    ----------
    app : Dash
        The explorer, with all its callbacks.
    host : str
        Address on which it is served.
    """
    server = app.server
    server.config["MAX_CONTENT_LENGTH"] = MOST_BYTES
    policy = "; ".join(
        (
            "default-src 'self'",
            f"script-src 'self' {' '.join(app.csp_hashes())}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data: blob:",
            "object-src 'none'",
            "base-uri 'none'",
            "form-action 'none'",
            "frame-ancestors 'none'",
        )
    )
    headers = {
        "Content-Security-Policy": policy,
        "X-Content-Type-Options": "nosniff",
        "X-Frame-Options": "DENY",
        "Referrer-Policy": "no-referrer",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Cross-Origin-Opener-Policy": "same-origin",
    }

    def check_host() -> None:
        if not may_ask(_host_of(request.host), host=host):
            abort(403, "This explorer answers to the names of its own machine only.")

    def add_headers(response: Response) -> Response:
        response.headers.update(headers)
        return response

    server.before_request(check_host)
    server.after_request(add_headers)


def _host_of(netloc: str) -> str:
    """Return the host of `host:port` or `[address]:port`."""
    if netloc.startswith("["):
        return netloc.partition("]")[0] + "]"
    return netloc.rpartition(":")[0] or netloc
