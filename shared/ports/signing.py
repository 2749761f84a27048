"""The port of the secret that gateways sign with where they share no folder."""

from __future__ import annotations

from typing import Protocol


class SigningKeys(Protocol):
    """Keeps one secret for all gateways of an installation."""

    async def settle(self, own: bytes) -> bytes:
        """Return the secret that all have; where there is none, it is this one from now on.

        Raises: StoreUnavailableError.
        """
        ...
