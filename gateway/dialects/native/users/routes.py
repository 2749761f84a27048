"""The routes of users."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import ADMINISTRATORS
from gateway.bodies.conditions import ETAG, IF_MATCH, describe_shown
from gateway.dialects.native.base import API
from gateway.dialects.native.paging import PartQuery
from gateway.dialects.native.users import endpoints
from gateway.dialects.native.users.answers import UserAnswer, UsersAnswer
from gateway.dialects.native.users.models import NewUserBody, UserChangeBody
from gateway.doc import LOCATION, NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Endpoint, Route


def list_user_routes() -> Sequence[Route]:
    """List the routes."""
    users, user = f"{API}/users", f"{API}/users/{{user:[^/]+}}"
    created = Doc(
        summary="Make a user.",
        body=Body(model=NewUserBody, example={"user": "ann", "roles": ["importer"], "name": "Ann of the night shift"}),
        answers={201: Answer(text="It is made.", model=UserAnswer, headers={**LOCATION, **ETAG})},
        refusals=refusals(409),
    )
    changed = Doc(
        summary="Change a user; what is not named stays.",
        body=Body(model=UserChangeBody, example={"disabled": True}),
        headers=IF_MATCH,
        answers={200: Answer(model=UserAnswer, headers=ETAG)},
        refusals=refusals(409),
    )
    listed = Doc(summary="List the tenant's users.", query=PartQuery, answers={200: Answer(model=UsersAnswer)})
    shown = describe_shown("Show a user.", UserAnswer)
    removed = Doc(
        summary="Remove a user with all keys.",
        headers=IF_MATCH,
        answers={204: NO_CONTENT},
        refusals=refusals(409),
    )
    return [
        _route("GET", users, "users.list", endpoints.list_users, listed),
        _route("POST", users, "users.create", endpoints.create_user, created),
        _route("GET", user, "users.get", endpoints.get_user, shown),
        _route("PATCH", user, "users.change", endpoints.change_user, changed),
        _route("DELETE", user, "users.remove", endpoints.remove_user, removed),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint, doc: Doc) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, roles=ADMINISTRATORS)
