"""Fills a running stack with the jobs, archives and tenants of a long time, in the store's own scripts and forms."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from pathlib import Path
from typing import Final

from infra.bench.scale import History
from shared.adapters.valkey.client import open_valkey, send
from shared.adapters.valkey.identity.content import Edit
from shared.adapters.valkey.identity.hashes import IdentityHashes
from shared.adapters.valkey.identity.records import field_of_user, format_tenant, format_user
from shared.adapters.valkey.jobs.records import format_new_job, format_outcome
from shared.adapters.valkey.layouts import settle_namespace
from shared.adapters.valkey.scripts import PRELUDE, SCRIPTS_DIR
from shared.identity import Tenant, User
from shared.jobs.record import MAX_CRASHES, JobKind, NewJob, Outcome, Status, Surface
from shared.jobs.requests import ApplicationReference, ExportRequest
from shared.jobs.summaries import ArchiveFacts, ExportedVersion, Summary
from shared.settings.process import Settings

RARE_APPLICATION: Final = "Seldom"
"""Exported once, long ago."""

ARCHIVE_BYTES: Final = 16 * 1024

_USERS: Final = ("user", "supervisor", "admin", *(f"user-{number}" for number in range(97)))
"""Who asked for the jobs, in turn."""

_APPLICATIONS: Final = 500
_FAILED_EVERY: Final = 997
_DAYS: Final = 29
"""Of the history: less than ended jobs are kept."""

_JOBS_AT_ONCE: Final = 250
_DAY_MS: Final = 86_400_000

_FILL: Final = """
-- ARGV: 5… for each job: id, the time of its end (ms), its status, how many parts follow, field, value, ….
-- All is written as if the clock showed the time of each end.
local at = 5
while at <= #ARGV do
  local job, fields = {id = ARGV[at]}, {}
  now = tonumber(ARGV[at + 1])
  for i = at + 4, at + 3 + ARGV[at + 3], 2 do fields[ARGV[i]] = ARGV[i + 1] end
  write(job, fields)
  index_job(job.tenant, job.created_by, string.format('%013d', tonumber(job.created)) .. ':' .. job.id)
  redis.call('HSET', indexed, job.tenant, '')
  end_job(job, ARGV[at + 2])
  at = at + 4 + ARGV[at + 3]
end
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class EndedJob:
    """A job of the history."""

    number: int
    """The oldest is 0."""
    tenant: str
    user: str
    ended_ms: int

    @property
    def id(self) -> str:
        """A UUID that begins with the time, as all ids of jobs do."""
        time_part = f"{self.ended_ms:012x}"
        return f"{time_part[:8]}-{time_part[8:]}-7000-8000-{self.number:012x}"

    @property
    def status(self) -> Status:
        """Closed, but for a few."""
        return Status.FAILED if self.number % _FAILED_EVERY == 0 else Status.CLOSED

    @property
    def archive(self) -> str:
        """The name of what it wrote."""
        return f"history-{self.number:07d}.zip"


async def fill(settings: Settings, scale: History, tenant: str) -> Sequence[EndedJob]:
    """Write the history of one tenant that has nearly all of it, beside many others; return its jobs, oldest first."""
    others = [f"tenant-{number:05d}" for number in range(scale.tenants)]
    jobs = list(_make_jobs(scale, tenant, others))
    async with open_valkey(settings.valkey_address) as client:
        namespace = await settle_namespace(client, settings.installation, settings.valkey_address)
        await _fill_tenants(IdentityHashes(client, namespace=namespace, mirror=settings.identity_file), others)
        script = (SCRIPTS_DIR / PRELUDE).read_text() + _FILL
        sha = await send(client, "SCRIPT LOAD", script)
        shared = (namespace.text, 1, settings.keep_ended_days * _DAY_MS, MAX_CRASHES)
        remaining = iter(jobs)
        while batch := list(islice(remaining, _JOBS_AT_ONCE)):
            await send(client, "EVALSHA", sha, 0, *shared, *(part for job in batch for part in _format_job(job)))
    own = [job for job in jobs if job.tenant == tenant]
    _write_archives(settings.archives_dir / tenant, own[-scale.archives :])
    return own


def _make_jobs(scale: History, tenant: str, others: Sequence[str]) -> Iterator[EndedJob]:
    """Spread the ends over the days until now, one for each other tenant among them."""
    present, every = round(time.time() * 1000), scale.jobs // scale.tenants
    for number in range(scale.jobs):
        is_other = number % every == every - 1 and number // every < len(others)
        yield EndedJob(
            number=number,
            tenant=others[number // every] if is_other else tenant,
            user=_USERS[number % len(_USERS)],
            ended_ms=present - (scale.jobs - number) * _DAYS * _DAY_MS // scale.jobs,
        )


def _format_job(job: EndedJob) -> Sequence[str | int]:
    application = RARE_APPLICATION if job.number == 0 else f"App{job.number % _APPLICATIONS}"
    new = NewJob(
        id=job.id,
        tenant=job.tenant,
        kind=JobKind.EXPORT,
        surface=Surface.SPARK,
        database="source",
        created_by=job.user,
        request=ExportRequest(
            database="source", applications=(ApplicationReference(name=application),), archive_name=job.archive
        ),
        deadline_seconds=900,
    )
    more: Mapping[str, str | int] = {
        "created": job.ended_ms - 2000,
        "started": job.ended_ms - 1000,
        "deadline": job.ended_ms + 899_000,
        "attempt": 1,
        "crashes": 0,
        "fence": job.ended_ms,
        "submissions": 1,
    }
    written = [part for field in more.items() for part in field]
    parts = [*written, *format_new_job(new), *format_outcome(_make_outcome(job, application))]
    return [job.id, job.ended_ms, job.status, len(parts), *parts]


def _make_outcome(job: EndedJob, application: str) -> Outcome:
    version = ExportedVersion(
        name=application,
        version="1.0.0",
        folder="source",
        service_id="service",
        version_id="version",
        nodes=60,
        relationships=59,
        digest="0" * 32,
    )
    return Outcome(
        status=job.status,
        summary=Summary(applications=(version,)),
        archive=ArchiveFacts(name=job.archive, bytes=ARCHIVE_BYTES, sha256="0" * 64),
    )


def _write_archives(folder: Path, jobs: Sequence[EndedJob]) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    for job in jobs:
        (folder / job.archive).write_bytes(os.urandom(ARCHIVE_BYTES))


async def _fill_tenants(identity: IdentityHashes, names: Sequence[str]) -> None:
    """Write all in one change: each change mirrors the whole."""
    now, edits = datetime.now(UTC), list[Edit]()
    for name in names:
        tenant, user = (
            Tenant(name=name, databases=("source",), created=now),
            User(tenant=name, name="user", roles=frozenset(), created=now),
        )
        edits += [
            Edit("tenants", name, format_tenant(tenant)),
            Edit("users", field_of_user(name, user.name), format_user(user)),
        ]
    await identity.change(lambda _: edits)
