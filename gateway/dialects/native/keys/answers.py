"""The answers of keys."""

from __future__ import annotations

from typing_extensions import TypedDict

from gateway.bodies.times import Time


class KeyAnswer(TypedDict):
    """What may be known of a key."""

    id: str
    user: str
    name: str | None
    last_four: str
    created: Time | None
    expires: Time | None
    last_used: Time | None


class NewKeyAnswer(KeyAnswer):
    """A key with its text: the only time that it is shown."""

    key: str


class KeysAnswer(TypedDict):
    """A listing of keys."""

    keys: list[KeyAnswer]
