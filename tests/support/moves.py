"""Moves through the real handlers, without queue and gateway."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import uuid_utils

from handlers.attempts.dispatch import Dispatcher
from handlers.attempts.lease import Leases
from handlers.table import HANDLERS
from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.job_logs import FolderJobLogs
from shared.adapters.folders.uploads import UploadDirectory
from shared.jobs.events import Event
from shared.jobs.record import Job, JobKind, NewJob, Surface
from shared.jobs.requests import (
    ApplicationChoice,
    ApplicationReference,
    ConflictAction,
    CopyRequest,
    ExportRequest,
    FileFilter,
    ForeignNames,
    ImportRequest,
    JobRequest,
)
from shared.ports.graph_source import GraphSource
from shared.ports.graph_target import GraphTarget
from shared.ports.jobs import WhenBusy
from shared.resources import Resources
from shared.settings.process import Settings
from tests.support.memory.audit import MemoryAudit
from tests.support.memory.identity import MemoryIdentity
from tests.support.memory.jobs import MemoryJobStore
from tests.support.memory.schedules import MemorySchedules
from tests.support.memory.webhooks import MemoryWebhooks
from tests.support.stacks.databases import REFERENCE_KEYS

TENANT = "acme"

_USUAL = ForeignNames()


@dataclass(kw_only=True)
class Mover:
    """One worker over given databases."""

    data_dir: Path
    sources: Mapping[str, GraphSource]
    targets: Mapping[str, GraphTarget]
    tenant: str = TENANT
    jobs: MemoryJobStore = field(default_factory=MemoryJobStore)
    identity: MemoryIdentity = field(default_factory=MemoryIdentity)
    further: Mapping[str, int] = field(default_factory=dict)
    """Settings by their names."""

    async def export(
        self,
        *names: str,
        database: str,
        batch_size: int = 1000,
        file_filter: FileFilter = FileFilter.MIGRATE,
    ) -> Job:
        """Export applications, each as `name` or `name@version`."""
        references = tuple(_reference(name) for name in names)
        request = ExportRequest(
            database=database,
            applications=references,
            archive_name="out.zip",
            batch_size=batch_size,
            file_filter=file_filter,
        )
        return await self.run(JobKind.EXPORT, request)

    async def import_archive(
        self,
        name: str,
        *,
        database: str,
        batch_size: int = 1000,
        import_as: str | None = None,
        on_conflict: ConflictAction = ConflictAction.FAIL,
        choices: tuple[ApplicationChoice, ...] = (),
        suffix: str | None = None,
        join_labels: tuple[str, ...] = (),
        rename_labels: Mapping[str, str] | None = None,
        dry_run: bool = False,
        foreign: ForeignNames = _USUAL,
    ) -> Job:
        request = ImportRequest(
            database=database,
            archive_name=name,
            batch_size=batch_size,
            import_as=import_as,
            on_conflict=on_conflict,
            choices=choices,
            suffix=suffix,
            join_labels=join_labels,
            rename_labels=rename_labels or {},
            dry_run=dry_run,
            foreign=foreign,
        )
        return await self.run(JobKind.IMPORT, request)

    async def copy(
        self,
        *choices: ApplicationChoice,
        batch_size: int = 1000,
        strip_secured: bool = False,
        dry_run: bool = False,
    ) -> Job:
        """Copy applications from `left` to `right`."""
        request = CopyRequest(
            from_database="left",
            to_database="right",
            choices=choices,
            batch_size=batch_size,
            strip_secured=strip_secured,
            dry_run=dry_run,
        )
        return await self.run(JobKind.COPY, request)

    async def run(self, kind: JobKind, request: JobRequest) -> Job:
        """Submit a job, answer its event, and give its record."""
        new = NewJob(
            id=str(uuid_utils.uuid7()),
            tenant=self.tenant,
            kind=kind,
            surface=Surface.NATIVE,
            database=request.database,
            created_by="somebody",
            request=request,
            deadline_seconds=600,
        )
        job = await self.jobs.submit(new, when_busy=WhenBusy.QUEUE)
        await self.dispatch(job)
        return await self.jobs.get(job.id)

    async def dispatch(self, job: Job) -> None:
        """Answer the job's event in this process."""
        resources = self.resources
        leases = Leases(self.jobs, resources.settings, tracer=resources.tracer)
        dispatcher = Dispatcher(resources=resources, handlers=HANDLERS, leases=leases)
        await dispatcher.dispatch(Event(job_id=job.id, attempt=job.attempt))

    @property
    def resources(self) -> Resources:
        """What a worker has."""
        named = {"data_dir": self.data_dir, "reference_keys": REFERENCE_KEYS, **self.further}
        return Resources(
            settings=Settings.model_validate(named),
            jobs=self.jobs,
            identity=self.identity,
            archives=self.archives,
            uploads=UploadDirectory(Settings(data_dir=self.data_dir).archives_dir, keep_seconds=3600),
            logs=FolderJobLogs(Settings(data_dir=self.data_dir)),
            audit=MemoryAudit(),
            webhooks=MemoryWebhooks(),
            schedules=MemorySchedules(),
            sources=self.sources,
            targets=self.targets,
        )

    @property
    def archives(self) -> ArchiveDirectory:
        return ArchiveDirectory(Settings(data_dir=self.data_dir).archives_dir)

    @property
    def folder(self) -> Path:
        """Where the tenant's archives are."""
        return Settings(data_dir=self.data_dir).archives_dir / self.tenant


def _reference(text: str) -> ApplicationReference:
    name, _, version = text.partition("@")
    return ApplicationReference(name=name, version=version or None)
