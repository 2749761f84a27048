"""The answers of grants, and the functions that make them."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.identity import Grant


class GrantAnswer(TypedDict):
    """Who may see an application."""

    id: str
    database: str
    application: str
    user: str
    granted_by: str
    created: Time | None
    version: str


class GrantsAnswer(TypedDict):
    """A listing of grants."""

    grants: list[GrantAnswer]


def view_grant(grant: Grant) -> GrantAnswer:
    """Return a grant."""
    return {
        "id": grant.id,
        "database": grant.application.database,
        "application": grant.application.application,
        "user": grant.user,
        "granted_by": grant.granted_by,
        "created": view_time(grant.created),
        "version": grant.version,
    }


def view_grants(grants: Sequence[Grant]) -> GrantsAnswer:
    """Return the listing of grants."""
    return {"grants": [view_grant(each) for each in grants]}
