"""The routes of grants."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import GRANTERS
from gateway.dialects.native.base import API
from gateway.dialects.native.grants import endpoints
from gateway.dialects.native.grants.answers import GrantAnswer, GrantsAnswer
from gateway.dialects.native.grants.models import GrantBody, GrantsQuery
from gateway.doc import NO_CONTENT, Answer, Body, Doc
from gateway.route import Endpoint, Route


def list_grant_routes() -> Sequence[Route]:
    """List the routes."""
    grants = f"{API}/grants"
    listed = Doc(
        summary="List grants, all or those of a database, an application, a user.",
        query=GrantsQuery,
        answers={200: Answer(model=GrantsAnswer)},
    )
    created = Doc(
        summary="Let a user, or all users of the tenant, see an application.",
        body=Body(model=GrantBody, example={"database": "source", "application": "MyApp", "user": "*"}),
        answers={201: Answer(text="It is granted.", model=GrantAnswer)},
    )
    removed = Doc(summary="Take a grant back.", answers={204: NO_CONTENT})
    return [
        _route("GET", grants, "grants.list", endpoints.list_grants, listed),
        _route("POST", grants, "grants.create", endpoints.create_grant, created),
        _route("DELETE", f"{grants}/{{grant_id:[^/]+}}", "grants.remove", endpoints.remove_grant, removed),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint, doc: Doc) -> Route:
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, roles=GRANTERS)
