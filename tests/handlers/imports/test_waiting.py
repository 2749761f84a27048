"""Of imports that wait for each other's nodes one gives way."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from handlers.attempts.context import Context
from handlers.imports import waiting
from handlers.imports.waiting import GiveWay, HolderWaiting
from shared.errors import NodeStagedError
from shared.jobs.events import Event
from shared.ports.graph_target import GraphImport
from tests.handlers.attempts.test_context import make_context
from tests.shared.ports.test_graph_target_port import APP, PLAN
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.target import MemoryTarget
from tests.support.workbench import Workbench, make_settings

OLDER, YOUNGER = "0", "z"
"""Ids that sort before, and after, that of any job."""


@pytest.fixture
async def context(tmp_path: Path) -> AsyncIterator[Context]:
    bench = Workbench(settings=make_settings(tmp_path))
    job = await bench.submit()
    async with bench.leases.hold(Event(job_id=job.id, attempt=1)) as lease:
        assert lease is not None
        yield make_context(bench, lease)


@pytest.fixture
def target() -> MemoryTarget:
    return MemoryTarget(MemoryDatabase())


async def begin(target: MemoryTarget, job_id: str) -> GraphImport:
    application = replace(APP, name=job_id, label=job_id)
    return await target.begin(replace(PLAN, job_id=job_id, applications=(application,)))


async def write_once_free(
    context: Context, target: MemoryTarget, holder: str, *, is_waiting: bool, monkeypatch: pytest.MonkeyPatch
) -> int:
    """Write what a holder has in the way, which goes after three tries; return how many there were."""
    monkeypatch.setattr(waiting, "PAUSE_SECONDS", 0.01)
    tries = 0
    opened = await begin(target, context.job.id)
    held = await begin(target, holder)
    await held.note_waiting(is_waiting)

    async def write() -> int:
        nonlocal tries
        tries += 1
        if tries < 4:
            raise NodeStagedError(holder)
        return tries

    async with asyncio.timeout(20):
        return await HolderWaiting(opened, target, context).repeat(write)


@pytest.mark.parametrize(("holder", "is_waiting"), [(OLDER, False), (YOUNGER, False), (YOUNGER, True)])
async def test_it_waits_while_others_go_on_or_give_way(
    context: Context, target: MemoryTarget, holder: str, is_waiting: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting, "clear_holder", _clear_nothing)
    tries = await write_once_free(context, target, holder, is_waiting=is_waiting, monkeypatch=monkeypatch)
    assert tries == 4
    assert [each.is_waiting for each in await target.list_imports() if each.job_id == context.job.id] == [False]


async def test_the_younger_gives_way_to_an_older_that_waits(
    context: Context, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(GiveWay) as caught:
        await write_once_free(context, target, OLDER, is_waiting=True, monkeypatch=monkeypatch)
    assert caught.value.holder == OLDER


async def test_an_orphan_in_the_way_is_cleared(
    context: Context, target: MemoryTarget, monkeypatch: pytest.MonkeyPatch
) -> None:
    """No job of this id is known, so nobody will ever complete its import."""
    await write_once_free(context, target, YOUNGER, is_waiting=False, monkeypatch=monkeypatch)
    assert [each.job_id for each in await target.list_imports()] == [context.job.id]


async def _clear_nothing(*_: object) -> bool:
    return False
