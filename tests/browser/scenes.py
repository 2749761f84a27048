"""What is in a stack before a page looks at it: brought in over the API, as other users do."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from typing import Any

from playwright.async_api import Page

from tests.browser.watching import Watch, enter, key_of
from tests.support.archives import make_archive
from tests.support.stacks import Stack


async def store(stack: Stack, name: str, *, nodes: int = 1, tenant: str = "acme") -> None:
    """Put an archive of one application, which bears its name, into the tenant's folder."""
    content = await asyncio.to_thread(make_archive, name, texts=[str(number) for number in range(nodes)])
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
    with worker_held(stack):
        body: dict[str, Any] = {"database": "source", "archive": f"{name}.zip", "applications": [{"name": name}]}
        _, second = [submit(stack, "imports", **body) for _ in range(2)]
    job = await asyncio.to_thread(stack.wait, second)
    assert job["status"] == "failed", job
    return second


@contextmanager
def worker_held(stack: Stack) -> Iterator[None]:
    """Let no job begin."""
    worker = stack.ready["pids"]["worker-1"]
    os.kill(worker, signal.SIGSTOP)
    try:
        yield
    finally:
        os.kill(worker, signal.SIGCONT)


@asynccontextmanager
async def tab(watch: Watch, stack: Stack, where: str, key: str = "admin") -> AsyncIterator[Page]:
    """Open a further tab at a place of the page, signed in."""
    page = await watch.open()
    await enter(page, stack, key_of(stack, key), where)
    yield page
    await page.close()
