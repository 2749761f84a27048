"""A stack with something to see: users, archives, applications, jobs in every state."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Self

from playwright.async_api import APIRequestContext, Playwright

from infra.engines.process import EngineError
from infra.sample.loading import NAME
from infra.stack.stack import Stack
from shared.jobs.record import TERMINAL_STATUSES, Status

TENANT: Final = "acme"
SOURCE: Final = "source"
TARGET: Final = "target"
SAMPLES: Final = ("orders.zip", "billing.zip")

_LIVE_SECONDS = 150.0
"""Plots show minutes: so long until there are a few."""
_LOOK_SECONDS = 0.1
_JOB_SECONDS = 120.0
_HALFWAY = 40_000
"""Nodes of the sample that are written when the work is held."""


@dataclass(slots=True, kw_only=True)
class Scene:
    """The stack, and what its users did."""

    stack: Stack
    api: APIRequestContext
    importer: APIRequestContext
    jobs: dict[str, str] = field(default_factory=dict)
    """By what they show: `running`, `failed`, `done`."""

    @classmethod
    @asynccontextmanager
    async def open(cls, playwright: Playwright, stack: Stack) -> AsyncIterator[Self]:
        """Sign in an administrator and an importer."""
        keys = stack.plan.keyring.tenants[TENANT]
        api, importer = [
            await playwright.request.new_context(
                base_url=f"{stack.gateway_url}/api/v1/", extra_http_headers={"X-API-KEY": keys[user]}
            )
            for user in ("admin", "importer")
        ]
        yield cls(stack=stack, api=api, importer=importer)
        await api.dispose()
        await importer.dispose()

    async def live(self, samples: Path) -> None:
        """Do what a tenant does, for some minutes."""
        began = time.monotonic()
        await self._admit()
        await self._bring(samples)
        await self._go_wrong()
        while time.monotonic() - began < _LIVE_SECONDS:
            self.jobs["done"] = await self._finish(await self._export(self.api, NAME, file_name="Python library.zip"))
            await asyncio.sleep(12)
            await self._finish(await self._export(self.importer, "Orders"))
            await asyncio.sleep(12)

    @asynccontextmanager
    async def work_held(self) -> AsyncIterator[None]:
        """Hold the worker in the middle of a job, with others waiting: so that what runs stays to be seen."""
        body = {"from_database": SOURCE, "to_database": TARGET, "applications": [{"name": NAME}]}
        self.jobs["running"] = await self._submit(self.api, "copies", body)
        waiting = [await self._export(self.importer, "Billing"), await self._export(self.api, "Orders")]
        await self._wait_for(self.jobs["running"], lambda job: job["progress"]["nodes_done"] > _HALFWAY)
        worker = self.stack.rooms.pids["worker-1"]
        os.kill(worker, signal.SIGSTOP)
        try:
            yield
        finally:
            os.kill(worker, signal.SIGCONT)
        for job in (self.jobs["running"], *waiting):
            await self._finish(job)

    async def _admit(self) -> None:
        for user, name, role in (("ann", "Ann Sofer", "ADMIN"), ("bob", "Bob Mera", "importer")):
            await _send(self.api, "POST", "users", {"user": user, "name": name, "roles": [role]})
        await _send(self.api, "POST", "users", {"user": "cleo", "name": "Cleo Tan", "roles": []})
        for name in ("laptop", "nightly export"):
            await _send(self.api, "POST", "keys", {"name": name})

    async def _bring(self, samples: Path) -> None:
        for name in SAMPLES:
            data = await asyncio.to_thread((samples / name).read_bytes)
            await _send(self.api, "PUT", f"archives/{name}", data)
            await self._finish(await self._import(name, SOURCE))
        for user in ("bob", "cleo"):
            await _send(self.api, "POST", "grants", {"database": SOURCE, "application": "Orders", "user": user})

    async def _go_wrong(self) -> None:
        """Import the same twice at once; give up what waits."""
        _, second = [await self._import("orders.zip", TARGET) for _ in range(2)]
        self.jobs["failed"] = await self._finish(second)
        first = await self._export(self.api, NAME)
        second = await self._export(self.importer, "Billing")
        await _send(self.importer, "PATCH", f"jobs/{second}", {"status": "cancelled", "reason": "the wrong database"})
        await self._finish(first)

    async def _import(self, archive: str, database: str) -> str:
        return await self._submit(self.api, "imports", {"database": database, "archive": archive})

    async def _export(self, by: APIRequestContext, application: str, **more: str) -> str:
        return await self._submit(by, "exports", {"database": SOURCE, "applications": [{"name": application}], **more})

    async def _submit(self, by: APIRequestContext, what: str, body: Mapping[str, Any]) -> str:
        job_id: str = (await _send(by, "POST", what, body))["id"]
        return job_id

    async def _finish(self, job_id: str) -> str:
        await self._wait_for(job_id, lambda job: Status(job["status"]) in TERMINAL_STATUSES)
        return job_id

    async def _wait_for(self, job_id: str, is_so: Any) -> None:
        end = time.monotonic() + _JOB_SECONDS
        while not is_so(await _send(self.api, "GET", f"jobs/{job_id}")):
            if time.monotonic() > end:
                raise EngineError(f"Job {job_id} takes longer than {_JOB_SECONDS:.0f} s.")
            await asyncio.sleep(_LOOK_SECONDS)


async def _send(by: APIRequestContext, method: str, path: str, body: Mapping[str, Any] | bytes | None = None) -> Any:
    data = dict(body) if isinstance(body, Mapping) else body
    answer = await by.fetch(path, method=method, data=data)
    if not answer.ok:
        raise EngineError(f"{method} {path} was answered {answer.status}: {await answer.text()}")
    return await answer.json()
