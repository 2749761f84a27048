"""The endpoints of databases and their applications."""

from __future__ import annotations

import asyncio

from aiohttp import web

from gateway.bodies.long_work import while_wanted
from gateway.bodies.parsing import parse_body, parse_query
from gateway.bodies.responses import respond_json
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.databases.answers import view_applications, view_databases, view_schema
from gateway.dialects.native.databases.counting import read_application_schema
from gateway.dialects.native.databases.keys import COUNTS, SILENCES
from gateway.dialects.native.databases.models import ApplicationsQuery, EntryBody, VersionQuery
from gateway.dialects.native.databases.silences import ANSWER_SECONDS
from gateway.dialects.native.paging import take_part
from gateway.keys import CALLER, RESOURCES
from shared.catalogue import DEFAULT_VERSION, CatalogueEntry, version_order
from shared.jobs.requests import DeleteRequest
from shared.ports.graph_target import GraphTarget
from shared.rights.applications import choose_visible, require_application
from shared.rights.databases import list_databases, require_database


async def get_databases(request: web.Request) -> web.Response:
    """GET /databases: those mapped to the tenant."""
    names = await list_databases(request.app[RESOURCES], request[CALLER].tenant)
    return respond_json(view_databases(names))


async def get_applications(request: web.Request) -> web.Response:
    """GET /databases/{database}/applications: the catalogue, with counts where they are wanted."""
    resources, database = request.app[RESOURCES], request.match_info["database"]
    query = parse_query(request, ApplicationsQuery)
    database = await require_database(resources, request[CALLER].tenant, database)
    source, until = resources.sources[database], asyncio.get_running_loop().time() + ANSWER_SECONDS
    async with request.app[SILENCES].bounded(database):
        entries, damaged = await source.read_catalogue()
        entries = await choose_visible(resources, request[CALLER], entries)
    if not (request[CALLER].principal.sees_all_applications and query.is_first):
        damaged = ()
    part = take_part([each for each in entries if query.wants(each)], query, _place_of, _order)
    counts = None
    if query.counts:
        labels = [each.label for each in part.items]
        counts = await while_wanted(request, request.app[COUNTS].read(source, labels, until=until))
    return respond_json(view_applications(database, part, damaged, counts))


def _place_of(entry: CatalogueEntry) -> tuple[str, ...]:
    return entry.name, entry.version or DEFAULT_VERSION


def _order(place: tuple[str, ...]) -> object:
    name, version = place
    return name, version_order(version)


async def repair_entry(request: web.Request) -> web.Response:
    """PATCH /databases/{database}/damaged-entries/{entry}: the values that make it an entry."""
    target, entry = await _require_target(request), request.match_info["entry"]
    await target.repair_entry(entry, (await parse_body(request, EntryBody)).to_values())
    return web.Response(status=204)


async def remove_entry(request: web.Request) -> web.Response:
    """DELETE /databases/{database}/damaged-entries/{entry}."""
    target = await _require_target(request)
    await target.remove_entry(request.match_info["entry"])
    return web.Response(status=204)


async def _require_target(request: web.Request) -> GraphTarget:
    resources = request.app[RESOURCES]
    database = await require_database(resources, request[CALLER].tenant, request.match_info["database"])
    return resources.targets[database]


async def get_schema(request: web.Request) -> web.Response:
    """GET /databases/{database}/applications/{name}/schema: what an application's elements look like."""
    resources, database, name = request.app[RESOURCES], request.match_info["database"], request.match_info["name"]
    query = parse_query(request, VersionQuery)
    entry = await require_application(resources, request[CALLER], database, name, query.version)
    database = entry.database
    schema = await while_wanted(request, read_application_schema(resources.sources[database], entry))
    return respond_json(view_schema(entry, schema))


async def delete_application(request: web.Request) -> web.Response:
    """DELETE /databases/{database}/applications/{name}: a job removes it, or the version that the query names."""
    query = parse_query(request, VersionQuery)
    database, name = request.match_info["database"], request.match_info["name"]
    return await accept_job(request, DeleteRequest(database=database, name=name, version=query.version))
