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
from jwt.types import Options

from gateway.access.store_clock import Clock

UNREADABLE: Final = (jwt.PyJWTError, TypeError, ValueError, OverflowError, RecursionError)
"""What reading a text raises that is no good token: the library lets through what its parsers say of odd content."""

LEEWAY_SECONDS: Final = 10
"""How far the times of another gateway may be from ours, although both go by the store's clock."""

CHECKS: Final = Options(
    require=["iss", "aud", "exp"],
    verify_exp=False,
    verify_nbf=False,
    verify_iat=False,
    enforce_minimum_key_length=True,
)
"""What the library checks of claims: not the times, for it knows this machine's clock alone."""

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

    def __init__(self, secret: bytes, issuer: str, clock: Clock = time.time) -> None:
        self._secret = secret
        self._issuer = issuer
        self._clock = clock
        self._sign_once = lru_cache(_SIGNED_REMEMBERED)(self._sign)

    @property
    def secret(self) -> bytes:
        """What it signs with."""
        return self._secret

    def change_secret(self, secret: bytes) -> None:
        """Sign with this secret from now on; what was signed with another one is no longer good."""
        if secret != self._secret:
            self._secret = secret
            self._sign_once.cache_clear()

    def sign(self, purpose: Purpose, claims: Mapping[str, str], *, seconds: int) -> str:
        """Return a text safe in URLs that is good for so long."""
        return self._sign(purpose, claims.items(), int(self._clock()), seconds)

    def sign_for_poller(self, purpose: Purpose, claims: Mapping[str, str], *, seconds: int) -> str:
        """As sign, but whoever asks again within a minute gets the same text; it is good up to a minute longer."""
        minute = int(self._clock()) // 60 * 60
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
                options=CHECKS,
            )
            return claims if is_current(claims, self._clock(), LEEWAY_SECONDS) else None
        except UNREADABLE:
            return None


def is_current(claims: Mapping[str, Any], now: float, leeway: int) -> bool:
    """Return whether a signed text has been made, and is good at this time. Raises: TypeError, ValueError."""
    begins = [int(claims[name]) for name in ("iat", "nbf") if name in claims]
    return all(each <= now + leeway for each in begins) and int(claims["exp"]) > now - leeway


def read_secret(path: Path) -> bytes:
    """Return the secret of this file, which the first gateway makes. Raises: OSError."""
    while True:
        try:
            return path.read_bytes()
        except FileNotFoundError:
            _make_secret(path)


def propose_secret(path: Path) -> bytes:
    """Return the secret of this file where there is one, as an earlier version's, else a new one. Raises: OSError."""
    try:
        return path.read_bytes()
    except FileNotFoundError:
        return secrets.token_bytes(_SECRET_BYTES)


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
