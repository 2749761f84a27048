"""The bodies and queries of jobs."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AwareDatetime, BaseModel, BeforeValidator, ConfigDict, Field

from shared.jobs.record import (
    JobKind,
    Status,
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


class JobsQuery(BaseModel):
    """What GET /jobs may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    status: Annotated[frozenset[Status] | None, BeforeValidator(_split)] = None
    kind: Annotated[frozenset[JobKind] | None, BeforeValidator(_split)] = None
    created_by: str | None = None
    database: str | None = None
    application: str | None = None
    find: Annotated[str | None, Field(min_length=1, max_length=1000)] = None
    """A part of the name of an application, or of an archive."""
    created_after: AwareDatetime | None = None
    created_before: AwareDatetime | None = None
    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=500)] = 100

    def to_filter(self, only_user: str | None) -> JobFilter:
        """Return the filter; a user who sees own jobs only is its narrowest part."""
        return JobFilter(
            statuses=self.status,
            kinds=self.kind,
            created_by=only_user or self.created_by,
            database=self.database,
            application=self.application,
            find=self.find,
            created_after=self.created_after,
            created_before=self.created_before,
        )
