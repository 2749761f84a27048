"""The answers of users, and the functions that make them."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from gateway.dialects.native.paging import Part
from shared.identity import Role, User


class UserAnswer(TypedDict):
    """A user of the tenant."""

    user: str
    name: str | None
    roles: list[Role]
    disabled: bool
    created: Time | None
    last_used: Time | None
    version: str


class UsersAnswer(TypedDict):
    """A listing of users."""

    users: list[UserAnswer]
    next_cursor: str | None
    """Where the next part begins; null: this is the last."""


def view_user(user: User) -> UserAnswer:
    """Return a user."""
    return {
        "user": user.name,
        "name": user.display_name,
        "roles": sorted(user.roles),
        "disabled": user.disabled,
        "created": view_time(user.created),
        "last_used": view_time(user.last_used),
        "version": user.version,
    }


def view_users(part: Part[User]) -> UsersAnswer:
    """Return a part of the listing of users."""
    return {"users": [view_user(each) for each in part.items], "next_cursor": part.next_cursor}
