"""The endpoints of uploads in pieces."""

from __future__ import annotations

from email.utils import format_datetime
from urllib.parse import quote

from aiohttp import web

from gateway.archives.receiving import require_free
from gateway.archives.upload_limits import UploadLimits, require_fitting
from gateway.bodies.encodings import require_plain_encoding
from gateway.bodies.responses import absolute_url
from gateway.dialects.native.base import API
from gateway.dialects.native.uploads import protocol
from gateway.dialects.native.uploads.receiving import finish, receive_piece
from gateway.http_errors import MethodNotAllowedError
from gateway.keys import CALLER, RESOURCES, SETTINGS
from gateway.submission.limits import find_upload_limits
from shared.archive_names import require_free_choice
from shared.errors import InvalidRequestError, UnknownUploadError, UploadOffsetError
from shared.ports.uploads import OpenUpload, UploadFacts

ON_TAKEN = "on_taken"


async def tell_capabilities(request: web.Request) -> web.Response:
    """OPTIONS /uploads."""
    headers = {
        "Tus-Version": protocol.VERSION,
        "Tus-Extension": protocol.EXTENSIONS,
        "Tus-Max-Size": str(request.app[SETTINGS].max_upload_bytes),
        "Tus-Checksum-Algorithm": ",".join(protocol.ALGORITHMS),
    }
    return web.Response(status=204, headers=headers)


async def create_upload(request: web.Request) -> web.Response:
    """POST /uploads: a first piece may come with it, even all."""
    protocol.require_version(request.headers)
    protocol.refuse_concatenation(request.headers)
    resources, tenant = request.app[RESOURCES], request[CALLER].tenant
    length, metadata = protocol.parse_length(request.headers), protocol.parse_metadata(request.headers)
    name, number = require_free_choice(metadata.get("filename", "")), metadata.get(ON_TAKEN) != "fail"
    limits = await _find_limits(request)
    require_fitting(length or 0, limits.most)
    if not number:
        await require_free(resources.archives, tenant, name)
    told = request.headers.get("Upload-Metadata", "")
    facts = await resources.uploads.create(tenant, length=length, name=name, number=number, metadata=told)
    archive = await _begin(request, facts, limits)
    facts = await resources.uploads.get(tenant, facts.id)
    location = absolute_url(request, f"{API}/uploads/{facts.id}")
    return web.Response(status=201, headers={"Location": location, **_headers(facts, archive)})


async def show_upload(request: web.Request) -> web.Response:
    """HEAD /uploads/{upload_id}: how much is on disk, once no earlier piece is being written any more."""
    protocol.require_version(request.headers)
    facts = await request.app[RESOURCES].uploads.get(request[CALLER].tenant, _read_id(request))
    archive = facts.archive
    if archive is None:
        facts, archive = await _take_over(request)
    told = {"Upload-Defer-Length": "1"} if facts.length is None else {"Upload-Length": str(facts.length)}
    if facts.metadata:
        told["Upload-Metadata"] = facts.metadata
    return web.Response(headers={"Cache-Control": "no-store", **told, **_headers(facts, archive)})


async def _take_over(request: web.Request) -> tuple[UploadFacts, str | None]:
    """Tell how the upload stands when nobody writes to it; one that is complete is finished, if that was missed."""
    resources, tenant, upload_id = request.app[RESOURCES], request[CALLER].tenant, _read_id(request)
    try:
        quota = (await _find_limits(request)).quota
        async with resources.uploads.open(tenant, upload_id, quota=quota) as upload:
            is_whole = upload.facts.offset == upload.facts.length
            return upload.facts, await finish(upload, resources.limits) if is_whole else None
    except UnknownUploadError:  # it has become an archive, unless it is gone
        facts = await resources.uploads.get(tenant, upload_id)
        return facts, facts.archive


async def append_to_upload(request: web.Request) -> web.Response:
    """PATCH /uploads/{upload_id}: the last piece makes it an archive."""
    protocol.require_version(request.headers)
    protocol.require_piece(request.headers)
    require_plain_encoding(request.headers)
    offset, checksum = protocol.parse_number(request.headers, "Upload-Offset"), protocol.parse_checksum(request.headers)
    uploads, tenant, upload_id = request.app[RESOURCES].uploads, request[CALLER].tenant, _read_id(request)
    limits = await _find_limits(request)
    async with uploads.open(tenant, upload_id, quota=limits.quota) as upload:
        if offset != upload.facts.offset:
            raise UploadOffsetError(offset, upload.facts.offset)
        await _settle_length(request, upload, limits)
        archive = await _append(request, upload, checksum, limits)
    facts = await uploads.get(tenant, upload_id)
    return web.Response(status=204, headers=_headers(facts, archive))


async def act_on_upload(request: web.Request) -> web.Response:
    """POST /uploads/{upload_id}: what X-HTTP-Method-Override says, for clients that can send nothing else."""
    method = request.headers.get("X-HTTP-Method-Override", "POST").upper()
    act = {"HEAD": show_upload, "PATCH": append_to_upload, "DELETE": remove_upload}.get(method)
    if act is None:
        allowed = "HEAD, PATCH, DELETE"
        message = f"{method} is not allowed here; X-HTTP-Method-Override may say {allowed}."
        raise MethodNotAllowedError(message, headers={"Allow": allowed})
    return await act(request)


async def remove_upload(request: web.Request) -> web.Response:
    """DELETE /uploads/{upload_id}."""
    protocol.require_version(request.headers)
    uploads, tenant = request.app[RESOURCES].uploads, request[CALLER].tenant
    async with uploads.open(tenant, _read_id(request)) as upload:
        await upload.remove()
    return web.Response(status=204)


def _read_id(request: web.Request) -> str:
    """Return the id of the path, in the letter case that ids are kept in."""
    return request.match_info["upload_id"].lower()


async def _begin(request: web.Request, facts: UploadFacts, limits: UploadLimits) -> str | None:
    """Make sure that what is to come has room, then append what came with the creation.

    What cannot be taken leaves nothing: its caller does not know its name.
    """
    uploads, tenant = request.app[RESOURCES].uploads, request[CALLER].tenant
    async with uploads.open(tenant, facts.id, quota=limits.quota) as upload:
        try:
            await upload.expect(facts.length or 0)
            if facts.length != 0 and not protocol.is_piece(request.headers):
                return None
            require_plain_encoding(request.headers)
            return await _append(request, upload, protocol.parse_checksum(request.headers), limits)
        except Exception:
            await upload.remove()
            raise


async def _settle_length(request: web.Request, upload: OpenUpload, limits: UploadLimits) -> None:
    """Note how much the upload will be where a piece says so: once. Raises: InvalidRequestError, TooLargeError."""
    if "Upload-Length" not in request.headers:
        return
    length, facts = protocol.parse_number(request.headers, "Upload-Length"), upload.facts
    if facts.length is None and length >= facts.offset:
        require_fitting(length, limits.most)
        await upload.set_length(length)
    elif length != facts.length:
        known = f"is to be {facts.length}" if facts.length is not None else f"has {facts.offset} already"
        raise InvalidRequestError(f"The header Upload-Length says {length} bytes, but the upload {known}.")


async def _find_limits(request: web.Request) -> UploadLimits:
    """Return how much the tenant may bring."""
    resources, tenant = request.app[RESOURCES], request[CALLER].tenant
    return await find_upload_limits(resources, tenant, resources.settings.max_upload_bytes)


async def _append(
    request: web.Request, upload: OpenUpload, checksum: protocol.Checksum | None, limits: UploadLimits
) -> str | None:
    """Take the request's body for the next piece; return the name of what is complete with it."""
    most = limits.most if upload.facts.length is None else upload.facts.length
    offset = await receive_piece(request, upload, checksum, most=most)
    return await finish(upload, request.app[RESOURCES].limits) if offset == upload.facts.length else None


def _headers(facts: UploadFacts, archive: str | None = None) -> dict[str, str]:
    headers = {
        "Upload-Offset": str(facts.offset),
        "Upload-Expires": format_datetime(facts.expires.replace(microsecond=0), usegmt=True),
    }
    return headers if archive is None else {**headers, "Upload-Archive": quote(archive, safe="")}
