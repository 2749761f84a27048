"""Contents sent as streams, whole or in part."""

from __future__ import annotations

import base64
import re
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from types import MappingProxyType
from typing import Final
from urllib.parse import quote

from aiohttp import web

from gateway.bodies.conditions import Version, fits_part, is_known
from gateway.bodies.ranges import choose_range
from gateway.doc import BYTES, TEXT, Answer, Doc, refusals
from gateway.lasting import while_admitted
from shared.archive_names import Form, form_of
from shared.ports.contents import ArchiveContent

_MEDIA_TYPES: Final = MappingProxyType(
    {Form.ZIP: "application/zip", Form.GZIPPED: "application/gzip", Form.PLAIN: "application/octet-stream"}
)
"""No browser is to show a document of somebody else as a page, hence no XML."""

ARCHIVE_MEDIA_TYPES: Final = tuple(_MEDIA_TYPES.values())

ADDRESS_SECONDS: Final = 60
"""How long a download may begin at the store itself; what has begun goes on."""

_JUDGED_HERE: Final = frozenset({"Range", "If-Match", "If-Unmodified-Since"})

_ASKED: Final = MappingProxyType(
    {
        "Range": "A part of the file, such as `bytes=100-`; who asks for several parts gets the whole.",
        "If-Range": "The ETag, or Last-Modified, of what the caller has a part of; of any other file all is sent.",
        "If-Match": "The ETag of what is wanted; of any other file nothing is sent: 412.",
        "If-None-Match": "The ETag of what the caller has; then nothing is sent: 304.",
        "If-Modified-Since": "The same by time, where there is no If-None-Match.",
        "If-Unmodified-Since": "As If-Match, by time, where there is none.",
    }
)
_SENT: Final = MappingProxyType(
    {
        "ETag": "Names the content: of an archive, its SHA-256.",
        "Last-Modified": "When it was changed, rounded up to a second.",
        "Accept-Ranges": "bytes",
    }
)
_SENT_OF_ARCHIVE: Final = MappingProxyType(
    {**_SENT, "Repr-Digest": "The SHA-256 of the whole file, in Base64.", "Content-Disposition": "What to call it."}
)


def describe_download(summary: str, *texts: str, refused: frozenset[int] = frozenset(), redirects: bool = False) -> Doc:
    """Describe a route that answers with `send_content`: an archive, or a text of the given media types.

    `redirects`: where settings say so, the whole is elsewhere.
    """
    schema = TEXT if texts else BYTES
    whole = Answer(
        text="The file.",
        media_types=texts or ARCHIVE_MEDIA_TYPES,
        schema=schema,
        headers=_SENT if texts else _SENT_OF_ARCHIVE,
    )
    part = replace(
        whole,
        text="The part that was asked for.",
        headers={**whole.headers, "Content-Range": "Which part of how much."},
    )
    same = replace(whole, text="It is what the caller has.", media_types=())
    elsewhere = Answer(
        text="The whole is at this address of the object store for a minute, without credentials.",
        media_types=(),
        headers={"Location": "Where it is."},
    )
    return Doc(
        summary=summary,
        answers={200: whole, 206: part, 304: same, **({307: elsewhere} if redirects else {})},
        headers=_ASKED,
        refusals=refusals(409, 412, 416) | refused,
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class Download:
    """A content, and what its answer says of it."""

    content: ArchiveContent
    media_type: str
    sha256: bytes | None = None
    """Makes the ETag and Repr-Digest; of a file that still grows there is none."""
    tag: str | None = None
    """Makes the ETag of a copy of such a file; None: the file itself does."""
    headers: Mapping[str, str] = field(default_factory=dict)

    async def find_version(self) -> Version:
        """Return what callers tell it by; what only grows has another size whenever it is another."""
        tag = self.tag or (await self._name_growing() if self.sha256 is None else self.sha256.hex())
        return Version.of_change(f'"{tag}"', self.content.changed)

    async def _name_growing(self) -> str:
        identity = await self.content.identify()
        return f"{identity.inode:x}-{identity.bytes:x}-{identity.modified_ns:x}"


def media_type_of(name: str) -> str:
    """Return the media type of an archive of this name."""
    return _MEDIA_TYPES[form_of(name)]


def attachment(name: str) -> str:
    """Return a Content-Disposition that saves the file under any Unicode name."""
    fallback = re.sub(r"[^ !#-\[\]-~]", "_", name)
    return f"attachment; filename=\"{fallback}\"; filename*=UTF-8''{quote(name, safe='')}"


def archive_download(content: ArchiveContent, name: str, sha256: bytes, file_name: str | None = None) -> Download:
    """Return the download of an archive, which is saved under its own name or the other one that is given."""
    return Download(
        content=content,
        media_type=media_type_of(name),
        sha256=sha256,
        headers={"Content-Disposition": attachment(file_name or name)},
    )


async def send_content(request: web.Request, download: Download) -> web.StreamResponse:
    """Send a content as the request's conditions and its Range ask; HEAD knows no Range.

    Raises: PreconditionFailedError, RangeNotSatisfiableError; what the content raises.
    """
    content, version = download.content, await download.find_version()
    headers = _headers(download, version)
    if is_known(request, version):
        return web.Response(status=304, headers=headers)
    part = _choose_part(request, version, content.size)
    wanted = range(content.size) if part is None else part
    if part is not None:
        headers["Content-Range"] = f"bytes {part.start}-{part.stop - 1}/{content.size}"
    response = web.StreamResponse(status=200 if part is None else 206, headers=headers)
    response.content_type = download.media_type
    response.content_length = len(wanted)
    if request.method == "HEAD":
        await response.prepare(request)
    else:
        await send_pieces(request, response, content.read(wanted))
    await response.write_eof()
    return response


def is_whole_wanted(request: web.Request) -> bool:
    """Whether it is no part, and has no condition that the store would judge by other ETags and times than ours."""
    return request.method == "GET" and not any(name in request.headers for name in _JUDGED_HERE)


async def redirect_to_content(request: web.Request, download: Download) -> web.StreamResponse:
    """Name an address of the whole, as the request's conditions ask; send it where it has none.

    Raises: as send_content.
    """
    if is_known(request, await download.find_version()):
        return await send_content(request, download)
    address = await download.content.make_address(
        disposition=download.headers["Content-Disposition"], media_type=download.media_type, seconds=ADDRESS_SECONDS
    )
    if address is None:
        return await send_content(request, download)
    return web.Response(status=307, headers={"Location": address, "Cache-Control": "no-store"})


async def send_pieces(request: web.Request, response: web.StreamResponse, pieces: AsyncGenerator[bytes, None]) -> None:
    """Begin an answer once its first piece is there: what fails before is told. The others break the answer off."""
    async with while_admitted(request), aclosing(pieces):
        first = await anext(pieces, b"")
        await response.prepare(request)
        if first:
            await response.write(first)
        async for piece in pieces:
            await response.write(piece)


def _headers(download: Download, version: Version) -> dict[str, str]:
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, no-cache",
        **version.headers,
        **download.headers,
    }
    if download.sha256 is not None:
        headers["Repr-Digest"] = f"sha-256=:{base64.b64encode(download.sha256).decode()}:"
    return headers


def _choose_part(request: web.Request, version: Version, size: int) -> range | None:
    if request.method != "GET" or not fits_part(request, version):
        return None  # of a file that has changed since the whole, not a part that does not fit
    return choose_range(", ".join(request.headers.getall("Range", [])), size)
