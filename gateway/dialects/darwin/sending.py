"""Sends an archive as Base64 within JSON, as a stream."""

from __future__ import annotations

import asyncio
import base64
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from typing import Final

from aiohttp import web

from gateway.bodies.downloads import send_pieces
from gateway.dialects.darwin.views import EXPORT_HEAD, EXPORT_TAIL
from shared.ports.contents import ArchiveContent

_GROUP: Final = 3
"""Bytes that Base64 takes together: only the last group is padded."""


async def send_package(request: web.Request, content: ArchiveContent, headers: Mapping[str, str]) -> web.StreamResponse:
    """Answer an export with its archive. Raises: what the content raises, before the end."""
    response = web.StreamResponse(headers=headers)
    response.content_type = "application/json"
    response.content_length = len(EXPORT_HEAD) + 4 * -(-content.size // _GROUP) + len(EXPORT_TAIL)
    await send_pieces(request, response, _encode(content))
    await response.write_eof()
    return response


async def _encode(content: ArchiveContent) -> AsyncGenerator[bytes, None]:
    head, rest = EXPORT_HEAD, b""
    async with aclosing(content.read(range(content.size))) as pieces:
        async for piece in pieces:
            text, rest = await asyncio.to_thread(_encode_groups, rest + piece)
            yield head + text
            head = b""
    yield head + base64.b64encode(rest) + EXPORT_TAIL


def _encode_groups(content: bytes) -> tuple[bytes, bytes]:
    """Return the text of all whole groups, and what is left."""
    whole = len(content) - len(content) % _GROUP
    return base64.b64encode(content[:whole]), content[whole:]
