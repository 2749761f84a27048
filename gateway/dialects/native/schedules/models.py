"""The bodies and queries of schedules."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Self

from pydantic import Field, model_validator

from gateway.dialects.native.bodies import Body
from gateway.dialects.native.copies.models import CopyBody
from gateway.dialects.native.exports.models import ExportBody
from shared.schedules.cron import MOST_CHARACTERS
from shared.schedules.record import CATCH_UP_SECONDS, Overlap, Retention, Work

MOST_KEPT = 1000

Title = Annotated[str, Field(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f\x7f]+$")]
Cron = Annotated[str, Field(min_length=1, max_length=MOST_CHARACTERS)]
Zone = Annotated[str, Field(min_length=1, max_length=100)]
Kept = Annotated[int, Field(ge=0, le=MOST_KEPT)]
CatchUp = Annotated[int, Field(ge=0, le=86_400)]
AnyOverlap = Annotated[Overlap, Field(strict=False)]


class RetentionBody(Body):
    """Which of the archives that the schedule makes are kept; all of them where no field is above 0."""

    keep_last: Kept = 0
    keep_daily: Kept = 0
    keep_weekly: Kept = 0
    keep_monthly: Kept = 0

    def to_retention(self) -> Retention:
        """Return the rules."""
        return Retention(
            keep_last=self.keep_last,
            keep_daily=self.keep_daily,
            keep_weekly=self.keep_weekly,
            keep_monthly=self.keep_monthly,
        )


class _Works(Body):
    """What is done: one of the two."""

    export: ExportBody | None = None
    """As the body of POST /exports."""
    copy_: Annotated[CopyBody | None, Field(alias="copy")] = None
    """As the body of POST /copies."""

    @model_validator(mode="after")
    def _know_one(self) -> Self:
        if self.export is not None and self.copy_ is not None:
            raise ValueError("a schedule has either export or copy, not both")
        for each in (self.export, self.copy_):
            if each is not None and each.depends_on:
                raise ValueError("depends_on is for jobs that there are already: leave it out of a schedule")
            if each is not None and each.webhook is not None and each.webhook.secret is not None:
                raise ValueError(
                    "a schedule is shown with all that it asks for: leave webhook.secret out; the tenant's is used"
                )
        return self

    @property
    def work(self) -> tuple[Work, Mapping[str, Any]] | None:
        """What is done, and the request for it as it was sent; None where it is not named."""
        if self.export is not None:
            return Work.EXPORT, self.export.model_dump(mode="json", exclude_unset=True)
        if self.copy_ is not None:
            return Work.COPY, self.copy_.model_dump(mode="json", exclude_unset=True)
        return None


class ScheduleBody(_Works):
    """What POST /schedules sends."""

    name: Title
    cron: Cron
    """Five fields, or a name such as `@daily`."""
    time_zone: Zone = "UTC"
    """A name of IANA."""
    enabled: bool = True
    retention: RetentionBody = RetentionBody()
    catch_up_seconds: CatchUp = CATCH_UP_SECONDS
    """How late a time may still be run after nobody was there."""
    overlap: AnyOverlap = Overlap.SKIP
    """What becomes of a time that comes while the job of the last one has not ended."""

    @model_validator(mode="after")
    def _need_one(self) -> Self:
        if self.work is None:
            raise ValueError("a schedule needs export or copy")
        return self


class ScheduleChangeBody(_Works):
    """What PATCH /schedules/{schedule_id} sends: what is not named stays; retention is replaced as a whole."""

    name: Title | None = None
    cron: Cron | None = None
    time_zone: Zone | None = None
    enabled: bool | None = None
    retention: RetentionBody | None = None
    catch_up_seconds: CatchUp | None = None
    overlap: AnyOverlap | None = None
    owner: Annotated[str, Field(min_length=1)] | None = None
    """The caller's own name: whose rights count from now on. They do, too, where `export` or `copy` is named."""


class TimesQuery(Body):
    """What GET /schedule-times asks for."""

    cron: Cron
    time_zone: Zone = "UTC"
