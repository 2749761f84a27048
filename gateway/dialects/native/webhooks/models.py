"""What a caller says of a webhook, and asks of its deliveries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.dialects.native.bodies import Body
from shared.jobs.record import JobKind
from shared.webhooks import JobOutcome, TenantWebhook, new_secret, read_secret

Outcomes = Annotated[tuple[Annotated[JobOutcome, Field(strict=False)], ...], Field(min_length=1, max_length=10)]
Kinds = Annotated[tuple[Annotated[JobKind, Field(strict=False)], ...], Field(min_length=1, max_length=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WebhookChanged:
    """A webhook as it was set."""

    webhook: TenantWebhook
    is_secret_new: bool
    """Whether its secret is to be shown, this once."""


class WebhookSettingBody(Body):
    """What PUT /webhook sends: the whole, but for the secret, which stays unless it is named or asked for."""

    url: Annotated[str, Field(min_length=1, max_length=2048)]
    secret: Annotated[str, Field(min_length=1, max_length=200)] | None = None
    """Absent: the one that there is, or a new one."""
    new_secret: bool = False
    """Make a new secret; the answer has it."""
    outcomes: Annotated[Outcomes | None, Field(strict=False)] = None
    """Absent: all."""
    kinds: Annotated[Kinds | None, Field(strict=False)] = None
    """Absent: all."""
    enabled: bool = True

    def draw_secret(self) -> str:
        """Return the secret that is set where there is none to keep. Raises: InvalidRequestError."""
        if self.secret is None:
            return new_secret()
        read_secret(self.secret)
        return self.secret

    def apply_to(self, known: TenantWebhook | None, *, drawn: str, tenant_created: str, now: datetime) -> TenantWebhook:
        """Return the webhook as it shall be, with its own secret or the one `drawn`."""
        keeps = known is not None and self.secret is None and not self.new_secret
        return TenantWebhook(
            url=self.url,
            secret=known.secret if known is not None and keeps else drawn,
            outcomes=self.outcomes and tuple(dict.fromkeys(self.outcomes)),
            kinds=self.kinds and tuple(dict.fromkeys(self.kinds)),
            enabled=self.enabled,
            tenant_created=tenant_created,
            changed=now,
        )


class DeliveriesQuery(BaseModel):
    """What GET /webhook/deliveries may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
