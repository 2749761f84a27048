"""The routes of the imaging surface."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.imaging import endpoints
from gateway.route import Route
from shared.jobs import Surface


def list_imaging_routes(base: str) -> Sequence[Route]:
    """List every route of this surface below a path."""
    return [
        Route(
            method="POST",
            path=f"{base}/app/export",
            name="imaging.export_app",
            endpoint=endpoints.export_application,
            surface=Surface.IMAGING,
        ),
        Route(
            method="POST",
            path=f"{base}/app/import",
            name="imaging.import_app",
            endpoint=endpoints.import_application,
            surface=Surface.IMAGING,
        ),
    ]
