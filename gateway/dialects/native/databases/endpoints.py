"""The endpoints of databases and their applications."""

from __future__ import annotations

from aiohttp import web

from gateway.databases import list_databases, require_database
from gateway.dialects.native.accepting import accept_job
from gateway.dialects.native.databases.models import VersionQuery
from gateway.dialects.native.databases.views import view_applications, view_databases
from gateway.keys import CALLER, RESOURCES
from gateway.parsing import parse_query
from gateway.responses import respond_json
from shared.jobs import DeleteRequest


async def get_databases(request: web.Request) -> web.Response:
    """GET /databases: those mapped to the tenant."""
    names = await list_databases(request.app[RESOURCES], request[CALLER].tenant)
    return respond_json(view_databases(names))


async def get_applications(request: web.Request) -> web.Response:
    """GET /databases/{database}/applications: the catalogue."""
    resources = request.app[RESOURCES]
    database = await require_database(resources, request[CALLER].tenant, request.match_info["database"])
    return respond_json(view_applications(database, await resources.sources[database].list_applications()))


async def delete_application(request: web.Request) -> web.Response:
    """DELETE /databases/{database}/applications/{name}: a job removes it, or the version that the query names."""
    query = parse_query(request, VersionQuery)
    database, name = request.match_info["database"], request.match_info["name"]
    return await accept_job(request, DeleteRequest(database=database, name=name, version=query.version))
