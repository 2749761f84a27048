"""Who may do what: tenants, principals, roles, API keys."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from shared.errors import InvalidRequestError

KEY_PREFIX = "gf_"
"""Lets scanners for leaked secrets find our keys."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LENGTH = 31
"""Characters of 5.95 bits each: 184 bits, above the 180 that are promised."""
_CHECKSUM_LENGTH = 6
_KEY_FORM = re.compile(rf"{KEY_PREFIX}([0-9A-Za-z]{{{_RANDOM_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})")
_TENANT_FORM = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")


class Role(StrEnum):
    """The wire's role names."""

    IMPORTER = "importer"
    ADMIN = "ADMIN"
    SUPERVISOR = "supervisor:pf"
    ARCHITECT = "application_architect"
    CATALOG_ADMINISTRATOR = "application_catalog_administrator"
    SUPER_ADMIN = "SUPER_ADMIN"


@dataclass(frozen=True, slots=True, kw_only=True)
class Tenant:
    """An owner of jobs and archives, with the databases that it may name."""

    name: str
    databases: tuple[str, ...]
    """In the order of preference; the first is the default catalogue database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Principal:
    """Who the credentials say the caller is."""

    user: str
    tenant: str
    """Empty for a SUPER_ADMIN, who names the tenant in the request."""
    roles: frozenset[Role]

    def has(self, *roles: Role) -> bool:
        """Return whether the caller has any of these roles."""
        return not self.roles.isdisjoint(roles)

    @property
    def sees_all_jobs(self) -> bool:
        """Whether every job of the tenant is visible, not only the caller's own."""
        return self.has(Role.SUPERVISOR, Role.ADMIN, Role.SUPER_ADMIN)

    @property
    def may_import(self) -> bool:
        """Whether the caller may start an import."""
        return self.has(Role.IMPORTER, Role.ADMIN, Role.SUPER_ADMIN)


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey:
    """A key as the store knows it: never the key itself."""

    sha256: str
    tenant: str
    user: str
    roles: frozenset[Role]
    last_four: str
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None
    """Known to the minute."""


def _checksum(text: str) -> str:
    number = int.from_bytes(hashlib.sha256(text.encode()).digest()) % len(_ALPHABET) ** _CHECKSUM_LENGTH
    digits = []
    for _ in range(_CHECKSUM_LENGTH):
        number, digit = divmod(number, len(_ALPHABET))
        digits.append(_ALPHABET[digit])
    return "".join(digits)


def new_key() -> str:
    """Make the text of an API key: `gf_`, 184 random bits in base62, a checksum of six characters."""
    random = "".join(secrets.choice(_ALPHABET) for _ in range(_RANDOM_LENGTH))
    return f"{KEY_PREFIX}{random}{_checksum(random)}"


def is_well_formed(text: str) -> bool:
    """Return whether a text could be a key of ours, so that any other is refused without a look in the store."""
    match = _KEY_FORM.fullmatch(text)
    return match is not None and secrets.compare_digest(_checksum(match[1]), match[2])


def hash_key(text: str) -> str:
    """Return what the store knows of a key: its SHA-256 as lower-case hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def require_tenant_name(name: str) -> str:
    """Return a name that is safe in paths. Raises: InvalidRequestError."""
    if _TENANT_FORM.fullmatch(name) is None:
        raise InvalidRequestError(
            f"Tenant name {name!r} is not allowed: it needs 1 to 63 letters, digits, dots, underscores or hyphens "
            "of ASCII, the first a letter or digit."
        )
    return name
