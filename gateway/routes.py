"""The one table of routes."""

from __future__ import annotations

from collections.abc import Sequence

from gateway import health
from gateway.dialects.imaging import endpoints as imaging
from gateway.dialects.native import endpoints as native
from gateway.route import Access, Route
from shared.identity import Role
from shared.jobs import Surface
from shared.settings import Settings

_API = "/api/v1"
_ADMINISTRATORS = frozenset({Role.ADMIN})


def list_routes(settings: Settings) -> Sequence[Route]:
    """List every route. GET routes answer HEAD too."""
    return [*_imaging_routes(settings.imaging_base_path), *_job_routes(), *_archive_routes(), *_other_routes()]


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


def _job_routes() -> Sequence[Route]:
    job = f"{_API}/jobs/{{job_id}}"
    return [
        Route(method="GET", path=f"{_API}/jobs", name="jobs.list", endpoint=native.list_jobs),
        Route(method="GET", path=job, name="jobs.get", endpoint=native.get_job),
        Route(method="PATCH", path=job, name="jobs.cancel", endpoint=native.cancel_job),
        Route(method="GET", path=f"{job}/log", name="jobs.log", endpoint=native.get_log),
    ]


def _archive_routes() -> Sequence[Route]:
    archive = f"{_API}/archives/{{name:[^/]+}}"
    return [
        Route(method="GET", path=f"{_API}/archives", name="archives.list", endpoint=native.list_archives),
        Route(method="GET", path=archive, name="archives.download", endpoint=native.download_archive),
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
        Route(method="GET", path=f"{_API}/databases", name="databases.list", endpoint=native.get_databases),
        Route(method="GET", path=applications, name="applications.list", endpoint=native.get_applications),
        Route(method="GET", path=f"{_API}/me", name="me", endpoint=native.get_me, access=Access.USER),
        Route(method="GET", path="/healthz", name="healthz", endpoint=health.get_liveness, access=Access.PUBLIC),
        Route(method="GET", path="/livez", name="livez", endpoint=health.get_liveness, access=Access.PUBLIC),
        Route(method="GET", path="/readyz", name="readyz", endpoint=health.get_readiness, access=Access.PUBLIC),
    ]
