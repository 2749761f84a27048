"""The routes of grants."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import GRANTERS
from gateway.bodies.conditions import ETAG, IF_MATCH, describe_shown
from gateway.dialects.native.base import API
from gateway.dialects.native.grants import endpoints
from gateway.dialects.native.grants.answers import GrantAnswer, GrantsAnswer
from gateway.dialects.native.grants.models import GrantBody, GrantsQuery
from gateway.doc import NO_CONTENT, Answer, Body, Doc
from gateway.route import Endpoint, Route


def list_grant_routes() -> Sequence[Route]:
    """List the routes."""
    grants, grant = f"{API}/grants", f"{API}/grants/{{grant_id:[^/]+}}"
    listed = Doc(
        summary="List grants, all or those of a database, an application, a user.",
        query=GrantsQuery,
        answers={200: Answer(model=GrantsAnswer)},
    )
    created = Doc(
        summary="Let a user, or all users of the tenant, see an application.",
        body=Body(model=GrantBody, example={"database": "source", "application": "MyApp", "user": "*"}),
        answers={201: Answer(text="It is granted.", model=GrantAnswer, headers=ETAG)},
    )
    shown = describe_shown("Show a grant.", GrantAnswer)
    removed = Doc(summary="Take a grant back.", headers=IF_MATCH, answers={204: NO_CONTENT})
    return [
        _route("GET", grants, "grants.list", endpoints.list_grants, listed),
        _route("POST", grants, "grants.create", endpoints.create_grant, created),
        _route("GET", grant, "grants.get", endpoints.get_grant, shown),
        _route("DELETE", grant, "grants.remove", endpoints.remove_grant, removed),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint, doc: Doc) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, roles=GRANTERS)
