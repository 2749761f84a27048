"""All of identity as texts, as the store and its mirror hold them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Final, NamedTuple

import orjson

from shared.adapters.valkey.identity.records import field_of_user, format_user
from shared.identity import Role, User


@dataclass(frozen=True, slots=True, kw_only=True)
class IdentityContent:
    """The content of each hash, each as JSON texts by field."""

    keys: Mapping[str, str]
    """By SHA-256."""
    tenants: Mapping[str, str]
    """By name."""
    users: Mapping[str, str] = field(default_factory=dict)
    """By tenant and name."""
    grants: Mapping[str, str] = field(default_factory=dict)
    """By tenant, application and user."""
    imports: Mapping[str, str] = field(default_factory=dict)
    """By application."""
    databases: Mapping[str, str] = field(default_factory=dict)
    """Names by the id that a server gives."""


HASHES: Final = tuple(each.name for each in fields(IdentityContent))
USES: Final = "uses"
"""The hash of last uses, by the fields of keys and of users; it is not worth a mirror."""


class Edit(NamedTuple):
    """A change of one field."""

    hash: str
    field: str
    text: str | None
    """None: the field goes."""


def upgrade(content: IdentityContent) -> Iterator[Edit]:
    """Yield what makes an earlier version's content one of this: roles stood with each key, and users nowhere."""
    roles: dict[str, set[str]] = {}
    first: dict[str, dict[str, Any]] = {}
    for sha256, text in content.keys.items():
        key = orjson.loads(text)
        if "roles" not in key:
            continue
        owner = field_of_user(key["tenant"], key["user"])
        roles.setdefault(owner, set()).update(key.pop("roles"))
        first[owner] = min(first.get(owner, key), key, key=lambda each: str(each["created"]))
        yield Edit("keys", sha256, orjson.dumps({"id": sha256[:16], "name": None, **key}).decode())
    yield from _missing_users(content, roles, first)


def _missing_users(
    content: IdentityContent, roles: Mapping[str, Iterable[str]], first: Mapping[str, Mapping[str, Any]]
) -> Iterator[Edit]:
    for owner in roles.keys() - content.users.keys():
        key = first[owner]
        user = User(
            tenant=key["tenant"],
            name=key["user"],
            roles=frozenset(map(Role, roles[owner])),
            created=datetime.fromisoformat(key["created"]),
        )
        yield Edit("users", owner, format_user(user))
