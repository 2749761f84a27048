"""What bodies that ask for jobs have in common."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from shared.jobs.record import JobWebhook
from shared.jobs.requests import MAX_BATCH_SIZE

MOST_DEPENDENCIES = 100
"""Of one job."""

Name = Annotated[str, Field(min_length=1)]
_UUID = r"^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$"
JobId = Annotated[str, Field(pattern=_UUID), AfterValidator(str.lower)]
DependsOn = Annotated[tuple[JobId, ...], Field(max_length=MOST_DEPENDENCIES, strict=False)]
"""Jobs that must have closed before this one starts."""
BatchSize = Annotated[int, Field(ge=0, le=MAX_BATCH_SIZE)]
"""0: the default."""


class Body(BaseModel):
    """A JSON object of this surface: what it does not know is refused."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")


class WebhookBody(Body):
    """Who is told of the job's end."""

    url: Annotated[str, Field(min_length=1, max_length=2048)]
    secret: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """What it is signed with; None: the secret of the tenant's webhook."""

    def to_webhook(self) -> JobWebhook:
        """Return the domain's."""
        return JobWebhook(url=self.url, secret=self.secret)


class JobBody(Body):
    """What every request for a job may say besides."""

    batch_size: BatchSize = 0
    depends_on: DependsOn = ()
    queue: bool = True
    """False: be refused while the tenant has a running job, instead of waiting for its turn."""
    webhook: WebhookBody | None = None
    """An address to be told of the job's end, besides the tenant's."""

    def find_webhook(self) -> JobWebhook | None:
        """Return who is told of the job's end."""
        return None if self.webhook is None else self.webhook.to_webhook()
