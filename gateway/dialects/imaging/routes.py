"""The routes of the imaging surface."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.access.roles import IMPORTERS
from gateway.dialects.imaging import endpoints
from gateway.dialects.imaging.answers import AcceptedAnswer
from gateway.dialects.imaging.models import ImagingExportBody, ImagingImportBody
from gateway.doc import LOCATION, Answer, Body, Doc, refusals
from gateway.route import Route
from shared.jobs.record import Surface
from shared.settings.process import Settings

_ACCEPTED = {
    200: Answer(
        text="The job is accepted.", model=AcceptedAnswer, headers={**LOCATION, "Link": "The job's log, as `log`."}
    )
}
_EXPORT = {"database": "source", "export_app": "MyApp", "batch_size": 1000}
_IMPORT = {"import_app": "MyApp-20260101-120000.zip", "database": "target", "import_as": "MyApp again"}


def list_imaging_routes(settings: Settings) -> Sequence[Route]:
    """List every route of this surface."""
    base = settings.imaging_base_path
    return [
        Route(
            method="POST",
            path=f"{base}/app/export",
            name="imaging.export_app",
            endpoint=endpoints.export_application,
            doc=Doc(
                summary="Export an application into the tenant's archive folder.",
                body=Body(model=ImagingExportBody, example=_EXPORT),
                answers=_ACCEPTED,
                refusals=refusals(409),
            ),
            surface=Surface.IMAGING,
        ),
        Route(
            method="POST",
            path=f"{base}/app/import",
            name="imaging.import_app",
            endpoint=endpoints.import_application,
            doc=Doc(
                summary="Import an archive of the tenant's folder.",
                body=Body(model=ImagingImportBody, example=_IMPORT),
                answers=_ACCEPTED,
                refusals=refusals(409, 422),
            ),
            roles=IMPORTERS,
            surface=Surface.IMAGING,
        ),
    ]
