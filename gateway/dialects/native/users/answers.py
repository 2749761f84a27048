"""The answers of users."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time
from shared.identity import Role


class UserAnswer(TypedDict):
    """A user of the tenant."""

    user: str
    name: str | None
    roles: list[Role]
    disabled: bool
    created: Time | None
    last_used: Time | None


class UsersAnswer(TypedDict):
    """A listing of users."""

    users: list[UserAnswer]
