"""The routes of copies."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import IMPORTERS
from gateway.dialects.native.accepting import ACCEPTED, JOB_HEADERS, JOB_REFUSALS
from gateway.dialects.native.base import API
from gateway.dialects.native.copies import endpoints
from gateway.dialects.native.copies.models import CopyBody
from gateway.doc import Body, Doc
from gateway.route import Route


def list_copy_routes() -> Sequence[Route]:
    """List the routes."""
    return [
        Route(
            method="POST",
            path=f"{API}/copies",
            name="copies.create",
            endpoint=endpoints.copy_applications,
            doc=Doc(
                summary="Copy applications from one database to another, by a job.",
                body=Body(
                    model=CopyBody,
                    example={"from_database": "source", "to_database": "target", "applications": [{"name": "MyApp"}]},
                ),
                headers=JOB_HEADERS,
                answers=ACCEPTED,
                refusals=JOB_REFUSALS | {422},
            ),
            roles=IMPORTERS,
        )
    ]
