"""The public keys of an outside issuer, as it serves them now."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from typing import Any, Final

import aiohttp
import jwt
import orjson
import structlog

from gateway.http_errors import IssuerUnavailableError

FRESH_SECONDS: Final = 300.0
"""Keys are asked for anew after so long, while the old ones go on serving."""
STALE_SECONDS: Final = 3600.0
"""Keys end so long after the issuer's last good answer: one that it withdrew must not live as long as it is away."""
PAUSE_SECONDS: Final = 10.0
"""The least time between two questions, for anybody can show a token that names a key nobody has."""
TIMEOUT_SECONDS: Final = 5.0
MAX_BYTES: Final = 256 * 1024

_KEY_TYPES: Final = {"RS": "RSA", "PS": "RSA", "ES": "EC", "Ed": "OKP"}
"""By the beginning of an algorithm's name. Shared secrets have no place among public keys."""

_CURVES: Final = {"ES256": "P-256", "ES384": "P-384", "ES512": "P-521", "EdDSA": "Ed25519"}


class IssuerKeys:
    """Keeps the keys, and asks for them again in time."""

    def __init__(self, read: Callable[[], Awaitable[bytes]], clock: Callable[[], float] = time.monotonic) -> None:
        self._read = read
        self._clock = clock
        self._keys: Mapping[str, Mapping[str, Any]] = {}
        self._built: dict[tuple[str | None, str], jwt.PyJWK | None] = {}
        self._answered = self._asked = float("-inf")
        self._is_failing = False
        self._asking: asyncio.Task[None] | None = None

    async def find(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        """Find the key of a token; one without a name is the only one there is. Raises: IssuerUnavailableError."""
        await self._refresh()
        if key_id is not None and key_id not in self._keys:
            await self._ask()
            if key_id not in self._keys and self._is_failing:
                raise IssuerUnavailableError
        return self._choose(key_id, algorithm)

    async def _refresh(self) -> None:
        age = self._clock() - self._answered
        if age > STALE_SECONDS:
            await self._ask()
            if self._clock() - self._answered > STALE_SECONDS:
                raise IssuerUnavailableError
        elif age > FRESH_SECONDS:
            self._begin_to_ask()

    async def _ask(self) -> None:
        """Wait for the answer to one question, whoever asks it; none is asked right after another."""
        if (asking := self._begin_to_ask()) is not None:
            await asyncio.shield(asking)

    def _begin_to_ask(self) -> asyncio.Task[None] | None:
        if self._asking is None and self._clock() - self._asked >= PAUSE_SECONDS:
            self._asked = self._clock()
            self._asking = asyncio.create_task(self._read_keys())
        return self._asking

    async def _read_keys(self) -> None:
        try:
            self._keys = _parse_keys(await self._read())
        except (aiohttp.ClientError, OSError, TimeoutError, ValueError) as error:
            self._is_failing = True
            structlog.get_logger(__name__).warning("the issuer's keys cannot be read", reason=repr(error))
        else:
            self._is_failing = False
            self._answered = self._clock()
            self._built.clear()
        finally:
            self._asking = None

    def _choose(self, key_id: str | None, algorithm: str) -> jwt.PyJWK | None:
        if key_id is None:
            (key_id,) = self._keys if len(self._keys) == 1 else (None,)
        if key_id is None or key_id not in self._keys:
            return None
        if (key_id, algorithm) not in self._built:
            self._built[key_id, algorithm] = _build(self._keys[key_id], algorithm)
        return self._built[key_id, algorithm]


def _parse_keys(content: bytes) -> Mapping[str, Mapping[str, Any]]:
    """Return by name what can check a signature. Raises: ValueError where the content is no set of keys."""
    document = orjson.loads(content)
    if not isinstance(document, dict) or not isinstance(document.get("keys"), list):
        raise ValueError("no JSON Web Key Set")  # noqa: TRY004 - to whoever asked, the content is wrong, not a type
    keys = [key for key in document["keys"] if isinstance(key, dict) and _is_public(key)]
    return {str(key.get("kid", "")): key for key in keys}


def _is_public(key: Mapping[str, Any]) -> bool:
    return key.get("kty") in _KEY_TYPES.values() and key.get("use", "sig") == "sig"


def _build(key: Mapping[str, Any], algorithm: str) -> jwt.PyJWK | None:
    """Make the key ready for an algorithm that it is meant for; None where it is not."""
    is_fitting = key["kty"] == _KEY_TYPES[algorithm[:2]] and key.get("crv") in (None, _CURVES.get(algorithm))
    if not is_fitting or key.get("alg", algorithm) != algorithm:
        return None
    try:
        return jwt.PyJWK(dict(key), algorithm)
    except jwt.PyJWTError:
        return None


@asynccontextmanager
async def open_issuer_keys(url: str) -> AsyncIterator[IssuerKeys]:
    """Open what reads the keys at this address. Nothing is sent before the first token."""
    async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=TIMEOUT_SECONDS)) as session:

        async def read() -> bytes:
            # Not followed elsewhere: this address, and no other, was found safe.
            async with session.get(url, allow_redirects=False) as response:
                if response.status != 200:
                    raise ValueError(f"status {response.status}")
                content = bytearray()
                async for chunk in response.content.iter_chunked(MAX_BYTES):
                    content += chunk
                    if len(content) > MAX_BYTES:
                        raise ValueError(f"above {MAX_BYTES} bytes")
                return bytes(content)

        yield IssuerKeys(read)
