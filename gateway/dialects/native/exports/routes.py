"""The routes of exports."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.dialects.native.accepting import ACCEPTED, JOB_HEADERS, JOB_REFUSALS
from gateway.dialects.native.base import API
from gateway.dialects.native.exports import endpoints
from gateway.dialects.native.exports.models import ExportBody
from gateway.doc import Body, Doc
from gateway.route import Route


def list_export_routes() -> Sequence[Route]:
    """List the routes."""
    return [
        Route(
            method="POST",
            path=f"{API}/exports",
            name="exports.create",
            endpoint=endpoints.export_applications,
            doc=Doc(
                summary="Export applications into one archive, by a job.",
                body=Body(
                    model=ExportBody,
                    example={"database": "source", "applications": [{"name": "MyApp", "version": "2.1"}]},
                ),
                headers=JOB_HEADERS,
                answers=ACCEPTED,
                refusals=JOB_REFUSALS | {422},
            ),
        )
    ]
