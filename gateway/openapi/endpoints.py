"""The endpoints of the document and of the page that shows it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from importlib.metadata import distribution
from pathlib import Path
from types import MappingProxyType
from typing import Final

from aiohttp import web

from gateway.bodies.downloads import Download, send_content
from gateway.http_errors import NoSuchRouteError
from gateway.keys import API_DOCUMENT, DIGESTS
from gateway.middlewares.headers import PAGE_POLICY
from gateway.server.front import find_base
from shared.archive.local_content import open_content

_PAGE: Final = Path(__file__).parent / "page"
_SWAGGER_UI: Final = distribution("offapi")
"""Only found, not imported: it would read all its files, to make pages of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Part:
    path: Path
    media_type: str


def _find_swagger_ui(name: str) -> Path:
    return Path(str(_SWAGGER_UI.locate_file(f"offapi/{name}")))


_INDEX: Final = _Part(path=_PAGE / "index.html", media_type="text/html")
_PARTS: Final = MappingProxyType(
    {
        "swagger-ui-bundle.js": _Part(path=_find_swagger_ui("swagger_bundle.js"), media_type="text/javascript"),
        "swagger-ui.css": _Part(path=_find_swagger_ui("swagger_style.css"), media_type="text/css"),
        "start.js": _Part(path=_PAGE / "start.js", media_type="text/javascript"),
    }
)
"""All that the page consists of."""
PART_MEDIA_TYPES: Final = tuple(sorted({part.media_type for part in _PARTS.values()}))


async def get_document(request: web.Request) -> web.Response:
    """GET /openapi.json."""
    document = await asyncio.to_thread(request.app[API_DOCUMENT], find_base(request))  # the first takes long to draw
    return web.Response(body=document, content_type="application/json")


async def get_page(request: web.Request) -> web.StreamResponse:
    """GET /docs: a page that needs nothing from elsewhere."""
    return await _send(request, _INDEX, {"Content-Security-Policy": PAGE_POLICY})


async def get_part_of_page(request: web.Request) -> web.StreamResponse:
    """GET /docs/{file}. Raises: NoSuchRouteError."""
    part = _PARTS.get(request.match_info["file"])
    if part is None:
        raise NoSuchRouteError(f"There is nothing at {request.path!r}.")
    return await _send(request, part, {})


async def _send(request: web.Request, part: _Part, headers: dict[str, str]) -> web.StreamResponse:
    async with open_content(part.path) as content:
        sha256 = await request.app[DIGESTS].sha256(content)
        download = Download(content=content, media_type=part.media_type, sha256=sha256, headers=headers)
        return await send_content(request, download)
