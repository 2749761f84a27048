"""The bodies and queries of grants."""

from __future__ import annotations

from collections.abc import Collection
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from shared.identity import Grant
from shared.spelling import is_same

Name = Annotated[str, Field(min_length=1)]


class GrantBody(BaseModel):
    """What POST /grants sends."""

    model_config = ConfigDict(strict=True, frozen=True, extra="forbid")

    database: Name
    application: Name
    user: Name
    """`*`: all users of the tenant."""


class GrantsQuery(BaseModel):
    """What GET /grants may ask for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    database: str | None = None
    application: str | None = None
    user: str | None = None

    def matches(self, grant: Grant, databases: Collection[str] | None) -> bool:
        """Return whether the listing shows the grant; `databases` are all names of the one that is asked for."""
        return (
            (databases is None or grant.application.database in databases)
            and (self.application is None or is_same(self.application, grant.application.application))
            and (self.user is None or is_same(self.user, grant.user))
        )
