"""The request bodies and queries of the native surface."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from shared.jobs import (
    DEFAULT_BATCH_SIZE,
    MAX_BATCH_SIZE,
    ApplicationChoice,
    ConflictAction,
    ImportRequest,
    JobKind,
    Status,
    VersionStep,
)
from shared.ports.jobs import JobFilter


def _split(value: object) -> object:
    """Take `a,b` for a list as well as a key given twice."""
    texts = [value] if isinstance(value, str) else value
    if not isinstance(texts, list):
        return value
    return [part for text in texts for part in str(text).split(",")]


class CancelBody(BaseModel):
    """What PATCH /jobs/{job_id} sends."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    status: Literal["cancelled"]
    reason: Annotated[str | None, Field(max_length=1000)] = None


class InspectQuery(BaseModel):
    """What GET /archives/{name}/inspect may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: Annotated[str, Field(min_length=1)] | None = None
    """Where conflicts are looked for; absent: nowhere."""


class JobsQuery(BaseModel):
    """What GET /jobs may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[frozenset[Status] | None, BeforeValidator(_split)] = None
    kind: Annotated[frozenset[JobKind] | None, BeforeValidator(_split)] = None
    created_by: str | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100

    def to_filter(self, only_user: str | None) -> JobFilter:
        """Return the filter; a user who sees own jobs only is its narrowest part."""
        return JobFilter(statuses=self.status, kinds=self.kind, created_by=only_user or self.created_by)


class VersionQuery(BaseModel):
    """What says which version of an application is meant."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    version: Annotated[str | None, Field(min_length=1)] = None
    """None: every version."""


Name = Annotated[str, Field(min_length=1)]
Action = Annotated[ConflictAction, Field(strict=False)]
Suffix = Annotated[str, Field(min_length=1, max_length=200)]


class _Body(BaseModel):
    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class ChosenApplication(_Body):
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


class ImportBody(_Body):
    """What POST /imports sends."""

    database: Name
    archive: Name
    batch_size: Annotated[int, Field(ge=0, le=MAX_BATCH_SIZE)] = 0
    """0: the default."""
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
