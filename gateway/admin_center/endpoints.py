"""The endpoints that serve the page."""

from __future__ import annotations

from types import MappingProxyType
from typing import Final

from aiohttp import web

from gateway.admin_center.bundle import ASSETS, BUNDLE, INDEX, PageFile
from gateway.http_errors import NoSuchRouteError
from gateway.middlewares.headers import PAGE_POLICY

_PAGE_HEADERS: Final = MappingProxyType(
    {
        "Cache-Control": "no-cache",
        "Content-Security-Policy": f"{PAGE_POLICY}; require-trusted-types-for 'script'",
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    }
)
"""Nothing inline, nothing from elsewhere; the page itself is asked for anew, for it names the assets of its build."""

_ASSET_HEADERS: Final = MappingProxyType({"Cache-Control": "public, max-age=31536000, immutable"})


async def lead_to_page(request: web.Request) -> web.Response:
    """GET /: browsers, which ask for HTML, are led to the page; for all others there is nothing.

    The way is told relative to this address, which a proxy may have put below a path of its own.
    Raises: NoSuchRouteError.
    """
    if not _wants_html(request):
        raise NoSuchRouteError(f"There is nothing at {request.path!r}.")
    return web.Response(status=302, headers={"Location": "admin/", "Vary": "Accept"})


def _wants_html(request: web.Request) -> bool:
    """Return whether the request names HTML among what it accepts: that anything is accepted does not count."""
    accepted = ",".join(request.headers.getall("Accept", ())).lower()
    return any(each.partition(";")[0].strip() == "text/html" for each in accepted.split(","))


async def redirect_to_page(request: web.Request) -> web.Response:
    """GET /admin: the page's own address ends in a slash, because it names its files beside it."""
    del request
    return web.Response(status=308, headers={"Location": "admin/"})


async def get_page(request: web.Request) -> web.Response:
    """GET /admin/."""
    return _send(request, request.app[BUNDLE][INDEX], dict(_PAGE_HEADERS))


async def get_asset(request: web.Request) -> web.Response:
    """GET /admin/assets/{file}: its name changes with its content, so that it may be kept for good.

    Raises: NoSuchRouteError.
    """
    file = request.app[BUNDLE].get(f"{ASSETS}/{request.match_info['file']}")
    if file is None:
        raise NoSuchRouteError(f"There is nothing at {request.path!r}.")
    return _send(request, file, dict(_ASSET_HEADERS))


def _send(request: web.Request, file: PageFile, headers: dict[str, str]) -> web.Response:
    is_compressed = "gzip" in request.headers.get("Accept-Encoding", "")
    headers["Vary"] = "Accept-Encoding"
    if is_compressed:
        headers["Content-Encoding"] = "gzip"
    body = file.compressed if is_compressed else file.content
    charset = "utf-8" if file.media_type.startswith("text/") else None
    return web.Response(body=body, headers=headers, content_type=file.media_type, charset=charset)
