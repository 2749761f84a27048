"""The request bodies of the imaging surface."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.archive_names import name_for_export
from shared.jobs.requests import (
    DEFAULT_BATCH_SIZE,
    MAX_BATCH_SIZE,
    ApplicationReference,
    ConflictAction,
    ExportRequest,
    ImportRequest,
)

Name = Annotated[str, Field(min_length=1)]
BatchSize = Annotated[int | None, Field(ge=0, le=MAX_BATCH_SIZE)]
"""0, null or nothing mean the default."""


class _Body(BaseModel):
    # Fields that we do not know are passed over: the clients of this surface are older than we are.
    model_config = ConfigDict(strict=True, frozen=True, extra="ignore")


class ImagingExportBody(_Body):
    """What POST app/export sends."""

    database: Name
    export_app: Name
    batch_size: BatchSize = None

    def to_request(self, now: datetime) -> ExportRequest:
        """Return the request; the archive is named by the application and the present second."""
        return ExportRequest(
            database=self.database,
            applications=(ApplicationReference(name=self.export_app),),
            archive_name=name_for_export(self.export_app, now),
            batch_size=self.batch_size or DEFAULT_BATCH_SIZE,
        )


class ImagingImportBody(_Body):
    """What POST app/import sends."""

    import_app: Name
    database: Name
    batch_size: BatchSize = None
    import_as: Annotated[str | None, Field(min_length=1, max_length=16_383)] = None
    on_conflict: Annotated[ConflictAction, Field(strict=False)] = ConflictAction.FAIL

    def to_request(self) -> ImportRequest:
        """Return the request."""
        return ImportRequest(
            database=self.database,
            archive_name=self.import_app,
            batch_size=self.batch_size or DEFAULT_BATCH_SIZE,
            import_as=self.import_as,
            on_conflict=self.on_conflict,
        )
