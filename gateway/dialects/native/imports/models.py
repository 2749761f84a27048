"""The bodies of imports."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field

from gateway.dialects.native.bodies import BatchSize, Body, Name
from shared.jobs import DEFAULT_BATCH_SIZE, ApplicationChoice, ConflictAction, ImportRequest, VersionStep

Action = Annotated[ConflictAction, Field(strict=False)]
Suffix = Annotated[str, Field(min_length=1, max_length=200)]


class ChosenApplication(Body):
    """One of the `applications` of POST /imports."""

    name: Name
    """In the archive."""
    version: Name | None = None
    """None: every version of it in the archive."""
    import_as: Name | None = None
    """None: as in the archive."""
    on_conflict: Action = ConflictAction.FAIL
    version_step: Annotated[VersionStep, Field(strict=False)] = VersionStep.MINOR
    suffix: Suffix | None = None

    def to_choice(self) -> ApplicationChoice:
        """Say it to the handler."""
        return ApplicationChoice(
            source_name=self.name,
            source_version=self.version,
            name=self.import_as or self.name,
            on_conflict=self.on_conflict,
            version_step=self.version_step,
            suffix=self.suffix,
        )


class ImportBody(Body):
    """What POST /imports sends."""

    database: Name
    archive: Name
    batch_size: BatchSize = 0
    import_as: Name | None = None
    on_conflict: Action = ConflictAction.FAIL
    suffix: Suffix | None = None
    applications: tuple[ChosenApplication, ...] = Field(default=(), strict=False)
    """Empty: all of the archive, as the three fields above say."""
    fail_on_difference: bool = False
    dry_run: bool = False

    def to_request(self) -> ImportRequest:
        """Return the request."""
        return ImportRequest(
            database=self.database,
            archive_name=self.archive,
            batch_size=self.batch_size or DEFAULT_BATCH_SIZE,
            import_as=self.import_as,
            on_conflict=self.on_conflict,
            suffix=self.suffix,
            choices=tuple(each.to_choice() for each in self.applications),
            fail_on_difference=self.fail_on_difference,
            dry_run=self.dry_run,
        )
