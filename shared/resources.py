"""The composition root: opens the adapters of one process, closes them in reverse."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

from shared.adapters.arq_message import EventQueues, open_event_queues
from shared.adapters.valkey_client import open_valkey
from shared.adapters.valkey_identity import open_valkey_identity
from shared.adapters.valkey_jobs import ValkeyJobStore
from shared.ports import ArchiveStore, GraphSource, GraphTarget, IdentityStore, JobStore
from shared.settings import Settings

__all__ = ["EventQueues", "Resources", "open_event_queues", "open_identity", "open_job_store"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Resources:
    """The opened adapters of one process."""

    settings: Settings
    jobs: JobStore
    identity: IdentityStore
    archives: ArchiveStore
    sources: Mapping[str, GraphSource]
    """By the name that settings give the database."""
    targets: Mapping[str, GraphTarget]


@asynccontextmanager
async def open_identity(settings: Settings) -> AsyncIterator[IdentityStore]:
    """Open the identity store alone. Raises: StoreUnavailableError."""
    async with open_valkey_identity(
        settings.valkey_url, installation=settings.installation, mirror=settings.identity_file
    ) as identity:
        yield identity


@asynccontextmanager
async def open_job_store(settings: Settings) -> AsyncIterator[JobStore]:
    """Open the job store alone. Nothing is sent before its first use."""
    async with open_valkey(settings.valkey_url) as client:
        yield ValkeyJobStore(client, settings)
