"""Goes on with the secret that all gateways sign with, where they share no folder."""

from __future__ import annotations

from functools import partial
from typing import Final

from gateway.access.signing import Signer
from shared.concurrency.loops import Loop, every
from shared.ports.signing import SigningKeys

LOOK_SECONDS: Final = 10.0
"""For so long two gateways may sign with different secrets, after the store was emptied or one was set by hand."""


def make_secret_following(signer: Signer, keys: SigningKeys) -> Loop:
    """Make the loop that takes the secret of all gateways, and puts ours where the store has lost it."""
    return Loop(name="signing", work=partial(follow_secret, signer, keys), pauses=every(LOOK_SECONDS))


async def follow_secret(signer: Signer, keys: SigningKeys) -> None:
    """Look once. Raises: StoreUnavailableError."""
    signer.change_secret(await keys.settle(signer.secret))
