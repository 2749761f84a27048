"""The bodies of exports."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import Field

from gateway.bodies.parsing import MOST_NAMES
from gateway.dialects.native.bodies import Body, JobBody, Name
from shared.archive_names import name_for_export
from shared.jobs.requests import DEFAULT_BATCH_SIZE, ApplicationReference, ExportRequest, FileFilter


class ExportedApplication(Body):
    """One of the `applications` of POST /exports."""

    name: Name
    version: Name | None = None
    """None: the newest."""

    def to_reference(self) -> ApplicationReference:
        """Convert to the domain's reference."""
        return ApplicationReference(name=self.name, version=self.version)


class ExportBody(JobBody):
    """What POST /exports sends."""

    database: Name
    applications: Annotated[tuple[ExportedApplication, ...], Field(min_length=1, max_length=MOST_NAMES, strict=False)]
    file_filter: Annotated[FileFilter, Field(strict=False)] = FileFilter.MIGRATE
    file_name: Name | None = None
    """The archive's; None: after the first application and the present second."""
    strip_secured: bool = False

    def to_request(self, now: datetime) -> ExportRequest:
        """Return the request."""
        return ExportRequest(
            database=self.database,
            applications=tuple(each.to_reference() for each in self.applications),
            archive_name=self.file_name or name_for_export(self.applications[0].name, now),
            batch_size=self.batch_size or DEFAULT_BATCH_SIZE,
            strip_secured=self.strip_secured,
            file_filter=self.file_filter,
        )
