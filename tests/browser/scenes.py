"""What is in a stack before a page looks at it: brought in over the API, as other users do."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from playwright.async_api import Page

from tests.browser.watching import Watch, enter, key_of
from tests.support.archives.small import make_archive
from tests.support.holding import workers_held
from tests.support.stacks.stacks import JOB_SECONDS, Stack

LAST_LINE = b"job ended"


async def store(stack: Stack, name: str, *, nodes: int = 1, label: str = "Object", tenant: str = "acme") -> None:
    """Put an archive of one application, which bears its name, into the tenant's folder."""
    texts = [str(number) for number in range(nodes)]
    content = await asyncio.to_thread(make_archive, name, texts=texts, label=label)
    path = f"/api/v1/archives/{name}.zip"
    stored = stack.request("PUT", path, content, media_type="application/zip", tenant=tenant)
    assert stored.status == 201, stored


def submit(stack: Stack, what: str, key: str = "admin", tenant: str = "acme", **body: Any) -> str:
    """Submit a job; give its id."""
    answer = stack.request("POST", f"/api/v1/{what}", body, key=key, tenant=tenant)
    assert answer.status == 202, answer
    job_id: str = answer.body["id"]
    return job_id


def submit_export(stack: Stack, name: str, key: str = "admin") -> str:
    """Ask for an application of the source."""
    return submit(stack, "exports", key, database="source", applications=[{"name": name}])


async def bring(stack: Stack, name: str, *, nodes: int = 1) -> str:
    """Bring an application into the source; give the job that did."""
    await store(stack, name, nodes=nodes)
    job_id = submit(stack, "imports", database="source", archive=f"{name}.zip")
    job = await asyncio.to_thread(stack.wait, job_id)
    assert job["status"] == "closed", job
    return job_id


async def bring_twice(stack: Stack, name: str) -> str:
    """Ask for the same import twice before the first is done; give the second job, which fails."""
    await store(stack, name)
    with workers_held(stack):
        body: dict[str, Any] = {"database": "source", "archive": f"{name}.zip", "applications": [{"name": name}]}
        _, second = [submit(stack, "imports", **body) for _ in range(2)]
    job = await asyncio.to_thread(stack.wait, second)
    assert job["status"] == "failed", job
    return second


def wait_for_log(stack: Stack, job_id: str) -> bytes:
    """Wait until the last line of a job's log is written, a moment after the job is known to have ended; give all."""
    end = time.monotonic() + JOB_SECONDS
    while True:
        whole: bytes = stack.request("GET", f"/api/v1/jobs/{job_id}/log", media_type="text/plain").body
        if LAST_LINE in whole:
            return whole
        assert time.monotonic() < end, whole
        time.sleep(0.05)


@asynccontextmanager
async def tab(watch: Watch, stack: Stack, where: str, key: str = "admin") -> AsyncIterator[Page]:
    """Open a further tab at a place of the page, signed in."""
    page = await watch.open()
    await enter(page, stack, key_of(stack, key), where)
    yield page
    await page.close()
