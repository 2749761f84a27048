"""Whether an installation would work: what its settings name is tried out, and nothing is changed."""

from __future__ import annotations

import asyncio
import os
import re
from collections.abc import Awaitable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Final, TypeVar

from shared.errors import GraphferryError, UnavailableError
from shared.ports.archives import ArchiveStore
from shared.ports.graph_source import GraphSource
from shared.ports.jobs import CLOCK_PATIENCE_SECONDS, JobStore
from shared.resources import open_archives, open_job_store, open_sources
from shared.rights.naming import find_several_names
from shared.settings.addresses import is_encrypted, trusts_anybody
from shared.settings.process import PREFIX, Settings, SettingsError

ANSWER_SECONDS: Final = 10.0
"""How long an engine may take to answer: it may have to wake first."""

OLDEST: Final = (5, 26)
TESTED: Final = ("5.26", "2026.08")
"""The lines of Neo4j that every change is tested on."""

NO_EVICTION: Final = "noeviction"
"""How a store must be set: any record that it drops is a job, a lease or a right that is lost."""

_LINE = re.compile(r"(\d+)\.(\d+)")
_Answer = TypeVar("_Answer")


class State(StrEnum):
    """What becomes of a part."""

    OK = "ok"
    WARNING = "warning"
    """It works; somebody should know all the same."""
    FAILED = "failed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """What was found out about a part."""

    part: str
    state: State
    message: str


async def ask(question: Awaitable[_Answer], *, seconds: float) -> _Answer:
    """Wait for an engine's answer. Raises: UnavailableError, also where there is none in time."""
    try:
        async with asyncio.timeout(seconds):
            return await question
    except TimeoutError as error:
        raise UnavailableError(f"no answer within {seconds:.0f} seconds") from error


async def check_installation(environ: Mapping[str, str]) -> Sequence[Finding]:
    """Check all that these variables name."""
    try:
        settings = Settings.from_environ(environ)
    except SettingsError as error:
        return [Finding(part="settings", state=State.FAILED, message=str(error))]
    try:
        parts = await _check_parts(settings)
    except GraphferryError as error:  # opening asks nobody: it fails of addresses alone
        return [_fail("settings", error)]
    valid = Finding(part="settings", state=State.OK, message="valid")
    return [valid, *tell_encryption(settings), *(each for part in parts for each in part)]


async def _check_parts(settings: Settings) -> Sequence[Sequence[Finding]]:
    async with open_job_store(settings) as jobs, open_sources(settings) as sources:
        return await asyncio.gather(
            check_store(jobs),
            check_databases(sources.values()),
            check_folders(open_archives(settings)),
            asyncio.to_thread(check_data_folders, settings.data_dir, settings.logs_dir),
        )


def _fail(part: str, error: GraphferryError) -> Finding:
    return Finding(part=part, state=State.FAILED, message=" ".join(error.message.split()))


def tell_encryption(settings: Settings) -> Sequence[Finding]:
    """Tell whether what goes to the store and to each database can be read on its way."""
    addresses = {"store": settings.valkey_url}
    addresses |= {f"database {name}": each.uri for name, each in settings.databases.items()}
    return [_judge_encryption(f"{part}: encryption", address) for part, address in addresses.items()]


def _judge_encryption(part: str, address: str) -> Finding:
    if not is_encrypted(address):
        return Finding(part=part, state=State.OK, message="none: others on the way can read what is sent")
    if trusts_anybody(address):
        message = "TLS with whoever answers: any certificate is taken"
        return Finding(part=part, state=State.WARNING, message=message)
    return Finding(part=part, state=State.OK, message="TLS, with a certificate that is looked at")


async def check_store(jobs: JobStore) -> Sequence[Finding]:
    """Check whether the store answers, takes writes, keeps what it accepts, and has our time."""
    try:
        clock = await ask(jobs.read_clock(), seconds=ANSWER_SECONDS)
        ahead = (datetime.now(UTC) - clock).total_seconds()
        is_durable = await ask(jobs.confirms_durability(), seconds=ANSWER_SECONDS)
        keeping = await ask(jobs.read_keeping(), seconds=ANSWER_SECONDS)
    except UnavailableError as error:
        return [_fail("store", error)]
    return [
        Finding(part="store", state=State.OK, message="answers"),
        _judge_writes(keeping.refusal),
        _judge_durability(is_durable=is_durable, is_appended=keeping.is_appended),
        _judge_eviction(keeping.eviction),
        _judge_clock(ahead),
    ]


def _judge_writes(refusal: str | None) -> Finding:
    if refusal is None:
        return Finding(part="store: writes", state=State.OK, message="are taken")
    return Finding(part="store: writes", state=State.FAILED, message=f"are refused: {refusal}")


def _judge_eviction(policy: str | None) -> Finding:
    part, wanted = "store: eviction", f"set `maxmemory-policy {NO_EVICTION}`"
    if policy == NO_EVICTION:
        return Finding(part=part, state=State.OK, message="keeps every record when its memory is full")
    if policy is None:
        return Finding(part=part, state=State.WARNING, message=f"does not say what it drops: {wanted}")
    message = f"drops records when its memory is full (`maxmemory-policy {policy}`): {wanted}"
    return Finding(part=part, state=State.FAILED, message=message)


def _judge_durability(*, is_durable: bool, is_appended: bool) -> Finding:
    if is_durable and is_appended:
        return Finding(part="store: durability", state=State.OK, message="confirms what is on disk")
    if is_durable:
        message = "its last write to the append-only file failed: look into its log, and for room on its volume"
        return Finding(part="store: durability", state=State.FAILED, message=message)
    message = "does not confirm what is on disk: set `appendonly yes`, on Valkey or Redis 7.2 or newer"
    return Finding(part="store: durability", state=State.FAILED, message=message)


def _judge_clock(ahead: float) -> Finding:
    is_odd = abs(ahead) > CLOCK_PATIENCE_SECONDS
    side = "ahead of" if ahead > 0 else "behind"
    message = f"this machine's clock is {abs(ahead):.0f} s {side} the store's" if is_odd else "as on this machine"
    return Finding(part="store: clock", state=State.WARNING if is_odd else State.OK, message=message)


async def check_databases(sources: Collection[GraphSource]) -> Sequence[Finding]:
    """Check whether each database lets us in, what it runs on, and whether two names lead to one."""
    if not sources:
        message = f"{PREFIX}DATABASES names none"
        return [Finding(part="databases", state=State.WARNING, message=message)]
    found = await asyncio.gather(*map(_check_database, sources))
    reached = [source for source, each in zip(sources, found, strict=True) if each.state is not State.FAILED]
    return [*found, *map(_tell_several, await find_several_names(reached))]


async def _check_database(source: GraphSource) -> Finding:
    part = f"database {source.database}"
    try:
        version = await ask(source.engine_version(), seconds=ANSWER_SECONDS)
        await ask(source.read_database_id(), seconds=ANSWER_SECONDS)
    except GraphferryError as error:
        return _fail(part, error)
    state = judge_version(version)
    return Finding(part=part, state=state, message=f"Neo4j {version}{_remark(state)}")


def judge_version(version: str) -> State:
    """Return what comes of a server of this version."""
    match = _LINE.match(version)
    if match is not None and (int(match[1]), int(match[2])) < OLDEST:
        return State.FAILED
    return State.OK if match is not None and match[0] in TESTED else State.WARNING


def _remark(state: State) -> str:
    oldest = ".".join(map(str, OLDEST))
    tested = f": not one of the lines that are tested, {' and '.join(TESTED)}"
    return {State.OK: "", State.WARNING: tested, State.FAILED: f": older than {oldest}"}[state]


def _tell_several(names: Sequence[str]) -> Finding:
    message = f"{', '.join(names)} lead to one database: what is granted under one name counts under each"
    return Finding(part="database names", state=State.WARNING, message=message)


async def check_folders(archives: ArchiveStore) -> Sequence[Finding]:
    """Check whether archives can be written, in the folder of each tenant."""
    findings = []
    for folder in await archives.try_folders():
        if folder.fault is not None:
            state, message = State.FAILED, folder.fault
        elif folder.is_elsewhere:
            state, message = State.WARNING, "on another volume than the folder of all archives"
        else:
            state, message = State.OK, "can be written"
        findings.append(Finding(part=f"folder {folder.path}", state=state, message=message))
    return findings


def check_data_folders(*folders: Path) -> Sequence[Finding]:
    """Check whether what is kept besides archives, such as logs, can be written, or its folder be made."""
    findings = []
    for folder in folders:
        place = next(each for each in (folder, *folder.absolute().parents) if each.exists())
        is_open = place.is_dir() and os.access(place, os.W_OK | os.X_OK)
        state, message = (State.OK, "can be written") if is_open else (State.FAILED, f"no file can be made in {place}")
        findings.append(Finding(part=f"folder {folder}", state=state, message=message))
    return findings
