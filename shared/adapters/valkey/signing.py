"""The secret that gateways sign with, in Valkey: whoever comes first makes it."""

from __future__ import annotations

from typing import Final

from redis.asyncio import Redis

from shared.adapters.valkey.client import send, store_errors
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.namespaces import Namespace
from shared.errors import StoreUnavailableError

SIGNING_KEY: Final = "signing_key"
"""The key that holds it, in hexadecimal digits. Backups leave it out."""

SECRET_BYTES: Final = 32
"""The fewest that signing is safe with."""


class ValkeySigningKeys:
    """Implements the SigningKeys port. The client must decode answers to text."""

    def __init__(self, client: Redis, *, namespace: Namespace, keepers: Keepers) -> None:
        self._client = client
        self._namespace = namespace
        self._keepers = keepers

    async def settle(self, own: bytes) -> bytes:
        """Read it, or write it unless another is faster, and wait until disk and replicas have it."""
        with store_errors():
            found = await self._read()
            if found is None:
                await self._write(own)
                found = await self._read()
        if found is None:
            raise StoreUnavailableError(
                f"The job store (Valkey) has lost {self._name}, which was just written. Try again later."
            )
        return self._parse(found)

    @property
    def _name(self) -> str:
        return self._namespace.key(SIGNING_KEY)

    async def _read(self) -> str | None:
        found: str | None = await send(self._client, "GET", self._name)
        return found

    async def _write(self, own: bytes) -> None:
        command = ("SET", self._name, own.hex(), "NX")
        written = await self._keepers.write_until_kept(self._client, lambda: self._keepers.write(self._client, command))
        (answer,) = written.answers
        if isinstance(answer, Exception):
            raise answer

    def _parse(self, text: str) -> bytes:
        try:
            secret = bytes.fromhex(text)
        except ValueError:
            secret = b""
        if len(secret) < SECRET_BYTES:
            raise StoreUnavailableError(
                f"The key {self._name} of the job store (Valkey) holds no secret to sign with, which has at least "
                f"{2 * SECRET_BYTES} hexadecimal digits: remove it, and a gateway makes another."
            )
        return secret
