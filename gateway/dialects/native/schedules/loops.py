"""The background loops of schedules: every gateway looks, and each time is run by one of them."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import Final

import structlog

from gateway.dialects.native.schedules.ending import note_ended
from gateway.dialects.native.schedules.keeping import remove_all_superfluous
from gateway.dialects.native.schedules.running import run_claim, tell_run
from gateway.metrics import GatewayMetrics
from shared.concurrency.each import do_for_each
from shared.concurrency.loops import Loop, every
from shared.errors import GraphferryError
from shared.ports.schedules import DueSchedule, Look
from shared.resources import Resources
from shared.schedules.planning import plan

LOOK_SECONDS: Final = 2.0
"""How late a time is run at most, about."""

SWEEP_SECONDS: Final = 600.0
"""Archives are removed when another is made; this is for rules that change, and for gateways that died."""

_MOST: Final = 50
"""Times that one look deals with: others come with the next."""


def make_schedule_loops(resources: Resources, metrics: GatewayMetrics) -> Sequence[Loop]:
    """Make the loop that runs what is due, and the one that removes what no rule keeps."""
    return (
        Loop(
            name="schedules",
            work=partial(run_due, resources, metrics),
            pauses=every(LOOK_SECONDS),
            event="schedules could not be run",
        ),
        Loop(
            name="schedule archives",
            work=partial(remove_all_superfluous, resources),
            pauses=every(SWEEP_SECONDS),
            event="archives of schedules not removed",
            expected=(GraphferryError, OSError),
        ),
    )


async def run_due(resources: Resources, metrics: GatewayMetrics) -> None:
    """Run each time that has come, unless another gateway does; then look at the jobs of earlier ones.

    Raises: as do_for_each.
    """
    look = await resources.schedules.look(most=_MOST)
    metrics.schedules.show(look)
    await do_for_each(look.taken_over, lambda claim: run_claim(resources, metrics, claim, look.now))
    await do_for_each(look.due, lambda due: _run(resources, metrics, due, look))
    await note_ended(resources)


async def _run(resources: Resources, metrics: GatewayMetrics, due: DueSchedule, look: Look) -> None:
    schedule = due.schedule
    if await resources.identity.get_tenant(schedule.tenant) is None:
        structlog.get_logger(__name__).warning("schedules of a removed tenant deleted", tenant=schedule.tenant)
        await resources.schedules.remove_all(schedule.tenant)
        return
    planned = plan(schedule, schedule.timetable, due.due, look.now)
    is_ours, claim = await resources.schedules.claim(
        due, run=planned.run, missed=planned.missed, next_run=planned.next_run
    )
    if is_ours and planned.missed is not None:
        metrics.schedules.count(planned.missed)
        tell_run(schedule.tenant, schedule.id, planned.missed)
    if claim is not None:
        await run_claim(resources, metrics, claim, look.now)
