"""The endpoints of archives."""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import asdict, replace
from urllib.parse import quote

import uuid_utils
from aiohttp import web

from gateway.access.visibility import tell_inspection
from gateway.archives.links import FileLink
from gateway.archives.receiving import receive_archive
from gateway.bodies.conditions import Version, has_conditions, require_conditions
from gateway.bodies.downloads import archive_download, is_whole_wanted, redirect_to_content, send_content
from gateway.bodies.long_work import while_wanted
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.preferences import PREFERENCE_APPLIED, read_patience
from gateway.bodies.responses import absolute_url, respond_json
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.archives.answers import LinkAnswer, view_archive, view_archives, view_strays
from gateway.dialects.native.archives.models import ArchiveChangeBody, InspectQuery
from gateway.dialects.native.base import API
from gateway.dialects.native.paging import PartQuery, take_part
from gateway.keys import AUDIT_TARGET, CALLER, DIGESTS, INSPECTIONS, LOGIN, RESOURCES, SETTINGS, SIGNER
from gateway.submission.limits import find_upload_limits
from shared.errors import UnknownArchiveError
from shared.inspecting.document import view_inspection
from shared.inspecting.stored import StoredInspection, inspect_stored
from shared.jobs.requests import InspectRequest
from shared.rights.archives import list_visible_archives, require_archive
from shared.rights.databases import require_database


async def list_archives(request: web.Request) -> web.Response:
    """GET /archives."""
    query = parse_query(request, PartQuery)
    archives = await list_visible_archives(request.app[RESOURCES], request[CALLER])
    found = [each for each in archives if query.finds(each.name)]
    return respond_json(view_archives(take_part(found, query, lambda each: (each.name,))))


async def upload_archive(request: web.Request) -> web.Response:
    """PUT /archives/{name}: the body is the archive; sent again it is no error."""
    settings, resources, caller = request.app[SETTINGS], request.app[RESOURCES], request[CALLER]
    name = request.match_info["name"]
    await _require_conditions(request, name)
    received = await receive_archive(
        request,
        resources,
        request.app[DIGESTS],
        tenant=caller.tenant,
        name=name,
        limits=await find_upload_limits(resources, caller.tenant, settings.max_upload_bytes),
    )
    told = {
        "Location": absolute_url(request, f"{API}/archives/{quote(received.facts.name, safe='')}"),
        "ETag": f'"{received.facts.sha256}"',
    }
    return respond_json(asdict(received.facts), status=201 if received.is_new else 200, headers=told)


async def download_archive(request: web.Request) -> web.StreamResponse:
    """GET /archives/{name}."""
    resources, caller = request.app[RESOURCES], request[CALLER]
    archive = await require_archive(resources, caller, request.match_info["name"])
    async with resources.archives.open_content(caller.tenant, archive.name) as content:
        sha256 = await while_wanted(request, request.app[DIGESTS].sha256(content))
        download = archive_download(content, archive.name, sha256)
        if request.app[SETTINGS].presigned_downloads and is_whole_wanted(request):
            return await redirect_to_content(request, download)
        return await send_content(request, download)


async def link_archive(request: web.Request) -> web.Response:
    """POST /archives/{name}/link: what a browser can download without credentials, for a while."""
    resources, caller = request.app[RESOURCES], request[CALLER]
    archive = await require_archive(resources, caller, request.match_info["name"])
    async with resources.archives.open_content(caller.tenant, archive.name) as content:
        sha256 = await while_wanted(request, request.app[DIGESTS].sha256(content))
    link = FileLink(
        tenant=caller.tenant,
        archive_name=archive.name,
        sha256=sha256.hex(),
        file_name=archive.name,
        maker=request[LOGIN].trace,
    )
    return respond_json(LinkAnswer(url=absolute_url(request, link.to_path(request.app[SIGNER], request.app[SETTINGS]))))


async def inspect_archive(request: web.Request) -> web.Response:
    """GET /archives/{name}/inspect?database=: what an import into the database would find; nothing is written.

    For a caller who prefers it, what takes long becomes a job.
    """
    resources, caller, query = request.app[RESOURCES], request[CALLER], parse_query(request, InspectQuery)
    wanted = query.to_request((await require_archive(resources, caller, request.match_info["name"])).name)
    if wanted.database:
        wanted = replace(wanted, database=await require_database(resources, caller.tenant, wanted.database))
    try:
        async with asyncio.timeout(read_patience(request, request.app[SETTINGS].inspect_seconds)) as scope:
            found = await while_wanted(request, _inspect_in_turn(request, wanted))
    except TimeoutError:
        if not scope.expired():
            raise  # of the inspection itself
        response = await accept_job(request, wanted)
        response.headers.update(PREFERENCE_APPLIED)
        return response
    present = [entry for each in found.conflicts for entry in each.present]
    told = await tell_inspection(resources, caller, view_inspection(wanted.archive_name, found), present)
    return respond_json(told)


async def _inspect_in_turn(request: web.Request, wanted: InspectRequest) -> StoredInspection:
    resources, caller = request.app[RESOURCES], request[CALLER]
    owner, foretells = f"inspection-{uuid_utils.uuid7()}", caller.principal.sees_all_applications
    async with request.app[INSPECTIONS].take(caller.tenant):
        return await inspect_stored(resources, caller.tenant, wanted, owner=owner, foretells=foretells)


async def list_strays(request: web.Request) -> web.Response:
    """GET /strays."""
    return respond_json(view_strays(await request.app[RESOURCES].archives.list_strays(request[CALLER].tenant)))


async def remove_stray(request: web.Request) -> web.Response:
    """DELETE /strays/{stray_id}."""
    await request.app[RESOURCES].archives.remove_stray(request[CALLER].tenant, request.match_info["stray_id"])
    return web.Response(status=204)


async def change_archive(request: web.Request) -> web.Response:
    """PATCH /archives/{name}: pins it, or unpins it."""
    resources, caller, body = request.app[RESOURCES], request[CALLER], await parse_body(request, ArchiveChangeBody)
    archive = await require_archive(resources, caller, request.match_info["name"])
    changed = await resources.archives.set_pinned(caller.tenant, archive.name, pinned=body.pinned)
    request[AUDIT_TARGET] = "pinned" if body.pinned else "unpinned"
    return respond_json(view_archive(changed))


async def delete_archive(request: web.Request) -> web.Response:
    """DELETE /archives/{name}."""
    resources, caller = request.app[RESOURCES], request[CALLER]
    archive = await require_archive(resources, caller, request.match_info["name"])
    await _require_conditions(request, archive.name)
    await resources.archives.delete(caller.tenant, archive.name)
    return web.Response(status=204)


async def _require_conditions(request: web.Request, name: str) -> None:
    """Refuse a change of an archive that is not as the request says. Raises: PreconditionFailedError."""
    if not has_conditions(request):
        return
    version = None
    with suppress(UnknownArchiveError):
        async with request.app[RESOURCES].archives.open_content(request[CALLER].tenant, name) as content:
            sha256 = await while_wanted(request, request.app[DIGESTS].sha256(content))
            version = Version.of_change(f'"{sha256.hex()}"', content.changed)
    require_conditions(request, version)
