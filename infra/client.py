"""Sends jobs over HTTP, as any user would."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import Any

import aiohttp

from infra.engines.process import EngineError
from shared.jobs.record import TERMINAL_STATUSES, Status
from shared.jobs.requests import FileFilter

_POLL_SECONDS = 0.1
_REQUEST_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedJob:
    """A job that did what it should."""

    record: Mapping[str, Any]
    seconds: float
    """From the request to the answer that says that it is closed."""

    @property
    def application(self) -> Mapping[str, Any]:
        """What its summary says of the single application."""
        application: Mapping[str, Any] = self.record["summary"]["applications"][0]
        return application

    @property
    def archive(self) -> Mapping[str, Any]:
        """Name, size and hash of the archive."""
        archive: Mapping[str, Any] = self.record["archive"]
        return archive


@dataclass(frozen=True, slots=True, kw_only=True)
class GatewayClient:
    """A user of all surfaces, of the imaging one for most, who reads the jobs' records natively."""

    session: aiohttp.ClientSession
    imaging_base_path: str

    async def carry_out(self, action: str, request: Mapping[str, Any]) -> EndedJob:
        """Submit an `export` or `import`, wait for its end. Raises: EngineError when it fails or is refused."""
        began = time.perf_counter()
        record = await self.wait_until_closed(await self.submit(action, request))
        return EndedJob(record=record, seconds=time.perf_counter() - began)

    async def wait_until_closed(self, job_id: str) -> Mapping[str, Any]:
        """Return the record once the job has done what it should. Raises: EngineError when it ends otherwise."""
        while (record := await self.read_job(job_id))["status"] not in TERMINAL_STATUSES:  # noqa: ASYNC110
            await asyncio.sleep(_POLL_SECONDS)
        if record["status"] != Status.CLOSED:
            raise EngineError(f"The {record['kind']} ended as {record['status']}: {record['failure']}")
        return record

    async def export_for_importer(self, tenant: str, service: str) -> Mapping[str, Any]:
        """Have the spark surface write CSV for the offline importer; return the record. Raises: EngineError."""
        order = {"inputs": {"services": [service]}, "file_filter": FileFilter.ONPREMISES}
        accepted = await self._send("POST", f"/{tenant}/api/v4/export", order)
        return await self.wait_until_closed(accepted["id"])

    async def submit(self, action: str, request: Mapping[str, Any]) -> str:
        """Return the id of the accepted job. Raises: EngineError when it is refused."""
        accepted = await self._send("POST", f"{self.imaging_base_path}/app/{action}", request)
        job_id: str = accepted["success"]["uuid"]
        return job_id

    async def read_job(self, job_id: str) -> Mapping[str, Any]:
        """Return the record as it is now. Raises: EngineError."""
        return await self._send("GET", f"/api/v1/jobs/{job_id}")

    async def cancel_job(self, job_id: str) -> None:
        """Ask for the job's end. Raises: EngineError when it cannot be cancelled."""
        await self._send("PATCH", f"/api/v1/jobs/{job_id}", {"status": Status.CANCELLED})

    async def _send(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Mapping[str, Any]:
        try:
            async with self.session.request(method, path, json=body) as response:
                if response.status != 200:
                    raise EngineError(f"{method} {path} was answered {response.status}: {await response.text()}")
                answer: Mapping[str, Any] = await response.json()
                return answer
        except (aiohttp.ClientError, TimeoutError) as error:
            raise EngineError(f"{method} {path} failed: {str(error) or type(error).__name__}") from error


@asynccontextmanager
async def open_client(url: str, *, key: str, imaging_base_path: str) -> AsyncIterator[GatewayClient]:
    """Open a client of the gateway for the key's user."""
    limit = aiohttp.ClientTimeout(total=_REQUEST_SECONDS)
    async with aiohttp.ClientSession(url, headers={"X-API-KEY": key}, timeout=limit) as session:
        yield GatewayClient(session=session, imaging_base_path=imaging_base_path)
