"""The endpoints of users."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime
from functools import partial
from urllib.parse import quote

from aiohttp import web

from gateway.bodies.conditions import etag_of, require_match
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import absolute_url, respond_json
from gateway.dialects.native.base import API
from gateway.dialects.native.entitled import while_entitled
from gateway.dialects.native.paging import PartQuery, take_part
from gateway.dialects.native.users.answers import view_user, view_users
from gateway.dialects.native.users.models import NewUserBody, UserChangeBody
from gateway.keys import CALLER, RESOURCES
from shared.errors import UnknownUserError
from shared.identity import User
from shared.rights.users import spell_user


async def list_users(request: web.Request) -> web.Response:
    """GET /users."""
    query = parse_query(request, PartQuery)
    users = await request.app[RESOURCES].identity.list_users(request[CALLER].tenant)
    found = [each for each in users if query.finds(each.name, each.display_name)]
    return respond_json(view_users(take_part(found, query, lambda each: (each.name,))))


async def create_user(request: web.Request) -> web.Response:
    """POST /users."""
    tenant = request[CALLER].tenant
    user = (await parse_body(request, NewUserBody)).to_user(tenant, datetime.now(UTC))
    user = replace(user, name=await spell_user(request.app[RESOURCES].identity, tenant, user.name))
    await while_entitled(request, lambda identity: identity.create_user(user))
    location = absolute_url(request, f"{API}/users/{quote(user.name, safe='')}")
    return respond_json(view_user(user), status=201, headers={"Location": location, **etag_of(user)})


async def get_user(request: web.Request) -> web.Response:
    """GET /users/{user}."""
    name = await _spell_name(request)
    user = await request.app[RESOURCES].identity.get_user(request[CALLER].tenant, name)
    if user is None:
        raise UnknownUserError(name)
    return respond_json(view_user(user), headers=etag_of(user))


async def _spell_name(request: web.Request) -> str:
    return await spell_user(request.app[RESOURCES].identity, request[CALLER].tenant, request.match_info["user"])


async def change_user(request: web.Request) -> web.Response:
    """PATCH /users/{user}: roles count from the next request of any of the user's keys."""
    body = await parse_body(request, UserChangeBody)
    tenant, name = request[CALLER].tenant, await _spell_name(request)

    def change(known: User) -> User:
        require_match(request, known)
        return body.apply_to(known)

    user = await while_entitled(request, lambda identity: identity.change_user(tenant, name, change))
    return respond_json(view_user(user), headers=etag_of(user))


async def remove_user(request: web.Request) -> web.Response:
    """DELETE /users/{user}: keys and grants go along, jobs stay."""
    tenant, name = request[CALLER].tenant, await _spell_name(request)
    check = partial(require_match, request)
    await while_entitled(request, lambda identity: identity.remove_user(tenant, name, check))
    return web.Response(status=204)
