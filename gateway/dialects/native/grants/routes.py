"""The routes of grants."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.grants import endpoints
from gateway.rights import GRANTERS
from gateway.route import Endpoint, Route


def list_grant_routes() -> Sequence[Route]:
    """List the routes."""
    grants = f"{API}/grants"
    return [
        _route("GET", grants, "grants.list", endpoints.list_grants),
        _route("POST", grants, "grants.create", endpoints.create_grant),
        _route("DELETE", f"{grants}/{{grant_id:[^/]+}}", "grants.remove", endpoints.remove_grant),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, roles=GRANTERS)
