"""What a handler call needs, in memory, with handlers that tests write."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson

from handlers.attempts.context import Context, Handler
from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.lease import Leases
from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.job_logs import FolderJobLogs
from shared.adapters.folders.uploads import UploadDirectory
from shared.errors import DatabaseUnavailableError
from shared.jobs.events import Event
from shared.jobs.record import Job, JobKind, NewJob, Outcome, Status
from shared.jobs.summaries import Summary
from shared.logs import log_path
from shared.ports.identity import IdentityStore
from shared.ports.jobs import JobStore, WhenBusy
from shared.resources import Resources
from shared.settings.process import Settings
from tests.support.job_stores import make_job
from tests.support.memory.audit import MemoryAudit
from tests.support.memory.identity import MemoryIdentity
from tests.support.memory.jobs import MemoryJobStore
from tests.support.memory.schedules import MemorySchedules
from tests.support.memory.tracing import MemoryTracer
from tests.support.memory.webhooks import MemoryWebhooks
from tests.support.summaries import DONE, UNDONE

RunPart = Callable[[Job, Context], Awaitable[Outcome]]
UndoPart = Callable[[Job, Context], Awaitable[Summary]]


async def run_to_close(_: Job, __: Context) -> Outcome:
    return Outcome(status=Status.CLOSED, summary=DONE)


async def undo_nothing(_: Job, __: Context) -> Summary:
    return UNDONE


def make_settings(data_dir: Path, **changes: Any) -> Settings:
    """Leases that no slow machine outlasts, and renewals that come soon."""
    return Settings(data_dir=data_dir, **{"lease_seconds": 60, "renew_seconds": 0.1, "reap_seconds": 0.1, **changes})


def make_resources(settings: Settings, jobs: JobStore, identity: IdentityStore | None = None) -> Resources:
    return Resources(
        settings=settings,
        jobs=jobs,
        identity=identity or MemoryIdentity(),
        archives=ArchiveDirectory(settings.archives_dir),
        uploads=UploadDirectory(settings.archives_dir, keep_seconds=3600),
        logs=FolderJobLogs(settings),
        audit=MemoryAudit(),
        webhooks=MemoryWebhooks(),
        schedules=MemorySchedules(),
        sources={},
        targets={},
    )


@dataclass(slots=True, kw_only=True)
class Workbench:
    """One worker without its queues."""

    settings: Settings
    jobs: MemoryJobStore = field(default_factory=MemoryJobStore)
    identity: MemoryIdentity = field(default_factory=MemoryIdentity)
    tracer: MemoryTracer = field(default_factory=MemoryTracer)
    leases: Leases = field(init=False)
    only_forward: bool = False
    undone: list[str] = field(default_factory=list)
    settled: list[Status] = field(default_factory=list)
    """The status that the record had when a job was settled."""

    def __post_init__(self) -> None:
        self.jobs.lease = timedelta(seconds=self.settings.lease_seconds)
        self.leases = Leases(self.jobs, self.settings, tracer=self.tracer)

    async def submit(self, **changes: Any) -> Job:
        new: NewJob = make_job(**changes)
        return await self.jobs.submit(new, when_busy=WhenBusy.QUEUE)

    def change(self, job: Job, **changes: Any) -> None:
        """Put a record into a state that would take long to come by."""
        self.jobs.jobs[job.id] = replace(self.jobs.jobs[job.id], **changes)

    async def dispatch(self, job: Job, run: RunPart = run_to_close, undo: UndoPart = undo_nothing) -> Job:
        """Answer the job's present event, and read the record afterwards."""

        async def remember_undo(job: Job, context: Context) -> Summary:
            self.undone.append(job.id)
            return await undo(job, context)

        async def remember_settling(job: Job, _: Context) -> None:
            self.settled.append((await self.jobs.get(job.id)).status)
            raise DatabaseUnavailableError("away")

        handler = Handler(run=run, undo=remember_undo, settle=remember_settling, only_forward=self.only_forward)
        handlers = {JobKind.EXPORT: handler}
        resources = make_resources(self.settings, self.jobs, self.identity)
        dispatcher = Dispatcher(resources=resources, handlers=handlers, leases=self.leases)
        attempt = (await self.jobs.get(job.id)).attempt
        await dispatcher.dispatch(Event(job_id=job.id, attempt=attempt))
        return await self.jobs.get(job.id)

    def read_log(self, job: Job) -> list[dict[str, Any]]:
        path = log_path(self.settings, job.tenant, job.id)
        return [orjson.loads(line) for line in path.read_bytes().splitlines()]
