"""Checks all that settings name, at once."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from shared.checkup.databases import check_databases
from shared.checkup.findings import Finding, fail
from shared.checkup.folders import check_data_folders, check_folders, check_room
from shared.checkup.store import check_store
from shared.checkup.transport import check_certificates, tell_encryption
from shared.errors import GraphferryError, StoreTooNewError, StoreUnavailableError
from shared.resources import open_archives, open_job_store, open_sources
from shared.settings.process import Settings, SettingsError


async def check_installation(environ: Mapping[str, str]) -> Sequence[Finding]:
    """Check all that these variables name."""
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        return [Finding.failed("settings", str(error))]
    try:
        parts = await _check_parts(settings)
    except GraphferryError as error:  # opening asks nobody else: it fails of addresses alone
        return [fail("settings", error)]
    return [
        Finding.ok("settings", "valid"),
        _tell_time_zone(),
        *tell_encryption(settings),
        *check_certificates(settings),
        *(each for part in parts for each in part),
    ]


def _tell_time_zone() -> Finding:
    here = datetime.now(UTC).astimezone()
    return Finding.ok("time zone", f"{here:%Z, %z} on this machine; records and logs tell times in UTC")


async def _check_parts(settings: Settings) -> Sequence[Sequence[Finding]]:
    async with open_sources(settings) as sources, open_archives(settings) as archives:
        return await asyncio.gather(
            _check_store(settings),
            check_databases(sources.values()),
            check_folders(archives),
            asyncio.to_thread(_check_other_folders, settings),
        )


async def _check_store(settings: Settings) -> Sequence[Finding]:
    try:
        async with open_job_store(settings) as jobs:
            return await check_store(jobs, replicas=settings.valkey_replicas)
    except (StoreTooNewError, StoreUnavailableError) as error:
        return [fail("store", error)]


def _check_other_folders(settings: Settings) -> Sequence[Finding]:
    folders = () if settings.bucket is not None else (settings.data_dir, settings.logs_dir)
    return [*check_data_folders(*folders), check_room(_find_room(settings))]


def _find_room(settings: Settings) -> Path:
    """Return the folder whose volume archives need room on."""
    if settings.bucket is None:
        return settings.archives_dir
    return settings.scratch_dir or Path(tempfile.gettempdir())
