"""Sends an archive as Base64 within JSON, as a stream."""

from __future__ import annotations

import asyncio
import base64
import os
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

from aiohttp import web

from gateway.bodies.downloads import require_unwritten
from gateway.dialects.darwin.views import EXPORT_HEAD, EXPORT_TAIL
from gateway.lasting import while_admitted

_CHUNK_BYTES: Final = 192 * 1024
"""Whole groups of three bytes, so that only the last one is padded."""


async def send_package(request: web.Request, path: Path, headers: Mapping[str, str]) -> web.StreamResponse:
    """Answer an export with its archive. Raises: TransferError before the end, where that is written meanwhile."""
    response = web.StreamResponse(headers=headers)
    response.content_type = "application/json"
    with await asyncio.to_thread(path.open, "rb") as file:
        facts = await asyncio.to_thread(os.fstat, file.fileno())
        response.content_length = len(EXPORT_HEAD) + 4 * -(-facts.st_size // 3) + len(EXPORT_TAIL)
        await response.prepare(request)
        async with while_admitted(request):
            await response.write(EXPORT_HEAD)
            while text := await asyncio.to_thread(_encode_some, file):
                await response.write(text)
            await require_unwritten(file, facts)
            await response.write(EXPORT_TAIL)
    await response.write_eof()
    return response


def _encode_some(file: IO[bytes]) -> bytes:
    return base64.b64encode(file.read(_CHUNK_BYTES))
