"""The routes of keys."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bodies.conditions import ETAG, IF_MATCH, describe_shown
from gateway.dialects.native.base import API
from gateway.dialects.native.keys import endpoints
from gateway.dialects.native.keys.answers import KeyAnswer, KeysAnswer, NewKeyAnswer
from gateway.dialects.native.keys.models import KeysQuery, NewKeyBody
from gateway.doc import NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Access, Endpoint, Route

_KEYS, _NEW = Answer(model=KeysAnswer), Answer(text="It is made.", model=NewKeyAnswer, headers=ETAG)


def list_key_routes() -> Sequence[Route]:
    """List the routes."""
    keys, key = f"{API}/keys", f"{API}/keys/{{key_id:[^/]+}}"
    listed = Doc(
        summary="List keys: one's own, or another user's.",
        query=KeysQuery,
        answers={200: _KEYS},
        refusals=refusals(403),
    )
    created = Doc(
        summary="Make a key; its text is shown this once.",
        body=Body(model=NewKeyBody, example={"name": "for the nightly export", "expires": "2127-01-01T00:00:00Z"}),
        answers={201: _NEW},
        refusals=refusals(403, 409),
    )
    rotated = Doc(
        summary="Change a key for a new one; the old one ends at once.",
        headers=IF_MATCH,
        answers={201: _NEW},
        refusals=refusals(409),
    )
    shown = describe_shown("Show what may be known of a key.", KeyAnswer)
    removed = Doc(summary="End a key.", headers=IF_MATCH, answers={204: NO_CONTENT})
    return [
        _route("GET", keys, "keys.list", endpoints.list_keys, listed),
        _route("POST", keys, "keys.create", endpoints.create_key, created),
        _route("POST", f"{key}/rotate", "keys.rotate", endpoints.rotate_key, rotated),
        _route("GET", key, "keys.get", endpoints.get_key, shown),
        _route("DELETE", key, "keys.remove", endpoints.remove_key, removed),
    ]


def _route(method: str, path: str, name: str, endpoint: Endpoint, doc: Doc) -> Route:
    # A SUPER_ADMIN has keys without a tenant.
    return Route(method=method, path=path, name=name, endpoint=endpoint, doc=doc, access=Access.USER)
