"""Tests of telling when a stack is ready."""

from __future__ import annotations

import sys
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from infra.engines.process import EngineError, start_process
from infra.stack.readiness import wait_until_ready
from infra.stack.supervisor import Supervisor, supervise, watched


@asynccontextmanager
async def _gateway(*answers: tuple[int, int | None]) -> AsyncIterator[str]:
    """Give the address of a gateway that answers with these statuses and numbers of workers, the last one for ever."""
    remaining = list(answers)

    async def answer(_: web.Request) -> web.Response:
        status, workers = remaining.pop(0) if len(remaining) > 1 else remaining[0]
        return web.json_response(
            {"status": "ok" if status == 200 else "unavailable", "workers": workers}, status=status
        )

    application = web.Application()
    application.router.add_get("/readyz", answer)
    async with TestServer(application) as server:
        yield str(server.make_url("")).rstrip("/")


async def test_a_stack_is_ready_once_engines_answer_and_all_workers_live() -> None:
    began = time.monotonic()
    async with _gateway((503, None), (200, None), (200, 1), (200, 2)) as url:
        await wait_until_ready(url, Supervisor(), workers=2)
    assert time.monotonic() - began >= 0.3


async def test_a_room_that_cannot_live_is_reported_with_its_last_words(tmp_path: Path) -> None:
    async with supervise() as rooms:
        command = [sys.executable, "-c", "raise SystemExit('the address is taken')"]
        rooms.add(lambda: start_process("gateway", command, log=tmp_path / "gateway.log"))
        async with watched(rooms), _gateway((200, 0)) as url:
            with pytest.raises(EngineError, match=r"(?s)0 of 1 workers live.*the address is taken"):
                await wait_until_ready(url, rooms, workers=1)


async def test_a_gateway_out_of_reach_is_not_ready(tmp_path: Path) -> None:
    async with supervise() as rooms:
        rooms.add(lambda: start_process("gateway", [sys.executable, "-c", ""], log=tmp_path / "gateway.log"))
        async with watched(rooms):
            with pytest.raises(EngineError, match="Cannot connect"):
                await wait_until_ready("http://127.0.0.1:9", rooms, workers=1)
