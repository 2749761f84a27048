"""The routes of imports."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import IMPORTERS
from gateway.dialects.native.accepting import ACCEPTED, JOB_HEADERS, JOB_REFUSALS
from gateway.dialects.native.base import API
from gateway.dialects.native.imports import endpoints
from gateway.dialects.native.imports.models import ImportBody
from gateway.doc import Body, Doc
from gateway.route import Route

_EXAMPLE = {
    "database": "target",
    "archive": "MyApp.zip",
    "applications": [{"name": "MyApp", "on_conflict": "rename", "suffix": "copy"}],
}


def list_import_routes() -> Sequence[Route]:
    """List the routes."""
    return [
        Route(
            method="POST",
            path=f"{API}/imports",
            name="imports.create",
            endpoint=endpoints.import_archive,
            doc=Doc(
                summary="Import applications of an archive by a job, or say what that would do.",
                body=Body(model=ImportBody, example=_EXAMPLE),
                headers=JOB_HEADERS,
                answers=ACCEPTED,
                refusals=JOB_REFUSALS | {422},
            ),
            roles=IMPORTERS,
        )
    ]
