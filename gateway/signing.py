"""Signed texts that any gateway can check: links to files, access tokens."""

from __future__ import annotations

import os
import secrets
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import jwt

_ALGORITHM: Final = "HS256"
_SECRET_BYTES: Final = 32


class Purpose(StrEnum):
    """What a signed text is good for; one for another purpose is not good."""

    FILE = "file"
    ACCESS = "access"


class Signer:
    """Signs claims, for one installation."""

    def __init__(self, secret: bytes, issuer: str) -> None:
        self._secret = secret
        self._issuer = issuer

    def sign(self, purpose: Purpose, claims: Mapping[str, Any], *, seconds: int) -> str:
        """Return a text safe in URLs that is good for so long."""
        now = datetime.now(UTC)
        frame = {"iss": self._issuer, "aud": purpose.value, "iat": now, "exp": now + timedelta(seconds=seconds)}
        return jwt.encode({**claims, **frame}, self._secret, algorithm=_ALGORITHM)

    def read(self, purpose: Purpose, text: str) -> Mapping[str, Any] | None:
        """Return the claims; None where the text is not ours, is for something else, or its time is over."""
        try:
            claims: Mapping[str, Any] = jwt.decode(
                text,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=purpose.value,
                issuer=self._issuer,
                options={"require": ["iss", "aud", "exp"]},
            )
        except jwt.PyJWTError:
            return None
        return claims


def read_secret(path: Path) -> bytes:
    """Return the secret of this file, which the first gateway makes. Raises: OSError."""
    while True:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            _make_secret(path)


def _make_secret(path: Path) -> None:
    """Put a whole file in place, unless another gateway was faster."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}.{secrets.token_hex(8)}")
    descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(secrets.token_bytes(_SECRET_BYTES))
            file.flush()
            os.fsync(file.fileno())
        os.link(part, path)
    except FileExistsError:
        return
    finally:
        part.unlink()
