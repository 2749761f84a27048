"""Signed texts that every gateway can check: links to files and access tokens."""

from __future__ import annotations

import os
import secrets
import time
from collections.abc import Iterable, Mapping
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from typing import Any, Final

import jwt

UNREADABLE: Final = (jwt.PyJWTError, ValueError, OverflowError, RecursionError)
"""What reading a text raises that is no good token: the library lets through what its parsers say of odd content."""

LEEWAY_SECONDS: Final = 10
"""How far the clock of whoever signed may be from ours."""

_ALGORITHM: Final = "HS256"
_SECRET_BYTES: Final = 32
_SIGNED_REMEMBERED: Final = 1024
"""Texts given again to whoever polls: signing costs as much as all the rest of an answer."""


class Purpose(StrEnum):
    """What a signed text is good for; one for another purpose is not good."""

    FILE = "file"
    ACCESS = "access"


class Signer:
    """Signs claims, for one installation."""

    def __init__(self, secret: bytes, issuer: str) -> None:
        self._secret = secret
        self._issuer = issuer
        self._sign_once = lru_cache(_SIGNED_REMEMBERED)(self._sign)

    def sign(self, purpose: Purpose, claims: Mapping[str, str], *, seconds: int) -> str:
        """Return a text safe in URLs that is good for so long."""
        return self._sign(purpose, claims.items(), int(time.time()), seconds)

    def sign_for_poller(self, purpose: Purpose, claims: Mapping[str, str], *, seconds: int) -> str:
        """As sign, but whoever asks again within a minute gets the same text; it is good up to a minute longer."""
        minute = int(time.time()) // 60 * 60
        return self._sign_once(purpose, tuple(claims.items()), minute, seconds + 60)

    def _sign(self, purpose: Purpose, claims: Iterable[tuple[str, str]], issued: int, seconds: int) -> str:
        frame = {"iss": self._issuer, "aud": purpose.value, "iat": issued, "exp": issued + seconds}
        return jwt.encode({**dict(claims), **frame}, self._secret, algorithm=_ALGORITHM)

    def read(self, purpose: Purpose, text: str) -> Mapping[str, Any] | None:
        """Return the claims; None where the text is not ours, is for something else, or its time is over."""
        try:
            claims: Mapping[str, Any] = jwt.decode(
                text,
                self._secret,
                algorithms=[_ALGORITHM],
                audience=purpose.value,
                issuer=self._issuer,
                leeway=LEEWAY_SECONDS,
                options={"require": ["iss", "aud", "exp"]},
            )
        except UNREADABLE:
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
