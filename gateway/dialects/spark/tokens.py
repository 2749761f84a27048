"""The endpoint that exchanges a key for a short-lived access token."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote_plus

from aiohttp import web

from gateway.access.credentials import Credentials, read_basic
from gateway.access.signing import Purpose
from gateway.bodies.parsing import parse_form
from gateway.bodies.responses import respond_json
from gateway.dialects.spark.models import TokenForm
from gateway.keys import LOGINS, PRINCIPAL, RESOURCES, SETTINGS, SIGNER
from gateway.middlewares.auth import require_tenant
from gateway.server.front import find_caller
from shared.errors import NotFoundError, UnauthenticatedError
from shared.identity import Principal
from shared.settings.process import Settings


async def issue_token(request: web.Request) -> web.Response:
    """POST …/openid-connect/token: OAuth client credentials, the key being the secret.

    They come in the form or as HTTP Basic (RFC 6749, 2.3.1); the form counts where both are there.
    """
    if (elsewhere := _find_elsewhere(request.app[SETTINGS])) is not None:
        return web.Response(status=307, headers={"Location": elsewhere})
    form = await parse_form(request, TokenForm, beside=_read_client(request))
    credentials = Credentials(key=form.client_secret, user=form.client_id)
    login = await request.app[LOGINS].log_in(credentials, address=find_caller(request))
    request[PRINCIPAL] = login.principal
    if login.key is None:
        raise UnauthenticatedError("The client secret is no key.")
    await _require_tenant(request, login.principal)
    seconds = request.app[SETTINGS].token_seconds
    claims = {"sub": login.key.user, "realm": request.match_info["tenant"], "key": login.key.sha256}
    token = request.app[SIGNER].sign(Purpose.ACCESS, claims, seconds=seconds)
    return respond_json({"access_token": token, "expires_in": seconds, "token_type": "Bearer"})


def _find_elsewhere(settings: Settings) -> str | None:
    """Return where an outside issuer, if there is one, gives tokens."""
    if settings.jwt_issuer is None:
        return None
    return settings.jwt_token_url or settings.jwt_issuer.rstrip("/") + "/protocol/openid-connect/token"


def _read_client(request: web.Request) -> Mapping[str, str]:
    """Read the form's fields that HTTP Basic holds, each encoded as a form's value is."""
    basic = read_basic(request.headers)
    if basic is None:
        return {}
    return {"client_id": unquote_plus(basic.user or ""), "client_secret": unquote_plus(basic.key)}


async def _require_tenant(request: web.Request, principal: Principal) -> None:
    identity = request.app[RESOURCES].identity
    try:
        await require_tenant(identity, principal, in_path=request.match_info["tenant"], in_header=None)
    except NotFoundError as error:
        raise UnauthenticatedError("The credentials are not valid in this realm.") from error
