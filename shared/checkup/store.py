"""Checks the job store."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Final

from shared.checkup.findings import ANSWER_SECONDS, Finding, ask, fail
from shared.errors import UnavailableError
from shared.ports.jobs import CLOCK_PATIENCE_SECONDS, JobStore, Keeping
from shared.settings.process import PREFIX

NO_EVICTION: Final = "noeviction"
"""How a store must be set: any record that it drops is a job, a lease or a right that is lost."""


async def check_store(jobs: JobStore, *, replicas: int) -> Sequence[Finding]:
    """Check whether the store answers, takes writes, keeps what it accepts, has our time, and lets us do our work.

    `replicas`: how many of them must have a submission.
    """
    try:
        clock = await ask(jobs.read_clock(), seconds=ANSWER_SECONDS)
        ahead = (datetime.now(UTC) - clock).total_seconds()
        is_durable = await ask(jobs.confirms_durability(), seconds=ANSWER_SECONDS)
        keeping = await ask(jobs.read_keeping(), seconds=ANSWER_SECONDS)
        refusal = await ask(jobs.find_write_refusal(), seconds=ANSWER_SECONDS)
        rights = await _check_rights(jobs, takes_writes=refusal is None)
    except UnavailableError as error:
        return [fail("store", error)]
    return [
        Finding.ok("store", keeping.server or "answers, and does not say what it is"),
        *rights,
        _judge_writes(refusal),
        _judge_durability(keeping, is_durable=is_durable, replicas=replicas),
        _judge_replicas(keeping.replicas, wanted=replicas),
        _judge_eviction(keeping.eviction),
        _judge_clock(ahead),
    ]


async def _check_rights(jobs: JobStore, *, takes_writes: bool) -> Sequence[Finding]:
    """Check them; a server that takes no writes at all may not say who may."""
    try:
        return [_judge_rights(await ask(jobs.list_missing_rights(), seconds=ANSWER_SECONDS))]
    except UnavailableError:
        if takes_writes:
            raise
        return []


def _judge_rights(missing: Sequence[str]) -> Finding:
    part = "store: rights"
    if missing:
        return Finding.failed(part, f"this user lacks some: give it {' '.join(missing)} (ACL SETUSER)")
    return Finding.ok(part, "suffice")


def _judge_writes(refusal: str | None) -> Finding:
    part = "store: writes"
    return Finding.ok(part, "are taken") if refusal is None else Finding.failed(part, f"are refused: {refusal}")


def _judge_replicas(following: int | None, *, wanted: int) -> Finding:
    part, setting = "store: replicas", f"{PREFIX}VALKEY_REPLICAS={wanted}"
    if following is None:
        return Finding.warning(part, f"it does not say which follow it, with {setting}")
    told = f"{following} follow it, with {setting}"
    if following < wanted:
        return Finding.failed(part, f"{told}: submissions are refused until there are {wanted}")
    if following > wanted == 0:
        return Finding.warning(part, f"{told}: a failover may lose jobs that were answered")
    return Finding.ok(part, told)


def _judge_eviction(policy: str | None) -> Finding:
    part, wanted = "store: eviction", f"set `maxmemory-policy {NO_EVICTION}`"
    if policy == NO_EVICTION:
        return Finding.ok(part, "keeps every record when its memory is full")
    if policy is None:
        return Finding.warning(part, f"does not say what it drops: {wanted}")
    return Finding.failed(part, f"drops records when its memory is full (`maxmemory-policy {policy}`): {wanted}")


def _judge_durability(keeping: Keeping, *, is_durable: bool, replicas: int) -> Finding:
    part = "store: durability"
    if is_durable and keeping.is_appended:
        return Finding.ok(part, "confirms what is on disk")
    if is_durable:
        message = "its last write to the append-only file failed: look into its log, and for room on its volume"
        return Finding.failed(part, message)
    if replicas:
        return Finding.warning(part, "keeps nothing on disk: only replicas confirm what it takes")
    return Finding.failed(
        part, "does not confirm what is on disk: set `appendonly yes`, on Valkey or Redis 7.2 or newer"
    )


def _judge_clock(ahead: float) -> Finding:
    part = "store: clock"
    if abs(ahead) <= CLOCK_PATIENCE_SECONDS:
        return Finding.ok(part, "as on this machine")
    side = "ahead of" if ahead > 0 else "behind"
    return Finding.warning(part, f"this machine's clock is {abs(ahead):.0f} s {side} the store's")
