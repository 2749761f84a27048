"""What the OpenAPI document says of this dialect's routes."""

from __future__ import annotations

from typing import Any, Final

from pydantic import TypeAdapter

from gateway.dialects.darwin.answers import ExportAnswer, ImportAnswer
from gateway.dialects.darwin.models import Action, DarwinExportBody, DarwinImportBody, TargetQuery
from gateway.doc import Answer, Body, Doc, refusals

_OBJECT: Final = {"name": "MyApp", "major": 2, "minor": 1, "micro": 0, "type": "APPLICATION_VERSION"}
_FIELDS: Final = DarwinImportBody.model_json_schema()
_PACKAGE: Final[dict[str, Any]] = {
    "type": "object",
    "title": "DarwinImportBody",
    "required": _FIELDS["required"],
    "properties": {
        **_FIELDS["properties"],
        "exportPackage": {"type": "string", "description": "The archive in Base64, once or twice."},
        "conflictResolutionAction": TypeAdapter(Action).json_schema(),
    },
}

EXPORT: Final = Doc(
    summary="Export versions with what they depend on, within the request.",
    body=Body(model=DarwinExportBody, example={"stripSecuredProperties": False, "exportRequestParameter": [_OBJECT]}),
    query=TargetQuery,
    answers={200: Answer(model=ExportAnswer)},
    refusals=refusals(403, 409, 504),
)
IMPORT: Final = Doc(
    summary="Import versions, within the request.",
    body=Body(schema=_PACKAGE),
    query=TargetQuery,
    answers={200: Answer(model=ImportAnswer)},
    refusals=refusals(403, 409, 504, 507),
)
