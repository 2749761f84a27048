"""The endpoints of keys."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial

from aiohttp import web

from gateway.bodies.conditions import etag_of, require_match
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.entitled import while_entitled
from gateway.dialects.native.keys.answers import view_key, view_keys, view_new_key
from gateway.dialects.native.keys.holders import Holder, require_holder, require_key
from gateway.dialects.native.keys.models import KeysQuery, NewKeyBody
from gateway.keys import RESOURCES
from shared.api_keys import ApiKey, hash_key, make_key, new_key
from shared.errors import NotFoundError
from shared.ports.identity import IdentityStore


async def list_keys(request: web.Request) -> web.Response:
    """GET /keys?user=."""
    holder = Holder.of(request, parse_query(request, KeysQuery).user)
    keys = await request.app[RESOURCES].identity.list_keys(holder.tenant)
    return respond_json(view_keys([key for key in keys if holder.has(key)]))


async def get_key(request: web.Request) -> web.Response:
    """GET /keys/{key_id}."""
    key = await require_key(request)
    return respond_json(view_key(key), headers=etag_of(key))


async def create_key(request: web.Request) -> web.Response:
    """POST /keys: the answer shows the key, this once."""
    body = await parse_body(request, NewKeyBody)
    now = await request.app[RESOURCES].jobs.read_clock()
    body.require_future(now)
    user, text = await require_holder(request, body.user), new_key()
    key = make_key(text, user=user, now=now, name=body.name, expires=body.expires)
    await while_entitled(request, lambda identity: identity.create_key(key))
    return respond_json(view_new_key(key, text), status=201, headers=etag_of(key))


async def rotate_key(request: web.Request) -> web.Response:
    """POST /keys/{key_id}/rotate: another text, from now on for as long as the old one had."""
    key, text, resources = await require_key(request), new_key(), request.app[RESOURCES]
    successor = _succeed(key, text, await resources.jobs.read_clock())
    check = partial(require_match, request)
    await while_entitled(request, lambda identity: identity.replace_key(key.sha256, successor, check))
    return respond_json(view_new_key(successor, text), status=201, headers=etag_of(successor))


def _succeed(key: ApiKey, text: str, now: datetime) -> ApiKey:
    expires = None if key.expires is None else now + (key.expires - key.created)
    return replace(key, sha256=hash_key(text), last_four=text[-4:], created=now, expires=expires, last_used=None)


async def remove_key(request: web.Request) -> web.Response:
    """DELETE /keys/{key_id}: it ends at once, and with it one that takes its place at that moment."""
    while True:
        key = await require_key(request)
        with suppress(NotFoundError):  # changed for a new one, which has the same id
            await while_entitled(request, partial(_remove, key, request))
            return web.Response(status=204)


async def _remove(key: ApiKey, request: web.Request, identity: IdentityStore) -> None:
    await identity.remove_key(key.sha256, partial(require_match, request))
