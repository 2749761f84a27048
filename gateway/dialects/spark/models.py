"""The request bodies of the spark surface."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from gateway.bodies.parsing import MOST_NAMES
from gateway.dialects.spark.selection import VersionFilter
from shared.jobs.requests import ConflictAction, FileFilter, VersionStep

DEFAULT_FILE_NAME = "package.zip"

EXISTING = {
    "abort": ConflictAction.FAIL,
    "replace": ConflictAction.OVERWRITE,
    "add_version": ConflictAction.ADD_VERSION,
    "update": ConflictAction.ADD_VERSION,  # what published scripts call it
    "skip": ConflictAction.SKIP,
}
"""What `services_existing` may say."""


def _or(default: object) -> BeforeValidator:
    """Take null and the empty text for the default: scripts send either for what they leave open."""
    return BeforeValidator(lambda value: default if value in (None, "") else value)


def _to_text(value: object) -> object:
    """Take a number for its text."""
    return str(value) if type(value) in (int, float) else value


def _existing(value: object) -> ConflictAction:
    """Take our word for the wire's."""
    if value in (None, ""):
        return ConflictAction.FAIL
    if isinstance(value, str) and value in EXISTING:
        return EXISTING[value]
    raise ValueError(f"Input should be one of {', '.join(EXISTING)}")


Label = Annotated[str | None, BeforeValidator(_to_text)]
Text = Annotated[str, Field(min_length=1)]
Texts = Annotated[list[Text], Field(max_length=MOST_NAMES), _or([])]


class _Body(BaseModel):
    # Fields that we do not know are passed over: the clients of this surface are older than we are.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ExportInputs(_Body):
    """What to export; the union of all three."""

    folders: Texts = []
    services: Texts = []
    version_ids: Texts = []


class JobBody(_Body):
    """What every submission may say of itself."""

    source_system: Label = None
    correlation_id: Label = None
    queue: Annotated[bool, _or(default=False)] = False
    """Wait for the tenant's turn instead of being refused."""


class SparkExportBody(JobBody):
    """What POST export sends."""

    inputs: ExportInputs
    file_filter: Annotated[FileFilter, Field(strict=False), _or(FileFilter.MIGRATE)] = FileFilter.MIGRATE
    version_filter: Annotated[VersionFilter, Field(strict=False), _or(VersionFilter.ALL)] = VersionFilter.ALL
    file_name: Annotated[str, Field(pattern=r"^[^\x00-\x1f\x7f/\\]{1,200}$"), _or(DEFAULT_FILE_NAME)] = (
        DEFAULT_FILE_NAME
    )


class CancelExportBody(_Body):
    """What PATCH export/{job_id} sends."""

    export_status: Literal["cancelled"]


class CancelImportBody(_Body):
    """What PATCH import/{job_id} sends."""

    import_status: Literal["cancelled"]


class ServiceToImport(_Body):
    """One row of `services_modify`."""

    service_uri_source: Text
    service_uri_destination: Annotated[Text | None, _or(None)] = None
    """None: as the source."""
    update_version_type: Annotated[VersionStep, Field(strict=False), _or(VersionStep.MINOR)] = VersionStep.MINOR


class ImportInputs(_Body):
    """What to import."""

    services_modify: Annotated[list[ServiceToImport], Field(min_length=1, max_length=MOST_NAMES)]


class SparkImportBody(JobBody):
    """What the part `importRequestEntity` of POST import holds."""

    inputs: ImportInputs
    services_existing: Annotated[ConflictAction, BeforeValidator(_existing)] = ConflictAction.FAIL


class TokenForm(BaseModel):
    """What a client sends for an access token."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    client_id: Text
    client_secret: Text
    grant_type: Literal["client_credentials"]
