"""The copy of identity in case the store loses it."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import orjson

from shared.adapters.valkey.identity.content import HASHES, IdentityContent
from shared.errors import StoreUnavailableError
from shared.ports.mirrors import Mirror


class IdentityMirror:
    """Reads and replaces what a mirror keeps."""

    def __init__(self, mirror: Mirror) -> None:
        self._mirror = mirror

    async def read(self) -> IdentityContent | None:
        """Return what was mirrored last, None where nothing ever was.

        Raises: StoreUnavailableError when it makes no sense or cannot be read, UnavailableError.
        """
        try:
            return self._parse(await self._mirror.read())
        except OSError as error:
            raise self._unreadable(error) from error

    async def renew(self, read: Callable[[], Awaitable[IdentityContent | None]]) -> None:
        """Mirror what this reads, unless it reads nothing. Raises: as read, and OSError."""

        async def renew(kept: bytes | None) -> bytes | None:
            content = await read()
            if content is None or content == self._parse(kept):
                return None
            return orjson.dumps({name: dict(getattr(content, name)) for name in HASHES})

        await self._mirror.replace(renew)

    def _parse(self, text: bytes | None) -> IdentityContent | None:
        if text is None:
            return None
        try:
            content = orjson.loads(text)
            return IdentityContent(**{name: content[name] for name in HASHES if name in content})
        except (ValueError, KeyError, TypeError) as error:
            raise self._unreadable(error) from error

    def _unreadable(self, error: Exception) -> StoreUnavailableError:
        place = self._mirror.place
        return StoreUnavailableError(
            f"The identity mirror {place} cannot be read ({error!r}); mend it or move it away."
        )
