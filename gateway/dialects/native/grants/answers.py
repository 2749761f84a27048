"""The answers of grants."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time


class GrantAnswer(TypedDict):
    """Who may see an application."""

    id: str
    database: str
    application: str
    user: str
    granted_by: str
    created: Time | None


class GrantsAnswer(TypedDict):
    """A listing of grants."""

    grants: list[GrantAnswer]
