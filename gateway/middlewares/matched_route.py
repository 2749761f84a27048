"""What figures and spans name of a request: the row of the table of routes that it has met, and its method."""

from __future__ import annotations

from typing import Final

from aiohttp import web

from gateway.keys import ROUTES
from gateway.route import Route

_METHODS: Final = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})


def find_route(request: web.Request) -> Route | None:
    """Return the route of a request; None where no route has its path and method."""
    return request.app[ROUTES].get(request.match_info.route.name or "")


def find_method(request: web.Request) -> str | None:
    """Return the method of a request; None for one that is not known: callers make any up."""
    return request.method if request.method in _METHODS else None
