"""The endpoints of grants."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from gateway.bodies.conditions import etag_of, require_match
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.entitled import while_entitled
from gateway.dialects.native.grants.answers import view_grant, view_grants
from gateway.dialects.native.grants.models import GrantBody, GrantsQuery
from gateway.keys import CALLER, RESOURCES
from shared.errors import NotFoundError
from shared.identity import ApplicationName, Grant
from shared.ports.identity import IdentityStore
from shared.rights.applications import choose_grantable, require_application, require_grantable
from shared.rights.standings import list_names, list_same_grants
from shared.rights.users import spell_user


async def list_grants(request: web.Request) -> web.Response:
    """GET /grants: of the applications that the caller may grant."""
    query = parse_query(request, GrantsQuery)
    grants = await _list_grantable(request)
    names = None if query.database is None else await list_names(request.app[RESOURCES], query.database)
    return respond_json(view_grants([each for each in grants if query.matches(each, names)]))


async def create_grant(request: web.Request) -> web.Response:
    """POST /grants: the same grant again is the first one."""
    body, caller, resources = await parse_body(request, GrantBody), request[CALLER], request.app[RESOURCES]
    entry = await require_application(resources, caller, body.database, body.application)
    wanted = Grant(
        tenant=caller.tenant,
        application=ApplicationName(entry.database, entry.name),
        user=await spell_user(resources.identity, caller.tenant, body.user),
        granted_by=caller.user,
        created=datetime.now(UTC),
    )
    grant = await while_entitled(request, partial(_put_grant, request, wanted))
    return respond_json(view_grant(grant), status=201, headers=etag_of(grant))


async def _put_grant(request: web.Request, wanted: Grant, identity: IdentityStore) -> Grant:
    """Store a grant if the caller may give it. Raises: ForbiddenError, GroundsChangedError."""
    resources = request.app[RESOURCES]
    imported = await require_grantable(resources, request[CALLER], wanted.application)
    if same := await list_same_grants(resources, wanted):
        return same[0]
    # An outside issuer may know a user who is none of ours.
    needs_user = resources.settings.jwt_issuer is None
    return await identity.put_grant(wanted, needs_user=needs_user, imported=imported)


async def get_grant(request: web.Request) -> web.Response:
    """GET /grants/{grant_id}."""
    grant = await _require_grant(request)
    return respond_json(view_grant(grant), headers=etag_of(grant))


async def remove_grant(request: web.Request) -> web.Response:
    """DELETE /grants/{grant_id}."""
    grant, resources = await _require_grant(request), request.app[RESOURCES]
    check = partial(require_match, request)
    await while_entitled(request, lambda identity: identity.remove_grant(grant, check))
    for each in await list_same_grants(resources, grant):
        await resources.identity.remove_grant(each)
    return web.Response(status=204)


async def _require_grant(request: web.Request) -> Grant:
    """Return the grant that the path names, if the caller may grant its application. Raises: NotFoundError."""
    grant_id = request.match_info["grant_id"]
    for grant in await _list_grantable(request):
        if grant.id == grant_id:
            return grant
    raise NotFoundError(f"Grant {grant_id!r} is unknown.")


async def _list_grantable(request: web.Request) -> Sequence[Grant]:
    resources, caller = request.app[RESOURCES], request[CALLER]
    grants = await resources.identity.list_grants(caller.tenant)
    names = await choose_grantable(resources, caller, list(dict.fromkeys(each.application for each in grants)))
    return [each for each in grants if each.application in names]
