"""The answers of keys, and the functions that make them."""

from __future__ import annotations

from collections.abc import Sequence

from typing_extensions import TypedDict

from gateway.bodies.times import Time, view_time
from shared.api_keys import ApiKey


class KeyAnswer(TypedDict):
    """What may be known of a key."""

    id: str
    user: str
    name: str | None
    last_four: str
    created: Time | None
    expires: Time | None
    last_used: Time | None
    version: str


class NewKeyAnswer(KeyAnswer):
    """A key with its text: the only time that it is shown."""

    key: str


class KeysAnswer(TypedDict):
    """A listing of keys."""

    keys: list[KeyAnswer]


def view_key(key: ApiKey) -> KeyAnswer:
    """Return what may be known of a key."""
    return {
        "id": key.id,
        "user": key.user,
        "name": key.name,
        "last_four": key.last_four,
        "created": view_time(key.created),
        "expires": view_time(key.expires),
        "last_used": view_time(key.last_used),
        "version": key.version,
    }


def view_new_key(key: ApiKey, text: str) -> NewKeyAnswer:
    """Return a key with its text: the only time that it is shown."""
    return {**view_key(key), "key": text}


def view_keys(keys: Sequence[ApiKey]) -> KeysAnswer:
    """Return the listing of keys."""
    return {"keys": [view_key(each) for each in keys]}
