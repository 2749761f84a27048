"""A running stack, as a client sees it."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

import orjson

from tests.support.buckets import BucketView
from tests.support.comparer import Place
from tests.support.stacks.shelves import BucketShelf, FolderShelf, Shelf

JOB_SECONDS = 120
JSON_TYPES = {"application/json", "application/problem+json"}
ENDED = {"closed", "closed_by_timeout", "failed", "cancelled"}


@dataclass(frozen=True, slots=True)
class Answer:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: Any


@dataclass(frozen=True, slots=True)
class Stack:
    """The content of the ready file."""

    ready: dict[str, Any]
    bucket: str | None = None
    """What GRAPHFERRY_ARCHIVES names; None: archives are in folders."""

    def request(
        self,
        method: str,
        path: str,
        body: bytes | dict[str, Any] | None = None,
        *,
        key: str = "admin",
        tenant: str = "acme",
        media_type: str = "application/json",
        credentials: Mapping[str, str] | None = None,
        further: Mapping[str, str] | None = None,
    ) -> Answer:
        """Send a request with a tenant's key of this name or other credentials, and further headers; JSON is read."""
        data = orjson.dumps(body) if isinstance(body, dict) else body
        shown = credentials or {"X-API-KEY": self.ready["tenants"][tenant]["keys"][key]}
        headers = {**shown, "Content-Type": media_type, **(further or {})}
        request = Request(self.ready["gateway"] + path, data=data, method=method, headers=headers)
        try:
            with urlopen(request, timeout=60) as response:
                return _answer(response.status, dict(response.headers), response.read())
        except HTTPError as error:
            with error:
                return _answer(error.code, dict(error.headers), error.read())

    def imaging(self, action: str, **body: Any) -> Answer:
        """Post to the imaging surface."""
        return self.request("POST", f"/imaging/etl/api/app/{action}", body)

    def wait(self, job_id: str) -> dict[str, Any]:
        """Wait until a job has ended; give its record."""
        end = time.monotonic() + JOB_SECONDS
        while time.monotonic() < end:
            job: dict[str, Any] = self.request("GET", f"/api/v1/jobs/{job_id}").body
            if job["status"] in ENDED:
                return job
            time.sleep(0.05)
        raise AssertionError(f"job {job_id} has not ended: {job}")

    def run(self, action: str, **body: Any) -> dict[str, Any]:
        """Do a whole job over the imaging surface; give its record."""
        answer = self.imaging(action, **body)
        assert answer.status == 200, answer
        return self.wait(answer.body["success"]["uuid"])

    def place(self, database: str, label: str) -> Place:
        """Say where an application is, for the comparer."""
        found = self.ready["databases"][database]
        return Place(found["uri"], found["user"], found["password"], label, found["database"])

    def path(self, name: str, tenant: str = "acme") -> Path:
        """Give the place of a file in a tenant's folder, which is made; not for archives in a bucket."""
        folder = Path(self.ready["archive_folder"][tenant])
        folder.mkdir(parents=True, exist_ok=True)
        return folder / name

    def shelf(self, tenant: str = "acme") -> Shelf:
        """Give the place of a tenant's archives."""
        if self.bucket is not None:
            return BucketShelf(BucketView(self.bucket), tenant)
        return FolderShelf(Path(self.ready["archive_folder"][tenant]))


def _answer(status: int, headers: dict[str, str], body: bytes) -> Answer:
    kind = headers.get("Content-Type", "").partition(";")[0]
    return Answer(status, headers, orjson.loads(body) if body and kind in JSON_TYPES else body)
