"""Sweeps the tenants' archive folders of what jobs left that ended without a worker."""

from __future__ import annotations

from functools import partial

from handlers.cleanup.own_archives import sweep_own_archives
from handlers.cleanup.proofs import sweep_proofs
from shared.errors import GraphferryError
from shared.loops import Loop, every
from shared.resources import Resources

SWEEP_SECONDS = 30.0
"""How often each worker looks: for uploads of jobs cancelled while they waited, for example."""


def make_folder_sweep(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> Loop:
    """Make the loop that sweeps all folders about every so many seconds."""
    return Loop(
        name="folders",
        work=partial(sweep_folders, resources),
        pauses=every(seconds),
        event="folders not swept",
        reason="reason",
        expected=(GraphferryError, OSError),
    )


async def sweep_folders(resources: Resources) -> None:
    """Sweep all folders once; proofs first, because a part whose archive is gone would wait for the next start."""
    await sweep_proofs(resources)
    await sweep_own_archives(resources)
