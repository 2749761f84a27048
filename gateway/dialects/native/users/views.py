"""How users are shown."""

from __future__ import annotations

from collections.abc import Sequence

from gateway.bodies.times import view_time
from gateway.dialects.native.users.answers import UserAnswer, UsersAnswer
from shared.identity import User


def view_user(user: User) -> UserAnswer:
    """Return a user."""
    return {
        "user": user.name,
        "name": user.display_name,
        "roles": sorted(user.roles),
        "disabled": user.disabled,
        "created": view_time(user.created),
        "last_used": view_time(user.last_used),
    }


def view_users(users: Sequence[User]) -> UsersAnswer:
    """Return the listing of users."""
    return {"users": [view_user(each) for each in users]}
