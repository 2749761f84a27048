"""Changes of identity, each made only while its caller has the rights to it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from typing import TypeVar

from aiohttp import web

from gateway.keys import CALLER, LOGIN, RESOURCES
from gateway.middlewares.auth import require_rights_left
from shared.errors import GroundsChangedError
from shared.identity import Grounds
from shared.ports.identity import IdentityStore

Result = TypeVar("Result")


async def while_entitled(request: web.Request, change: Callable[[IdentityStore], Awaitable[Result]]) -> Result:
    """Make a change on the very grounds that the caller's rights were found on; where these change, judge anew.

    Raises: what the change raises; what a caller who has lost rights would be refused with.
    """
    identity, trace, caller = request.app[RESOURCES].identity, request[LOGIN].trace, request.get(CALLER)
    acting_for = None if caller is None else caller.tenant
    owner = (acting_for or "") if trace.principal.is_outside else trace.principal.tenant
    while True:
        user = await identity.get_user(owner, trace.principal.user)
        await require_rights_left(request.app, trace, acting_for)  # after the record was read: what changes later shows
        version = None if user is None else user.version
        grounds = Grounds(tenant=owner, user=trace.principal.user, version=version, sha256=trace.sha256)
        with suppress(GroundsChangedError):
            return await change(identity.on(grounds))
