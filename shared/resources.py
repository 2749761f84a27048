"""The composition root: opens the adapters of one process, closes them in reverse."""

from __future__ import annotations

import importlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager, nullcontext
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.job_logs import FolderJobLogs
from shared.adapters.folders.uploads import UploadDirectory
from shared.adapters.neo4j.connection import Connection, open_connection
from shared.adapters.neo4j.source.source import Neo4jSource
from shared.adapters.neo4j.target.target import Neo4jTarget
from shared.adapters.valkey.arq_events import EventQueues, open_event_queues
from shared.adapters.valkey.audit import ValkeyAudit
from shared.adapters.valkey.backups import open_valkey_backups
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.identity.store import open_valkey_identity
from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.adapters.valkey.keeping import Keepers, open_keepers
from shared.adapters.valkey.layouts import guess_namespace, settle_namespace
from shared.adapters.valkey.moving import open_valkey_keys
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.schedules.store import ValkeySchedules
from shared.adapters.valkey.shared_reads import SharedReads, open_shared_reads
from shared.adapters.valkey.sharing import Sharing, make_sharing
from shared.adapters.valkey.signing import ValkeySigningKeys
from shared.adapters.valkey.webhooks import ValkeyWebhooks
from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.limits import ArchiveLimits
from shared.ports.archives import ArchiveStore
from shared.ports.audit import AuditLog
from shared.ports.backups import BackupStore
from shared.ports.graph_source import GraphSource
from shared.ports.graph_target import GraphTarget
from shared.ports.identity import IdentityStore
from shared.ports.job_logs import JobLogs
from shared.ports.jobs import JobStore
from shared.ports.mirrors import Mirror
from shared.ports.schedules import ScheduleStore
from shared.ports.signing import SigningKeys
from shared.ports.store_keys import StoreKeys
from shared.ports.tracing import NoTracer, Tracer
from shared.ports.uploads import UploadStore
from shared.ports.webhooks import WebhookStore
from shared.settings.process import Settings

__all__ = [
    "EventQueues",
    "Resources",
    "open_archives",
    "open_backups",
    "open_event_queues",
    "open_identity",
    "open_job_store",
    "open_keys",
    "open_resources",
    "open_sources",
]

_OBJECTS: Final = "shared.adapters.s3.opening"
_TRACING: Final = "shared.adapters.otlp.tracer"
"""Imported only where they are asked for: they need packages that nothing else does."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The opened adapters of one process."""

    settings: Settings
    jobs: JobStore
    identity: IdentityStore
    archives: ArchiveStore
    uploads: UploadStore
    logs: JobLogs
    audit: AuditLog
    webhooks: WebhookStore
    schedules: ScheduleStore
    sources: Mapping[str, GraphSource]
    """By the name that settings give the database."""
    targets: Mapping[str, GraphTarget]
    namespace: Namespace | None = None
    """What the job store's keys begin with; None for stores without keys."""
    signing: SigningKeys | None = None
    """What keeps the secret that all gateways sign with; None: a file of the data folder does."""
    tracer: Tracer = field(default_factory=NoTracer)

    @property
    def foreign(self) -> ForeignDefaults:
        """What elements of foreign archives get that their documents do not say, as settings name it."""
        return ForeignDefaults(
            label=self.settings.foreign_label,
            type=self.settings.foreign_type,
            id_property=self.settings.foreign_id_property,
            parent_property=self.settings.foreign_parent_property,
        )

    @property
    def limits(self) -> ArchiveLimits:
        """What archives may hold, as settings say it."""
        return ArchiveLimits(
            inflated_bytes=self.settings.max_inflated_bytes,
            token_bytes=self.settings.max_value_bytes,
            manifest_bytes=self.settings.max_manifest_bytes,
            depth=self.settings.max_depth,
            attributes=self.settings.max_attributes,
            ratio=self.settings.max_ratio,
            entries=self.settings.max_entries,
            applications=self.settings.max_applications,
            columns=self.settings.max_columns,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Storage:
    """What is kept in a folder, or in a bucket."""

    archives: ArchiveStore
    uploads: UploadStore
    logs: JobLogs
    mirror: Path | Mirror


@asynccontextmanager
async def open_identity(settings: Settings) -> AsyncIterator[IdentityStore]:
    """Open the identity store alone. Raises: StoreTooNewError, StoreUnavailableError, UnavailableError."""
    async with open_access(settings) as (identity, _):
        yield identity


@asynccontextmanager
async def open_access(settings: Settings) -> AsyncIterator[tuple[IdentityStore, AuditLog]]:
    """Open who may do what, and the log of changes, alone.

    Raises: StoreTooNewError, StoreUnavailableError, UnavailableError.
    """
    async with AsyncExitStack() as stack:
        client = await stack.enter_async_context(open_valkey(settings.valkey_address))
        namespace = await settle_namespace(client, settings.installation, settings.valkey_address)
        keepers = await stack.enter_async_context(open_keepers(replicas=settings.valkey_replicas))
        storage = await stack.enter_async_context(
            _open_storage(settings, partial(make_sharing, client, settings, namespace))
        )
        identity = await stack.enter_async_context(_open_identity(settings, keepers, namespace, storage.mirror))
        yield identity, ValkeyAudit(client, namespace=namespace, days=settings.audit_days)


def _open_identity(
    settings: Settings, keepers: Keepers, namespace: Namespace, mirror: Path | Mirror, reads: SharedReads | None = None
) -> AbstractAsyncContextManager[IdentityStore]:
    return open_valkey_identity(
        settings.valkey_address,
        installation=settings.installation,
        mirror=mirror,
        keepers=keepers,
        reads=reads,
        namespace=namespace,
    )


@asynccontextmanager
async def open_job_store(settings: Settings) -> AsyncIterator[JobStore]:
    """Open the job store alone, and change nothing. Raises: StoreTooNewError, StoreUnavailableError."""
    async with (
        open_keepers(replicas=settings.valkey_replicas) as keepers,
        open_valkey(settings.valkey_address) as client,
        open_shared_reads(client) as reads,
    ):
        namespace = await guess_namespace(client, settings.installation, settings.valkey_address)
        yield ValkeyJobStore(client, settings, namespace=namespace, keepers=keepers, reads=reads)


@asynccontextmanager
async def open_backups(settings: Settings) -> AsyncIterator[BackupStore]:
    """Open the keys of the store alone. Raises: StoreTooNewError, StoreUnavailableError."""
    async with (
        open_keepers(replicas=settings.valkey_replicas) as keepers,
        open_valkey_backups(settings, keepers) as opened,
    ):
        yield opened


@asynccontextmanager
async def open_keys(settings: Settings) -> AsyncIterator[StoreKeys]:
    """Open what moves the keys of the store. Nothing is sent before its first use."""
    async with (
        open_keepers(replicas=settings.valkey_replicas) as keepers,
        open_valkey_keys(settings, keepers) as opened,
    ):
        yield opened


@asynccontextmanager
async def open_sources(settings: Settings) -> AsyncIterator[Mapping[str, GraphSource]]:
    """Open what reads the databases, by name, alone. Nothing is sent before its first use."""
    async with _open_connections(settings) as connections:
        yield _make_sources(settings, connections)


@asynccontextmanager
async def open_archives(settings: Settings) -> AsyncIterator[ArchiveStore]:
    """Open the archives alone; nothing is touched before their first use."""
    async with _open_storage(settings) as storage:
        yield storage.archives


@asynccontextmanager
async def _open_sharing(settings: Settings, make: Callable[[], Sharing] | None) -> AsyncIterator[Sharing]:
    """Make it, or open it for a process that has no client of the job store yet."""
    if make is not None:
        yield make()
        return
    async with open_valkey(settings.valkey_address) as client:
        namespace = await guess_namespace(client, settings.installation, settings.valkey_address)
        yield make_sharing(client, settings, namespace)


@asynccontextmanager
async def _open_storage(settings: Settings, make: Callable[[], Sharing] | None = None) -> AsyncIterator[_Storage]:
    """Open what is kept where settings say; nothing is asked of a bucket before its first use.

    `make`: makes what the process shares with others; None: it is opened.
    """
    if settings.bucket is None:
        folder = settings.archives_dir
        yield _Storage(
            archives=ArchiveDirectory(folder),
            uploads=UploadDirectory(folder, keep_seconds=settings.upload_seconds),
            logs=FolderJobLogs(settings),
            mirror=settings.identity_file,
        )
        return
    async with (
        _open_sharing(settings, make) as shared,
        importlib.import_module(_OBJECTS).open_objects(settings, shared.leases, shared.live) as objects,
    ):
        yield _Storage(archives=objects.archives, uploads=objects.uploads, logs=objects.logs, mirror=objects.mirror)


@asynccontextmanager
async def _open_connections(settings: Settings) -> AsyncIterator[Mapping[str, Connection]]:
    async with AsyncExitStack() as stack:
        yield {
            name: await stack.enter_async_context(open_connection(name, database, value_bytes=settings.max_value_bytes))
            for name, database in settings.databases.items()
        }


def _make_sources(settings: Settings, connections: Mapping[str, Connection]) -> Mapping[str, GraphSource]:
    return {
        name: Neo4jSource(
            each,
            reference_keys=settings.reference_keys,
            sessions=settings.read_sessions,
            exports_from_replicas=settings.databases[name].read == "replica",
        )
        for name, each in connections.items()
    }


def _open_tracer(settings: Settings, service: str) -> AbstractAsyncContextManager[Tracer]:
    if settings.tracing_endpoint is None:
        return nullcontext(NoTracer())
    opened: AbstractAsyncContextManager[Tracer] = importlib.import_module(_TRACING).open_tracer(settings, service)
    return opened


@asynccontextmanager
async def open_resources(settings: Settings, *, service: str = "graphferry") -> AsyncIterator[Resources]:
    """Open everything. Nothing is sent to a database before its first use; `service` is what traces call this process.

    Raises: StoreTooNewError, StoreUnavailableError.
    """
    async with AsyncExitStack() as stack:
        tracer = await stack.enter_async_context(_open_tracer(settings, service))
        client = await stack.enter_async_context(open_valkey(settings.valkey_address))
        namespace = await settle_namespace(client, settings.installation, settings.valkey_address)
        reads = await stack.enter_async_context(open_shared_reads(client))
        keepers = await stack.enter_async_context(open_keepers(replicas=settings.valkey_replicas))
        storage = await stack.enter_async_context(
            _open_storage(settings, partial(make_sharing, client, settings, namespace))
        )
        identity = await stack.enter_async_context(_open_identity(settings, keepers, namespace, storage.mirror, reads))
        signing = None
        if settings.bucket is None:  # a bucket may be out of reach for a moment: its sweep comes later
            await storage.archives.remove_abandoned()
        else:
            signing = ValkeySigningKeys(client, namespace=namespace, keepers=keepers)
        connections = await stack.enter_async_context(_open_connections(settings))
        yield Resources(
            settings=settings,
            jobs=ValkeyJobStore(client, settings, namespace=namespace, keepers=keepers, reads=reads),
            identity=identity,
            archives=storage.archives,
            audit=ValkeyAudit(client, namespace=namespace, days=settings.audit_days),
            schedules=ValkeySchedules(client, namespace=namespace, keepers=keepers),
            uploads=storage.uploads,
            webhooks=ValkeyWebhooks(client, namespace=namespace, keepers=keepers),
            logs=storage.logs,
            signing=signing,
            namespace=namespace,
            sources=_make_sources(settings, connections),
            targets={
                name: Neo4jTarget(
                    each,
                    installation=settings.installation,
                    reference_keys=settings.reference_keys,
                    shared_labels=settings.shared_labels,
                    lanes=settings.lanes_of_an_import,
                )
                for name, each in connections.items()
            },
            tracer=tracer,
        )
