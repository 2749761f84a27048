"""The JSON texts that identity is kept as."""

from __future__ import annotations

from dataclasses import asdict
from dataclasses import fields as fields_of
from datetime import datetime
from functools import lru_cache
from typing import Any, Final

import orjson

from shared.api_keys import ApiKey
from shared.identity import ApplicationName, DatabaseNames, Grant, ImportedApplication, Role, Tenant, TenantLimits, User

_REMEMBERED = 1024
"""Parsed records of a kind, by the text that the store answered each time; half a megabyte."""

_FIRST_LIMITS: Final = ("max_archive_bytes", "waiting_jobs")
"""Those that every version knows which reads limits at all: it refuses a record that has others beside them."""
_LATER_LIMITS: Final = tuple(each.name for each in fields_of(TenantLimits) if each.name not in _FIRST_LIMITS)


def format_tenant(tenant: Tenant) -> str:
    """Write a tenant down, the later limits where earlier versions pass them over."""
    written = asdict(tenant)
    written["later_limits"] = {name: written["limits"].pop(name) for name in _LATER_LIMITS}
    return _dump(written)


def parse_tenant(text: str) -> Tenant:
    """Read a tenant; earlier versions wrote name and databases alone."""
    found = orjson.loads(text)
    told = {**found.get("limits", {}), **found.get("later_limits", {})}
    return Tenant(
        name=found["name"],
        databases=tuple(found["databases"]),
        catalogue_database=found.get("catalogue_database"),
        limits=TenantLimits(**{name: told.get(name) for name in (*_FIRST_LIMITS, *_LATER_LIMITS)}),
        created=_parse_time(found.get("created")),
    )


def format_user(user: User) -> str:
    """Write a user down, but for what is noted at each use."""
    fields = asdict(user)
    del fields["last_used"]
    return _dump({**fields, "roles": sorted(user.roles)})


@lru_cache(maxsize=_REMEMBERED)
def parse_user(text: str) -> User:
    """Read a user."""
    fields = orjson.loads(text)
    roles = frozenset(map(Role, fields.pop("roles")))
    return User(**{**fields, "roles": roles, "created": datetime.fromisoformat(fields["created"])})


def format_key(key: ApiKey) -> str:
    """Write a key down, but for what is noted at each use."""
    fields = asdict(key)
    del fields["last_used"]
    return _dump(fields)


@lru_cache(maxsize=_REMEMBERED)
def parse_key(text: str) -> ApiKey:
    """Read a key."""
    fields = orjson.loads(text)
    times = {"created": datetime.fromisoformat(fields["created"]), "expires": _parse_time(fields["expires"])}
    return ApiKey(**{**fields, **times})


def format_grant(grant: Grant) -> str:
    """Write a grant down."""
    return _dump(grant)


def parse_grant(text: str) -> Grant:
    """Read a grant."""
    fields = orjson.loads(text)
    return Grant(**{**fields, **_application_of(fields), "created": datetime.fromisoformat(fields["created"])})


def format_imported(imported: ImportedApplication) -> str:
    """Write down who brought an application."""
    return _dump(imported)


def parse_imported(text: str) -> ImportedApplication:
    """Read who brought an application."""
    fields = orjson.loads(text)
    created = datetime.fromisoformat(fields["created"])
    return ImportedApplication(**{**fields, **_application_of(fields), "created": created})


def format_database(names: DatabaseNames) -> str:
    """Write down what a database is called."""
    return _dump(asdict(names))


def parse_database(text: str | None) -> DatabaseNames:
    """Read what a database is called; one that nothing is known of has no names."""
    fields = {"present": ()} if text is None else orjson.loads(text)
    return DatabaseNames(**{each: tuple(names) for each, names in fields.items()})


def field_of_user(tenant: str, name: str) -> str:
    """Return where a user stands; a tenant's name has no slash."""
    return f"{tenant}/{name}"


def field_of_application(application: ApplicationName) -> str:
    """Return where it stands who brought an application."""
    return _dump(tuple(application))


def field_of_grant(tenant: str, application: ApplicationName, user: str) -> str:
    """Return where a grant stands."""
    return _dump((tenant, *application, user))


def _dump(content: object) -> str:
    return orjson.dumps(content, default=tuple).decode()


def _parse_time(text: str | None) -> datetime | None:
    return None if text is None else datetime.fromisoformat(text)


def _application_of(fields: dict[str, Any]) -> dict[str, ApplicationName]:
    return {"application": ApplicationName(*fields["application"])}
