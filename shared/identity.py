"""Who may do what: tenants, users, roles, principals, grants."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Final, NamedTuple

import orjson

from shared.errors import InvalidRequestError
from shared.spelling import fold

_GRANT_ID_CHARACTERS = 16
_VERSION_CHARACTERS = 32
_TENANT_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
_USER_FORM = re.compile(r"[^:\x00-\x1f\x7f\ud800-\udfff]{1,200}")

EVERYONE: Final = "*"
"""Stands in a grant for all users of the tenant; no user has this name."""


class Role(StrEnum):
    """The wire's role names."""

    IMPORTER = "importer"
    ADMIN = "ADMIN"
    SUPERVISOR = "supervisor:pf"
    ARCHITECT = "application_architect"
    CATALOG_ADMINISTRATOR = "application_catalog_administrator"
    SUPER_ADMIN = "SUPER_ADMIN"


@dataclass(frozen=True, slots=True)
class Record:
    """What the store keeps, in one of its states."""

    @property
    def version(self) -> str:
        """The name of this state: another after each change, but for the uses that are noted.

        It is made of all that the record holds, and counted nowhere, so that a change by a gateway of an earlier
        version makes another name as well.
        """
        fields: dict[str, Any] = {name: value for name, value in asdict(self).items() if name != "last_used"}
        text = orjson.dumps(fields, default=_list_values)
        return hashlib.sha256(text).hexdigest()[:_VERSION_CHARACTERS]


def _list_values(values: Iterable[Any]) -> list[Any]:
    return sorted(values) if isinstance(values, frozenset) else list(values)


@dataclass(frozen=True, slots=True, kw_only=True)
class TenantLimits:
    """What a tenant may take up; None is as much as the settings allow."""

    max_archive_bytes: int | None = None
    """The largest archive that it may bring or make."""
    waiting_jobs: int | None = None
    """Jobs that may wait for its slot."""
    max_total_bytes: int | None = None
    """What all that lies in its archive folder may take together."""
    keep_archives_days: int | None = None
    """How long an archive that is not pinned lies there before it is deleted; None: for ever."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant(Record):
    """An owner of jobs and archives, with the databases that it may name."""

    name: str
    databases: tuple[str, ...]
    """In the order of preference."""
    catalogue_database: str | None = None
    """The one that the darwin surface means; None: the first."""
    limits: TenantLimits = field(default_factory=TenantLimits)
    created: datetime | None = None
    """None: before that was noted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class User(Record):
    """Somebody who holds keys of a tenant; all of them have the user's roles."""

    tenant: str
    """Empty for a SUPER_ADMIN."""
    name: str
    display_name: str | None = None
    roles: frozenset[Role]
    disabled: bool = False
    created: datetime
    last_used: datetime | None = None
    """When one of the keys was used last, known to the minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who the credentials say the caller is."""

    user: str
    tenant: str
    """Empty for a SUPER_ADMIN, and for a user of several tenants, who name the tenant in the request."""
    roles: frozenset[Role]
    tenants: frozenset[str] = frozenset()
    """Those that a user of several may name."""
    is_outside: bool = False
    """Whether an outside issuer keeps the user."""

    def has(self, *roles: Role) -> bool:
        """Return whether the caller has any of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def is_super_admin(self) -> bool:
        """Whether tenants and their databases are the caller's to change."""
        return self.has(Role.SUPER_ADMIN)

    @property
    def may_administer(self) -> bool:
        """Whether everything within the tenant is the caller's to change."""
        return self.has(Role.ADMIN, Role.SUPER_ADMIN)

    @property
    def sees_all_jobs(self) -> bool:
        """Whether every job of the tenant is visible, not only the caller's own."""
        return self.has(Role.SUPERVISOR) or self.may_administer

    @property
    def may_import(self) -> bool:
        """Whether the caller may start an import."""
        return self.has(Role.IMPORTER) or self.may_administer

    @property
    def may_use_catalogue(self) -> bool:
        """Whether the darwin surface is open to the caller."""
        return self.is_super_admin or {Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR} <= self.roles

    @property
    def sees_all_applications(self) -> bool:
        """Whether imported applications are visible without a grant: to all who may bring some."""
        return self.may_import or self.may_use_catalogue


class ApplicationName(NamedTuple):
    """An application of a database, in all its versions."""

    database: str
    application: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DatabaseNames:
    """The names that settings give, or gave, to one database of a server."""

    present: tuple[str, ...]
    """Those that no other database has got since."""
    former: tuple[str, ...] = ()
    """Those that another one has got."""

    def with_name(self, name: str) -> DatabaseNames:
        """Return them after settings have given this one."""
        former = tuple(each for each in self.former if each != name)
        return self if name in self.present else DatabaseNames(present=(*self.present, name), former=former)

    def without_name(self, name: str) -> DatabaseNames:
        """Return them after settings have given this one to another database."""
        present = tuple(each for each in self.present if each != name)
        return DatabaseNames(present=present, former=(*self.former, name)) if name in self.present else self


@dataclass(frozen=True, slots=True, kw_only=True)
class Grant(Record):
    """The right of a user, or of everyone, of a tenant to an application that was imported."""

    tenant: str
    application: ApplicationName
    user: str
    granted_by: str
    created: datetime

    @property
    def id(self) -> str:
        """What it is called where it is revoked: the same right has the same id."""
        text = "\0".join((self.tenant, *self.application, self.user))
        return hashlib.sha256(text.encode()).hexdigest()[:_GRANT_ID_CHARACTERS]


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedApplication:
    """Who brought an application that an import of ours made."""

    application: ApplicationName
    tenant: str
    user: str
    job_id: str
    created: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """What somebody's rights to a change rest on, as it was read."""

    tenant: str
    """Empty for a SUPER_ADMIN."""
    user: str
    version: str | None
    """Of the user's record; None: an outside issuer keeps the user, and there is no record here."""
    sha256: str | None
    """Of the key that was shown; None: there is none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Standing:
    """How a user stands to an application."""

    imported: ImportedApplication | None
    """None: it was there without us, and is granted to all."""
    is_granted: bool
    """By name, or with everyone."""


def require_user_name(name: str) -> str:
    """Return a name that a user may have, in NFC. Raises: InvalidRequestError."""
    if name == EVERYONE or _USER_FORM.fullmatch(name) is None:
        raise InvalidRequestError(
            f"User name {name!r} is not allowed: it needs 1 to 200 characters, none of them a colon or a control "
            f"character, and is not {EVERYONE!r}."
        )
    return fold(name)


def require_roles(names: Iterable[str], *, tenant: str) -> frozenset[Role]:
    """Return the roles of these names that a user of the tenant may have. Raises: InvalidRequestError."""
    wanted, allowed = frozenset(names), {str(role) for role in Role} - ({Role.SUPER_ADMIN} if tenant else set())
    if unknown := sorted(wanted - allowed):
        raise InvalidRequestError(f"Unknown role {', '.join(unknown)}; known roles: {', '.join(sorted(allowed))}.")
    return frozenset(map(Role, wanted))


def require_tenant_name(name: str) -> str:
    """Return a name that is safe in paths. Raises: InvalidRequestError."""
    if _TENANT_FORM.fullmatch(name) is None:
        raise InvalidRequestError(
            f"Tenant name {name!r} is not allowed: it needs 1 to 63 letters, digits, dots, underscores or hyphens "
            "of ASCII, the first a letter or digit."
        )
    return name
