"""The routes of the spark surface."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import IMPORTERS
from gateway.dialects.spark import docs, endpoints
from gateway.dialects.spark.tokens import issue_token
from gateway.doc import Doc
from gateway.route import Access, Endpoint, Route
from shared.identity import Role
from shared.jobs.record import Surface


def list_spark_routes(environment: str) -> Sequence[Route]:
    """List every route of this surface; those of jobs stand below the environment's path too."""
    return [
        *_job_routes("/{tenant}/api/v4", "spark"),
        *_job_routes(f"/{environment}/{{tenant}}/api/v4", "spark_environment"),
        *_open_routes(),
    ]


def _job_routes(base: str, name: str) -> Sequence[Route]:
    def route(
        method: str,
        path: str,
        endpoint: Endpoint,
        doc: Doc,
        *,
        roles: frozenset[Role] = frozenset(),
        drains: bool = False,
        is_polled: bool = False,
    ) -> Route:
        return Route(
            method=method,
            path=f"{base}/{path}",
            name=f"{name}.{endpoint.__name__}",
            endpoint=endpoint,
            doc=doc,
            roles=roles,
            surface=Surface.SPARK,
            drains=drains,
            is_polled=is_polled,
        )

    return [
        route("POST", "export", endpoints.export_services, docs.EXPORT),
        route("GET", "export/status", endpoints.list_exports, docs.LIST_EXPORTS),
        route("GET", "export/{job_id}/status", endpoints.get_export, docs.GET, is_polled=True),
        route("PATCH", "export/{job_id}", endpoints.cancel_export, docs.CANCEL_EXPORT),
        route("POST", "import", endpoints.import_services, docs.IMPORT, roles=IMPORTERS, drains=True),
        route("GET", "import/status", endpoints.list_imports, docs.LIST_IMPORTS),
        route("GET", "import/{job_id}/status", endpoints.get_import, docs.GET, is_polled=True),
        route("PATCH", "import/{job_id}", endpoints.cancel_import, docs.CANCEL_IMPORT),
    ]


def _open_routes() -> Sequence[Route]:
    """List what shows by other means than its headers who may call it."""
    return [
        Route(
            method="GET",
            path="/files/{token}",
            name="spark.file",
            is_download=True,
            endpoint=endpoints.download_file,
            doc=docs.FILE,
            access=Access.PUBLIC,
            surface=Surface.SPARK,
        ),
        Route(
            method="POST",
            path="/auth/realms/{tenant}/protocol/openid-connect/token",
            name="spark.token",
            endpoint=issue_token,
            doc=docs.TOKEN,
            access=Access.PUBLIC,
            surface=Surface.SPARK,
        ),
    ]
