"""The endpoints of grants."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from aiohttp import web

from gateway.bodies.conditions import etag_of, require_match
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.grants.answers import view_grant, view_grants
from gateway.dialects.native.grants.models import GrantBody, GrantsQuery
from gateway.keys import CALLER, LOGIN, RESOURCES
from gateway.middlewares.auth import require_rights_left
from shared.errors import GroundsChangedError, NotFoundError
from shared.identity import Grant
from shared.rights.applications import choose_grantable, find_grant_grounds, require_application
from shared.rights.databases import require_database
from shared.rights.standings import list_names, list_same_grants


async def list_grants(request: web.Request) -> web.Response:
    """GET /grants: of the applications that the caller may grant."""
    query = parse_query(request, GrantsQuery)
    grants = await _list_grantable(request)
    names = None if query.database is None else await list_names(request.app[RESOURCES], query.database)
    return respond_json(view_grants([each for each in grants if query.matches(each, names)]))


async def create_grant(request: web.Request) -> web.Response:
    """POST /grants: the same grant again is the first one."""
    body, caller, resources = await parse_body(request, GrantBody), request[CALLER], request.app[RESOURCES]
    await require_database(resources, caller.tenant, body.database)
    await require_application(resources, caller, body.database, body.application)
    wanted = Grant(
        tenant=caller.tenant,
        application=body.name,
        user=body.user,
        granted_by=caller.user,
        created=datetime.now(UTC),
    )
    grant = await _put_grant(request, wanted)
    return respond_json(view_grant(grant), status=201, headers=etag_of(grant))


async def _put_grant(request: web.Request, wanted: Grant) -> Grant:
    """Store a grant while its giver has the right to it: where that changes meanwhile, it is judged anew.

    Raises: ForbiddenError, and what a giver who has lost rights would be refused with.
    """
    resources, trace = request.app[RESOURCES], request[LOGIN].trace
    while True:
        grounds = await find_grant_grounds(resources, request[CALLER], wanted.application, sha256=trace.sha256)
        await require_rights_left(request.app, trace, wanted.tenant)  # after they were read: what changes later shows
        if same := await list_same_grants(resources, wanted):
            return same[0]
        with suppress(GroundsChangedError):
            # An outside issuer may know a user who is none of ours.
            needs_user = resources.settings.jwt_issuer is None
            return await resources.identity.put_grant(wanted, needs_user=needs_user, grounds=grounds)


async def get_grant(request: web.Request) -> web.Response:
    """GET /grants/{grant_id}."""
    grant = await _require_grant(request)
    return respond_json(view_grant(grant), headers=etag_of(grant))


async def remove_grant(request: web.Request) -> web.Response:
    """DELETE /grants/{grant_id}."""
    grant, resources = await _require_grant(request), request.app[RESOURCES]
    await resources.identity.remove_grant(grant, partial(require_match, request))
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
