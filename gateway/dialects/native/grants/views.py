"""How grants are shown."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bodies.times import view_time
from gateway.dialects.native.grants.answers import GrantAnswer, GrantsAnswer
from shared.identity import Grant


def view_grant(grant: Grant) -> GrantAnswer:
    """Return a grant."""
    return {
        "id": grant.id,
        "database": grant.application.database,
        "application": grant.application.application,
        "user": grant.user,
        "granted_by": grant.granted_by,
        "created": view_time(grant.created),
    }


def view_grants(grants: Sequence[Grant]) -> GrantsAnswer:
    """Return the listing of grants."""
    return {"grants": [view_grant(each) for each in grants]}
