"""The routes of keys."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.keys import endpoints
from gateway.route import Access, Endpoint, Route


def list_key_routes() -> Sequence[Route]:
    """List the routes."""
    keys, key = f"{API}/keys", f"{API}/keys/{{key_id:[^/]+}}"
    return [
        _route("GET", keys, "keys.list", endpoints.list_keys),
        _route("POST", keys, "keys.create", endpoints.create_key),
        _route("POST", f"{key}/rotate", "keys.rotate", endpoints.rotate_key),
        _route("DELETE", key, "keys.remove", endpoints.remove_key),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint) -> Route:
    # A SUPER_ADMIN has keys without a tenant.
    return Route(method=method, path=path, name=name, endpoint=endpoint, access=Access.USER)
