"""Settings of webhooks: where they may go."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field, IPvAnyNetwork


class WebhookSettings(BaseModel):
    """What addresses of receivers may be. None of it opens a port here."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    webhook_networks: tuple[IPvAnyNetwork, ...] = ()
    """JSON: networks whose addresses receivers may have, although these are not public, such as `10.20.0.0/16`."""
    webhook_ports: tuple[Annotated[int, Field(ge=1, le=65535)], ...] = (443, 8443)
    """JSON: ports that receivers may have."""
    webhook_http: bool = False
    """Whether receivers may be without TLS."""
    webhook_seconds: float = Field(default=15.0, gt=0, le=60)
    """How long a receiver may take to answer."""
