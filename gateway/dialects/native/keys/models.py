"""The bodies and queries of keys."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from gateway.bodies.times import Moment
from shared.errors import InvalidRequestError

KeyName = Annotated[str, Field(min_length=1, max_length=200)]


class NewKeyBody(BaseModel):
    """What POST /keys sends."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    name: KeyName | None = None
    user: Annotated[str, Field(min_length=1)] | None = None
    """Absent: the caller."""
    expires: Annotated[Moment | None, Field(strict=False)] = None
    """Absent: never."""

    def require_future(self, now: datetime) -> None:
        """Refuse a key that is over before it is there. Raises: InvalidRequestError."""
        if self.expires is not None and self.expires <= now:
            raise InvalidRequestError(f"expires {self.expires.isoformat()} is over already; name a time to come.")


class KeysQuery(BaseModel):
    """What GET /keys may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    user: Annotated[str, Field(min_length=1)] | None = None
    """Absent: the caller; `*`: every user of the tenant."""
