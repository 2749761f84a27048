"""The body of an import: its package goes to a file while it arrives, the rest is parsed."""

from __future__ import annotations

import asyncio
from typing import IO

from aiohttp import web

from gateway.bodies.arriving import CHUNK_BYTES, within_idle_time
from gateway.bodies.encodings import Recoder, require_plain_encoding
from gateway.bodies.parsing import parse_json
from gateway.dialects.darwin.base64_stream import PackageDecoder
from gateway.dialects.darwin.long_text import LongTextScanner
from gateway.dialects.darwin.models import PACKAGE_FIELD, DarwinImportBody
from gateway.lasting import watch_admission
from shared.errors import InvalidRequestError, TooLargeError
from shared.ports.archives import PendingArchive


async def receive_package(
    request: web.Request, pending: PendingArchive, *, max_bytes: int, max_rest_bytes: int
) -> DarwinImportBody:
    """Store the package in this part, decoded; return the other fields.

    Raises: InvalidJsonError, InvalidRequestError, TooLargeError, QuotaExceededError, InvalidArchiveError for no Base64,
    SlowRequestError, UnsupportedEncodingError, UnsupportedMediaTypeError.
    """
    require_plain_encoding(request.headers)
    scanner = LongTextScanner(PACKAGE_FIELD, max_rest_bytes=max_rest_bytes)
    recoder = Recoder(request.charset, "request body")
    with await asyncio.to_thread(pending.path.open, "wb") as file:
        package = _PackageFile(file, recoder, scanner, max_bytes)
        async with watch_admission(request) as require_admission:
            while piece := await within_idle_time(request.content.read(CHUNK_BYTES)):
                require_admission()
                await pending.grow(await asyncio.to_thread(package.write, piece))
        await asyncio.to_thread(package.finish)
    body = parse_json(scanner.finish(), DarwinImportBody, "request body")
    if not package.bytes:
        raise InvalidRequestError(f"{PACKAGE_FIELD} is empty.", details=[f"{PACKAGE_FIELD}: must not be empty"])
    return body


class _PackageFile:
    """Writes what the pieces of a body hold of its package."""

    def __init__(self, file: IO[bytes], recoder: Recoder, scanner: LongTextScanner, max_bytes: int) -> None:
        self.bytes = 0
        self._file = file
        self._recoder = recoder
        self._scanner = scanner
        self._decoder = PackageDecoder()
        self._max_bytes = max_bytes
        # Encoded twice and broken into lines a package takes less than this; what only goes on and on is none.
        self._characters_left = max_bytes * 2 + 4096

    def write(self, piece: bytes) -> int:
        """Take a piece of the body; return how many bytes of the package it brought."""
        before, text = self.bytes, self._scanner.feed(self._recoder.feed(piece))
        self._characters_left -= len(text)
        self._append(self._decoder.feed(text))
        return self.bytes - before

    def finish(self) -> None:
        """Write the end of the package."""
        self._append(self._decoder.finish())

    def _append(self, content: bytes) -> None:
        self.bytes += len(content)
        if self.bytes > self._max_bytes or self._characters_left < 0:
            raise TooLargeError(f"The package is above the limit of {self._max_bytes} bytes.")
        self._file.write(content)
