"""The one table of routes."""

from __future__ import annotations

from collections.abc import Sequence

from gateway import health
from gateway.dialects.imaging import endpoints as imaging
from gateway.dialects.native import endpoints as native
from gateway.dialects.spark import endpoints as spark
from gateway.dialects.spark.tokens import issue_token
from gateway.route import Access, Endpoint, Route
from shared.identity import Role
from shared.jobs import Surface
from shared.settings import Settings

_API = "/api/v1"
_ADMINISTRATORS = frozenset({Role.ADMIN})


def list_routes(settings: Settings) -> Sequence[Route]:
    """List every route. GET routes answer HEAD too."""
    return [
        *_imaging_routes(settings.imaging_base_path),
        *_spark_routes("/{tenant}/api/v4", "spark"),
        *_spark_routes(f"/{settings.environment}/{{tenant}}/api/v4", "spark_environment"),
        *_open_spark_routes(),
        *_job_routes(),
        *_archive_routes(),
        *_other_routes(),
    ]


def _imaging_routes(base: str) -> Sequence[Route]:
    return [
        Route(
            method="POST",
            path=f"{base}/app/export",
            name="imaging.export_app",
            endpoint=imaging.export_application,
            surface=Surface.IMAGING,
        ),
        Route(
            method="POST",
            path=f"{base}/app/import",
            name="imaging.import_app",
            endpoint=imaging.import_application,
            surface=Surface.IMAGING,
        ),
    ]


def _spark_routes(base: str, name: str) -> Sequence[Route]:
    def route(method: str, path: str, endpoint: Endpoint, *, drains: bool = False, is_polled: bool = False) -> Route:
        return Route(
            method=method,
            path=f"{base}/{path}",
            name=f"{name}.{endpoint.__name__}",
            endpoint=endpoint,
            surface=Surface.SPARK,
            drains=drains,
            is_polled=is_polled,
        )

    return [
        route("POST", "export", spark.export_services),
        route("GET", "export/status", spark.list_exports),
        route("GET", "export/{job_id}/status", spark.get_export, is_polled=True),
        route("PATCH", "export/{job_id}", spark.cancel_export),
        route("POST", "import", spark.import_services, drains=True),
        route("GET", "import/status", spark.list_imports),
        route("GET", "import/{job_id}/status", spark.get_import, is_polled=True),
        route("PATCH", "import/{job_id}", spark.cancel_import),
    ]


def _open_spark_routes() -> Sequence[Route]:
    """List what shows by other means than its headers who may call it."""
    return [
        Route(
            method="GET",
            path="/files/{token}",
            name="spark.file",
            endpoint=spark.download_file,
            access=Access.PUBLIC,
            surface=Surface.SPARK,
        ),
        Route(
            method="POST",
            path="/auth/realms/{tenant}/protocol/openid-connect/token",
            name="spark.token",
            endpoint=issue_token,
            access=Access.PUBLIC,
            surface=Surface.SPARK,
        ),
    ]


def _job_routes() -> Sequence[Route]:
    job = f"{_API}/jobs/{{job_id}}"
    return [
        Route(method="GET", path=f"{_API}/jobs", name="jobs.list", endpoint=native.list_jobs),
        Route(method="GET", path=job, name="jobs.get", endpoint=native.get_job, is_polled=True),
        Route(method="PATCH", path=job, name="jobs.cancel", endpoint=native.cancel_job),
        Route(method="GET", path=f"{job}/log", name="jobs.log", endpoint=native.get_log),
    ]


def _archive_routes() -> Sequence[Route]:
    archive = f"{_API}/archives/{{name:[^/]+}}"
    return [
        Route(method="GET", path=f"{_API}/archives", name="archives.list", endpoint=native.list_archives),
        Route(method="GET", path=archive, name="archives.download", endpoint=native.download_archive),
        Route(method="GET", path=f"{archive}/inspect", name="archives.inspect", endpoint=native.inspect_archive),
        Route(
            method="PUT",
            path=archive,
            name="archives.upload",
            endpoint=native.upload_archive,
            roles=_ADMINISTRATORS,
        ),
        Route(
            method="DELETE",
            path=archive,
            name="archives.delete",
            endpoint=native.delete_archive,
            roles=_ADMINISTRATORS,
        ),
    ]


def _other_routes() -> Sequence[Route]:
    applications = f"{_API}/databases/{{database}}/applications"
    return [
        Route(method="POST", path=f"{_API}/imports", name="imports.create", endpoint=native.import_archive),
        Route(method="GET", path=f"{_API}/databases", name="databases.list", endpoint=native.get_databases),
        Route(method="GET", path=applications, name="applications.list", endpoint=native.get_applications),
        Route(
            method="DELETE",
            path=f"{applications}/{{name:[^/]+}}",
            name="applications.delete",
            endpoint=native.delete_application,
            roles=_ADMINISTRATORS,
        ),
        Route(method="GET", path=f"{_API}/me", name="me", endpoint=native.get_me, access=Access.USER),
        *_health_routes(),
    ]


def _health_routes() -> Sequence[Route]:
    endpoints = {"healthz": health.get_liveness, "livez": health.get_liveness, "readyz": health.get_readiness}
    return [
        Route(method="GET", path=f"/{name}", name=name, endpoint=endpoint, access=Access.PUBLIC, is_polled=True)
        for name, endpoint in endpoints.items()
    ]
