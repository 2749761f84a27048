"""API keys, of which hashes alone are kept."""

from __future__ import annotations

import hashlib
import re
import secrets
from dataclasses import dataclass
from datetime import datetime

from shared.identity import Record, User

KEY_PREFIX = "gf_"
"""Lets scanners for leaked secrets find our keys."""

_ALPHABET = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
_RANDOM_LENGTH = 31
"""Characters of 5.95 bits each: 184 bits, above the 180 that are promised."""
_CHECKSUM_LENGTH = 6
_KEY_FORM = re.compile(rf"{KEY_PREFIX}([0-9A-Za-z]{{{_RANDOM_LENGTH}}})([0-9A-Za-z]{{{_CHECKSUM_LENGTH}}})")
_ID_BYTES = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class ApiKey(Record):
    """A key as the store knows it: never the key itself."""

    sha256: str
    id: str
    """What the key is called where it is listed, rotated or revoked."""
    tenant: str
    user: str
    name: str | None = None
    """The user's own word for it."""
    last_four: str
    created: datetime
    expires: datetime | None = None
    last_used: datetime | None = None
    """Known to the minute."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KnownKey:
    """A key, and the user whose roles it has."""

    key: ApiKey
    user: User
    read: datetime
    """When, by the store's clock."""

    @property
    def is_over(self) -> bool:
        """Whether the key's time was over when it was read."""
        return self.key.expires is not None and self.key.expires <= self.read


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


def make_key(
    text: str, *, user: User, now: datetime, name: str | None = None, expires: datetime | None = None
) -> ApiKey:
    """Describe a new key of a user by its text."""
    return ApiKey(
        sha256=hash_key(text),
        id=secrets.token_hex(_ID_BYTES),
        tenant=user.tenant,
        user=user.name,
        name=name,
        last_four=text[-4:],
        created=now,
        expires=expires,
    )
