"""Sweeps the tenants' archive folders of what jobs left that ended without a worker."""

from __future__ import annotations

from functools import partial

from handlers.cleanup.own_archives import sweep_own_archives
from handlers.cleanup.proofs import sweep_proofs
from handlers.cleanup.strays import StrayNews
from shared.concurrency.each import do_for_each
from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError
from shared.resources import Resources

SWEEP_SECONDS = 30.0
"""How often each worker looks: for uploads of jobs cancelled while they waited, for example."""


def make_folder_sweep(resources: Resources, *, seconds: float = SWEEP_SECONDS) -> Loop:
    """Make the loop that sweeps all folders about every so many seconds."""
    return Loop(
        name="folders",
        work=partial(sweep_folders, resources, StrayNews()),
        pauses=every(seconds),
        event="folders not swept",
        reason="reason",
        expected=(GraphferryError, OSError),
    )


async def sweep_folders(resources: Resources, news: StrayNews | None = None) -> None:
    """Sweep all folders once, also those that were out of reach when a process ended. Raises: as do_for_each."""
    sweeps = [*_SWEEPS, *([] if news is None else [news.tell])]
    await do_for_each(sweeps, lambda sweep: sweep(resources))


async def _sweep_parts(resources: Resources) -> None:
    await resources.archives.remove_abandoned()


# Proofs first: a proof that has lost its archive is a part as any other.
_SWEEPS = (sweep_proofs, sweep_own_archives, _sweep_parts)
