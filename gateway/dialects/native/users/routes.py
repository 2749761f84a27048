"""The routes of users."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.users import endpoints
from gateway.rights import ADMINISTRATORS
from gateway.route import Endpoint, Route


def list_user_routes() -> Sequence[Route]:
    """List the routes."""
    users, user = f"{API}/users", f"{API}/users/{{user:[^/]+}}"
    return [
        _route("GET", users, "users.list", endpoints.list_users),
        _route("POST", users, "users.create", endpoints.create_user),
        _route("GET", user, "users.get", endpoints.get_user),
        _route("PATCH", user, "users.change", endpoints.change_user),
        _route("DELETE", user, "users.remove", endpoints.remove_user),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, roles=ADMINISTRATORS)
