"""The raw keys and passwords of one installation, kept so that a second start finds the same."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from pydantic import BaseModel, Field

from infra.files import write_atomically
from shared.api_keys import new_key
from shared.identity import Role

ROLES: dict[str, frozenset[Role]] = {
    "admin": frozenset({Role.ADMIN}),
    "supervisor": frozenset({Role.SUPERVISOR}),
    "importer": frozenset({Role.IMPORTER}),
    "user": frozenset(),
    "architect": frozenset({Role.ARCHITECT, Role.CATALOG_ADMINISTRATOR}),
}
"""The users that every tenant gets, a key each."""


class Keyring(BaseModel):
    """What the file `keyring.json` holds."""

    installation: str = Field(default_factory=lambda: f"graphferry-{secrets.token_hex(4)}")
    """Tells this installation from others that use the same databases."""
    neo4j_password: str = Field(default_factory=lambda: secrets.token_urlsafe(18))
    super_admin: str = Field(default_factory=new_key)
    tenants: dict[str, dict[str, str]] = Field(default_factory=dict)
    """Tenant → user → key."""
    admitted: set[str] = Field(default_factory=set)
    """SHA-256 of the keys that were let in once: one that was revoked since stays out."""

    @classmethod
    def open(cls, file: Path, *, tenants: Sequence[str]) -> Self:
        """Read the file where there is one; make what it lacks, and write it back."""
        keyring = cls.model_validate_json(file.read_bytes()) if file.exists() else cls()
        for tenant in tenants:
            keys = keyring.tenants.setdefault(tenant, {})
            keys.update({user: new_key() for user in ROLES if user not in keys})
        keyring.write(file)
        return keyring

    def write(self, file: Path) -> None:
        """Write the file for its owner alone."""
        write_atomically(file, self.model_dump_json(indent=2), mode=0o600)
