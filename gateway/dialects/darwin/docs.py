"""What the OpenAPI document says of this dialect's routes."""

from __future__ import annotations

from typing import Any, Final

from gateway.dialects.darwin.answers import ExportAnswer, ImportAnswer
from gateway.dialects.darwin.models import ExportBody, ImportBody, TargetQuery
from gateway.doc import Answer, Body, Doc, refusals

_OBJECT: Final = {"name": "MyApp", "major": 2, "minor": 1, "micro": 0, "type": "APPLICATION_VERSION"}
_PACKAGE: Final[dict[str, Any]] = {
    **ImportBody.model_json_schema(),
    "title": "ImportPackageBody",
}
_PACKAGE["properties"] = {
    **_PACKAGE["properties"],
    "exportPackage": {"type": "string", "description": "The archive in Base64, once or twice."},
}

EXPORT: Final = Doc(
    summary="Export versions with what they depend on, within the request.",
    body=Body(model=ExportBody, example={"stripSecuredProperties": False, "exportRequestParameter": [_OBJECT]}),
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
