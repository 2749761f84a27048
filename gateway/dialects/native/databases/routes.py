"""The routes of databases and their applications."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.base import API
from gateway.dialects.native.databases import endpoints
from gateway.rights import ADMINISTRATORS
from gateway.route import Route


def list_database_routes() -> Sequence[Route]:
    """List the routes."""
    applications = f"{API}/databases/{{database}}/applications"
    return [
        Route(method="GET", path=f"{API}/databases", name="databases.list", endpoint=endpoints.get_databases),
        Route(method="GET", path=applications, name="applications.list", endpoint=endpoints.get_applications),
        Route(
            method="GET",
            path=f"{applications}/{{name:[^/]+}}/schema",
            name="applications.schema",
            endpoint=endpoints.get_schema,
        ),
        Route(
            method="DELETE",
            path=f"{applications}/{{name:[^/]+}}",
            name="applications.delete",
            endpoint=endpoints.delete_application,
            roles=ADMINISTRATORS,
        ),
    ]
