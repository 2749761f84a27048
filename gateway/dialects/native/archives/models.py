"""The queries of archives."""

from __future__ import annotations

from typing import Annotated

from pydantic import ConfigDict, Field

from gateway.dialects.native.foreign_names import ForeignNamesFields


class InspectQuery(ForeignNamesFields):
    """What GET /archives/{name}/inspect may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: Annotated[str, Field(min_length=1)] | None = None
    """Where conflicts are looked for; absent: nowhere."""
