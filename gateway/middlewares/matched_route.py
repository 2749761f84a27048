"""The row of the table of routes that a request has met."""

from __future__ import annotations

from aiohttp import web

from gateway.keys import ROUTES
from gateway.route import Route


def find_route(request: web.Request) -> Route | None:
    """Return the route of a request; None where no route has its path and method."""
    return request.app[ROUTES].get(request.match_info.route.name or "")
