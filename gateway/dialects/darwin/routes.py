"""The routes of the darwin surface."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import CATALOGUE_ADMINISTRATORS
from gateway.dialects.darwin import docs, endpoints
from gateway.dialects.darwin.base import API
from gateway.route import Route
from shared.jobs.record import Surface


def list_darwin_routes() -> Sequence[Route]:
    """List every route of this surface."""
    return [
        Route(
            method="POST",
            path=f"{API}/export",
            name="darwin.export_versions",
            endpoint=endpoints.export_versions,
            doc=docs.EXPORT,
            all_roles=CATALOGUE_ADMINISTRATORS,
            surface=Surface.DARWIN,
        ),
        Route(
            method="POST",
            path=f"{API}/import",
            name="darwin.import_package",
            endpoint=endpoints.import_package,
            doc=docs.IMPORT,
            all_roles=CATALOGUE_ADMINISTRATORS,
            surface=Surface.DARWIN,
            drains=True,
        ),
    ]
