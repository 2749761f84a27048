"""The endpoints of the document and of the page that shows it."""

from __future__ import annotations

import asyncio
from pathlib import Path
from types import MappingProxyType
from typing import Final

from aiohttp import web

from gateway.bodies.downloads import Download, send_file
from gateway.http_errors import NoSuchRouteError
from gateway.keys import API_DOCUMENT, DIGESTS
from gateway.middlewares.headers import PAGE_POLICY

_FOLDER: Final = Path(__file__).parent / "swagger_ui"
_PAGE: Final = "index.html"

_MEDIA_TYPES: Final = MappingProxyType(
    {
        "swagger-ui-bundle.js": "text/javascript",
        "swagger-ui.css": "text/css",
        "start.js": "text/javascript",
        "favicon-32x32.png": "image/png",
        "LICENSE": "text/plain",
        "NOTICE": "text/plain",
        "swagger-ui-bundle.js.LICENSE.txt": "text/plain",
    }
)
"""All that the page consists of."""


async def get_document(request: web.Request) -> web.Response:
    """GET /openapi.json."""
    document = await asyncio.to_thread(request.app[API_DOCUMENT])  # the first takes long to draw
    return web.Response(body=document, content_type="application/json")


async def get_page(request: web.Request) -> web.StreamResponse:
    """GET /docs: a page that needs nothing from elsewhere."""
    return await _send(request, _PAGE, "text/html", {"Content-Security-Policy": PAGE_POLICY})


async def get_part_of_page(request: web.Request) -> web.StreamResponse:
    """GET /docs/{file}. Raises: NoSuchRouteError."""
    name = request.match_info["file"]
    if name not in _MEDIA_TYPES:
        raise NoSuchRouteError(f"There is nothing at {request.path!r}.")
    return await _send(request, name, _MEDIA_TYPES[name], {})


async def _send(request: web.Request, name: str, media_type: str, headers: dict[str, str]) -> web.StreamResponse:
    path = _FOLDER / name
    sha256 = await request.app[DIGESTS].sha256(path)
    return await send_file(request, Download(path=path, media_type=media_type, sha256=sha256, headers=headers))
