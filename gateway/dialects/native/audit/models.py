"""What a caller asks of the audit log."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class AuditQuery(BaseModel):
    """What GET /audit may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    cursor: str | None = None
    limit: Annotated[int, Field(ge=1, le=1000)] = 100
