"""What the OpenAPI document says of this dialect's routes."""

from __future__ import annotations

from typing import Any, Final

from gateway.bodies.downloads import describe_download
from gateway.dialects.spark.answers import ExportsAnswer, ImportsAnswer, StatusAnswer, TokenAnswer
from gateway.dialects.spark.models import CancelExportBody, CancelImportBody, SparkExportBody, TokenForm
from gateway.dialects.spark.parts import ENTITY_PART, FILE_PART
from gateway.doc import BYTES, LOCATION, Answer, Body, Doc, refusals

_STATUS: Final = {200: Answer(text="How the job stands.", model=StatusAnswer, headers=LOCATION)}

_PARTS: Final[dict[str, Any]] = {
    "type": "object",
    "required": [FILE_PART, ENTITY_PART],
    "properties": {
        FILE_PART: {**BYTES, "description": "The archive."},
        ENTITY_PART: {
            "type": "string",
            "contentMediaType": "application/json",
            "description": "What to import from it, as JSON: inputs.services_modify[] and more.",
        },
    },
}

EXPORT: Final = Doc(
    summary="Export services.",
    body=Body(model=SparkExportBody, example={"inputs": {"services": ["source/Shop[3.2]"]}, "file_name": "shop.zip"}),
    answers=_STATUS,
    refusals=refusals(409),
)
IMPORT: Final = Doc(
    summary="Import services from an archive that comes with the request.",
    body=Body(media_types=("multipart/form-data",), schema=_PARTS),
    answers=_STATUS,
    refusals=refusals(409, 422, 507),
)
GET: Final = Doc(summary="Tell how a job stands.", answers=_STATUS)
CANCEL_EXPORT: Final = Doc(
    summary="Cancel an export.",
    body=Body(model=CancelExportBody, example={"export_status": "cancelled"}),
    answers=_STATUS,
    refusals=refusals(409),
)
CANCEL_IMPORT: Final = Doc(
    summary="Cancel an import.",
    body=Body(model=CancelImportBody, example={"import_status": "cancelled"}),
    answers=_STATUS,
    refusals=refusals(409),
)
LIST_EXPORTS: Final = Doc(summary="List the exports, running and recent.", answers={200: Answer(model=ExportsAnswer)})
LIST_IMPORTS: Final = Doc(summary="List the imports, running and recent.", answers={200: Answer(model=ImportsAnswer)})
FILE: Final = describe_download("Download what an export wrote, by its signed link.", refused=refusals(404))
TOKEN: Final = Doc(
    summary="Change a key for an access token: OAuth client credentials.",
    body=Body(
        model=TokenForm,
        media_types=("application/x-www-form-urlencoded",),
        example={"grant_type": "client_credentials", "client_id": "ann", "client_secret": "gf_…"},
    ),
    answers={200: Answer(model=TokenAnswer)},
    refusals=refusals(401, 429, 503),
)
