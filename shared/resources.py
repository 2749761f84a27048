"""The composition root: opens the adapters of one process, closes them in reverse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from shared.ports import ArchiveStore, GraphSource, GraphTarget, IdentityStore, JobStore
from shared.settings import Settings


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
