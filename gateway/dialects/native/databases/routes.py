"""The routes of databases and their applications."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import ADMINISTRATORS
from gateway.dialects.native.accepting import ACCEPTED, JOB_HEADERS, JOB_REFUSALS
from gateway.dialects.native.base import API
from gateway.dialects.native.databases import endpoints
from gateway.dialects.native.databases.answers import ApplicationsAnswer, DatabasesAnswer, SchemaAnswer
from gateway.dialects.native.databases.models import ApplicationsQuery, EntryBody, VersionQuery
from gateway.doc import NO_CONTENT, Answer, Body, Doc, refusals
from gateway.route import Route


def list_database_routes() -> Sequence[Route]:
    """List the routes."""
    applications = f"{API}/databases/{{database}}/applications"
    damaged = f"{API}/databases/{{database}}/damaged-entries/{{entry:[^/]+}}"
    return [
        Route(
            method="GET",
            path=f"{API}/databases",
            name="databases.list",
            endpoint=endpoints.get_databases,
            doc=Doc(summary="List the tenant's databases.", answers={200: Answer(model=DatabasesAnswer)}),
        ),
        Route(
            method="GET",
            path=applications,
            name="applications.list",
            endpoint=endpoints.get_applications,
            doc=Doc(
                summary="List the applications of a database.",
                query=ApplicationsQuery,
                answers={200: Answer(model=ApplicationsAnswer)},
            ),
        ),
        Route(
            method="GET",
            path=f"{applications}/{{name:[^/]+}}/schema",
            name="applications.schema",
            endpoint=endpoints.get_schema,
            doc=Doc(
                summary="Tell what an application's elements look like: labels, types, patterns, properties.",
                query=VersionQuery,
                answers={200: Answer(model=SchemaAnswer)},
            ),
        ),
        Route(
            method="PATCH",
            path=damaged,
            name="damaged-entries.repair",
            endpoint=endpoints.repair_entry,
            doc=Doc(
                summary="Repair a node that looks like an entry of the catalogue and cannot be one.",
                body=Body(model=EntryBody, example={"version": "1.0.0"}),
                answers={204: NO_CONTENT},
                refusals=refusals(409),
            ),
            roles=ADMINISTRATORS,
        ),
        Route(
            method="DELETE",
            path=damaged,
            name="damaged-entries.remove",
            endpoint=endpoints.remove_entry,
            doc=Doc(
                summary="Remove a node that looks like an entry of the catalogue and cannot be one.",
                answers={204: NO_CONTENT},
                refusals=refusals(409),
            ),
            roles=ADMINISTRATORS,
        ),
        Route(
            method="DELETE",
            path=f"{applications}/{{name:[^/]+}}",
            name="applications.delete",
            endpoint=endpoints.delete_application,
            doc=Doc(
                summary="Delete an application, or one version of it, by a job.",
                query=VersionQuery,
                headers=JOB_HEADERS,
                answers=ACCEPTED,
                refusals=JOB_REFUSALS,
            ),
            roles=ADMINISTRATORS,
        ),
    ]
