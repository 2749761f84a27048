"""How users are shown."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from gateway.dialects.native.times import view_time
from shared.identity import User


def view_user(user: User) -> Mapping[str, Any]:
    """Return a user."""
    return {
        "user": user.name,
        "name": user.display_name,
        "roles": sorted(user.roles),
        "disabled": user.disabled,
        "created": view_time(user.created),
        "last_used": view_time(user.last_used),
    }


def view_users(users: Sequence[User]) -> Mapping[str, Any]:
    """Return the listing of users."""
    return {"users": [view_user(each) for each in users]}
