"""The job store on Valkey: each transition one atomic script."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from datetime import datetime
from typing import Any, NoReturn

from redis.asyncio import Redis
from redis.asyncio.client import PubSub
from redis.exceptions import ResponseError

from shared.adapters.valkey.addresses import patient_for
from shared.adapters.valkey.client import parse_clock, send, store_errors
from shared.adapters.valkey.client_internals import NotNowError
from shared.adapters.valkey.jobs.listing import (
    call_indexed,
    read_listing,
    read_page,
    read_records,
    read_waiting,
    record_key,
)
from shared.adapters.valkey.jobs.minutes import read_minutes
from shared.adapters.valkey.jobs.records import (
    format_cancellation,
    format_counts,
    format_new_job,
    format_outcome,
    make_worker,
    parse_answer,
    parse_job,
)
from shared.adapters.valkey.jobs.totals import read_tenant_jobs, read_totals
from shared.adapters.valkey.keeping import Keepers
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.rights import list_missing_rights
from shared.adapters.valkey.scripts import Scripts
from shared.adapters.valkey.shared_reads import SharedReads
from shared.errors import (
    DependencyFailedError,
    GraphferryError,
    JobEndedError,
    NotDurableError,
    QueueFullError,
    StoreUnavailableError,
    TenantBusyError,
    UnknownJobError,
)
from shared.jobs.events import Event
from shared.jobs.record import (
    MAX_CRASHES,
    WAITING_LIMIT,
    Cancellation,
    Job,
    NewJob,
    Outcome,
    Progress,
)
from shared.ports.jobs import (
    WORKER_PATIENCE_SECONDS,
    Claim,
    EndedFilter,
    JobFilter,
    JobPage,
    Keeping,
    Listing,
    Minute,
    NameAndSize,
    Order,
    Presence,
    Totals,
    WhenBusy,
    WorkerFacts,
)
from shared.settings.process import Settings

HINT_WAIT_SECONDS = 2.0
"""How long one read waits for hints; below the socket's time-out, so that silence is not taken for a fault."""


class ValkeyJobStore:
    """Implements the JobStore port."""

    def __init__(
        self,
        client: Redis,
        settings: Settings,
        *,
        namespace: Namespace | None = None,
        keepers: Keepers | None = None,
        reads: SharedReads,
    ) -> None:
        """`namespace`: what the store's keys begin with; by default what those of a new store do."""
        self._client = client
        self._reads = reads
        self._keys = namespace or Namespace(settings.installation)
        lease_ms, kept_ms = round(settings.lease_seconds * 1000), settings.keep_ended_days * 86_400_000
        self._scripts = Scripts(client, self._keys, (lease_ms, kept_ms, MAX_CRASHES), keepers)

    @property
    def _namespace(self) -> str:
        return self._keys.text

    async def submit(self, job: NewJob, *, when_busy: WhenBusy, waiting_limit: int = WAITING_LIMIT) -> Job:
        """Accept a job, on disk and with the replicas before this returns."""
        key = job.idempotency_key or ""
        arguments = (job.id, job.tenant, key, when_busy.value, waiting_limit, *format_new_job(job))
        answer, durable = await self._submit_durably(job, arguments)
        match answer:
            case ["busy", holder]:
                raise TenantBusyError(job.tenant, holder)
            case ["full"]:
                raise QueueFullError(job.tenant, waiting_limit)
            case ["unknown", dependency]:
                raise UnknownJobError(dependency)
            case ["failed", dependency, status]:
                raise DependencyFailedError(dependency, status)
            case _:
                accepted = parse_answer(answer[1])
        if durable is False:
            await self._refuse(accepted, withdraw=answer[0] == "accepted")
        return accepted

    async def _submit_durably(self, job: NewJob, arguments: Sequence[str | int]) -> tuple[Any, bool | None]:
        try:
            return await self._scripts.call_durably("submit", *arguments)
        except StoreUnavailableError as error:
            raise StoreUnavailableError(f"{error.message} {_name_unsure(job.id)}") from error

    async def _refuse(self, job: Job, *, withdraw: bool) -> NoReturn:
        slow = "The job store's disk and replicas did not all confirm the job in time"
        if not withdraw:
            # Accepted by an earlier submission, it may be running: a repeated request must not stop it.
            raise NotDurableError(f"{slow}. {_name_unsure(job.id)}")
        try:
            reason = Cancellation(reason="not confirmed by disk and replicas", by="graphferry", at=job.created)
            await self.request_cancel(job.id, reason)
        except GraphferryError as error:
            raise NotDurableError(f"{slow}, and withdrawing it failed. {_name_unsure(job.id)}") from error
        raise NotDurableError(f"{slow}, so it was withdrawn; try again.")

    async def confirms_durability(self) -> bool:
        """Whether the server can confirm that accepted jobs are on disk."""
        return await self._scripts.confirms_writes()

    async def find_write_refusal(self) -> str | None:
        """Set a key only where it exists."""
        with store_errors(), patient_for(0):
            try:
                await send(self._client, "SET", f"{self._namespace}:check", "", "XX")
            except (ResponseError, NotNowError) as error:
                return str(error)
        return None

    async def read_keeping(self) -> Keeping:
        """Ask the server."""
        facts: dict[str, Any] = {}
        with store_errors(), suppress(ResponseError):  # to whom it tells nothing of itself
            for section in ("server", "memory", "persistence", "replication"):
                facts |= await self._client.info(section)
        return Keeping(
            eviction=facts.get("maxmemory_policy"),
            is_appended=facts.get("aof_last_write_status", "ok") == "ok",
            server=_tell_server(facts),
            replicas=facts.get("connected_slaves"),
        )

    async def list_missing_rights(self) -> Sequence[str]:
        """Try every command out, without doing it."""
        keys = self._keys
        return await list_missing_rights(self._client, [keys.key(""), *([] if keys.is_tagged else [keys.arq])])

    async def read_clock(self) -> datetime:
        """Ask the server."""
        with store_errors():
            return parse_clock(*await self._reads.send("TIME"))

    async def get(self, job_id: str) -> Job:
        """Read the record."""
        namespace = self._namespace
        with store_errors():
            flat = await self._reads.send("HGETALL", record_key(namespace, job_id))
        if not flat:
            await self._keys.require_unmoved(self._client, namespace)
            raise UnknownJobError(job_id)
        return parse_answer(flat)

    async def find_accepted(self, tenant: str, idempotency_key: str) -> Job | None:
        """Read what the key leads to."""
        namespace = self._namespace
        with store_errors():
            job_id = await self._reads.send("GET", f"{namespace}:idempotency:{tenant}/{idempotency_key}")
        if job_id is None:
            await self._keys.require_unmoved(self._client, namespace)
            return None
        with suppress(UnknownJobError):
            return await self.get(job_id)
        return None

    async def list_jobs(self, tenant: str, *, where: JobFilter, cursor: str | None = None, limit: int = 100) -> JobPage:
        """Page through the tenant's index, or its user's, newest first."""
        return await read_page(self._scripts, tenant, where=where, cursor=cursor, limit=limit)

    async def read_listing(self, tenant: str, ended: EndedFilter) -> Listing:
        """Read the slot's holder, the waiting queue, the latest of the ended."""
        return await read_listing(self._scripts, tenant, ended)

    async def find_written(self, tenant: str, user: str, archives: Sequence[NameAndSize]) -> frozenset[NameAndSize]:
        """Look them up in the user's index."""
        members = [f"{size}:{name}" for name, size in archives]
        places = await call_indexed(self._scripts, "find_written", tenant, user, *members)
        return frozenset(archives[place] for place in places)

    async def find_running(self, tenant: str) -> Job | None:
        """Read the slot's holder; one that has ended waits for the reaper to take it out."""
        with store_errors():
            job_id = await send(self._client, "HGET", f"{self._namespace}:slots", tenant)
            (fields,) = await read_records(self._client, self._namespace, [job_id or ""])
        job = parse_job(fields) if fields else None
        return None if job is None or job.has_ended else job

    async def list_waiting(self, tenant: str) -> Sequence[Job]:
        """Read the waiting queue, and who is held."""
        namespace = self._namespace
        with store_errors():
            jobs = await read_waiting(self._client, namespace, tenant)
        await self._keys.require_unmoved(self._client, namespace)
        return jobs

    async def find_place(self, job: Job) -> int | None:
        """Look into the waiting queue, which holds ids alone."""
        with store_errors():
            waiting = await send(self._client, "LRANGE", f"{self._namespace}:waiting:{job.tenant}", 0, -1)
        await self._keys.require_unmoved(self._client, self._namespace)
        return waiting.index(job.id) + 1 if job.id in waiting else None

    async def claim(self, event: Event, nonce: str) -> Claim | None:
        """Take the attempt that the event names."""
        flat = await self._scripts.call("claim", event.job_id, event.attempt, nonce)
        if flat is None:
            return None
        job = parse_answer(flat)
        return Claim(job=job, attempt=job.attempt, fence=job.fence)

    async def renew(self, claim: Claim, progress: Progress) -> Order:
        """Keep the lease."""
        counts = format_counts(progress)
        return Order(await self._scripts.call("renew", *_holder(claim), progress.phase.value, counts))

    async def finish(self, claim: Claim, outcome: Outcome) -> bool:
        """End the job."""
        fields = format_outcome(outcome)
        return bool(await self._scripts.call_for_good("finish", *_holder(claim), outcome.status.value, *fields))

    async def read_report(self, job_id: str) -> str | None:
        """Read what stands beside the record."""
        namespace = self._namespace
        with store_errors():
            report: str | None = await self._reads.send("GET", f"{namespace}:report:{job_id}")
        if report is None:
            await self._keys.require_unmoved(self._client, namespace)
        return report

    async def correct(self, job_id: str, outcome: Outcome) -> bool:
        """Rewrite an ending."""
        fields = format_outcome(outcome)
        return bool(await self._scripts.call("correct", job_id, outcome.status.value, *fields))

    async def request_cancel(self, job_id: str, cancellation: Cancellation) -> Job:
        """Cancel, or ask to."""
        match await self._scripts.call_for_good("request_cancel", job_id, format_cancellation(cancellation)):
            case ["accepted", flat]:
                return parse_answer(flat)
            case ["ended", status]:
                raise JobEndedError(f"Job {job_id!r} can no longer be cancelled; its status is {status!r}.")
            case _:
                raise UnknownJobError(job_id)

    async def refuse_cancel(self, claim: Claim) -> Order:
        """Pass the point of no return."""
        return Order(await self._scripts.call_for_good("refuse_cancel", *_holder(claim)))

    async def hand_off(self, claim: Claim, *, is_unknown: bool = False) -> bool:
        """Queue the next attempt."""
        return bool(await self._scripts.call("hand_off", *_holder(claim), "unknown" if is_unknown else ""))

    async def reap(self) -> int:
        """Look at every slot's holder, and so, every few seconds, at who follows the server."""
        return int(await self._scripts.call_for_good("reap"))

    async def announce(self, worker: str, *, started: datetime, now: datetime, is_draining: bool = False) -> Presence:
        """Note the worker, forget those that are gone."""
        patience = round(WORKER_PATIENCE_SECONDS * 1000)
        times = [round(each.timestamp() * 1000) for each in (started, now)]
        ahead, workers = await self._scripts.call("announce", worker, patience, *times, int(is_draining))
        return Presence(ahead_seconds=int(ahead) / 1000, workers=int(workers))

    async def list_workers(self) -> Sequence[WorkerFacts]:
        """Read who was noted of late."""
        found = await self._scripts.call("list_workers", round(WORKER_PATIENCE_SECONDS * 1000))
        return sorted((make_worker(*each) for each in found), key=lambda each: each.name)

    async def read_minutes(self, tenant: str, *, since: datetime) -> Sequence[Minute]:
        """Read the hours that still stand."""
        now, namespace = await self.read_clock(), self._namespace
        with store_errors():
            minutes = await read_minutes(self._client, namespace, tenant, since, now)
        await self._keys.require_unmoved(self._client, namespace)
        return minutes

    async def read_totals(self) -> Totals:
        """Read the hash of all."""
        with store_errors():
            return await read_totals(self._client, self._namespace)

    async def read_tenant_jobs(self) -> Totals:
        """Read the hash of tenants."""
        with store_errors():
            return await read_tenant_jobs(self._client, self._namespace)

    @asynccontextmanager
    async def watch_cancels(self) -> AsyncIterator[AsyncIterator[str]]:
        """Subscribe to the hints."""
        async with self._client.pubsub(ignore_subscribe_messages=True) as subscription:
            with store_errors():
                await subscription.subscribe(channel := self._keys.key("cancels"))
            yield _read_hints(subscription, lambda: channel == self._keys.key("cancels"))


def _holder(claim: Claim) -> tuple[str, int, int]:
    return claim.job.id, claim.fence, claim.attempt


def _name_unsure(job_id: str) -> str:
    return f"Job {job_id} may have been accepted nonetheless: ask for it before sending the request again."


async def _read_hints(subscription: PubSub, is_current: Callable[[], bool]) -> AsyncIterator[str]:
    while is_current():
        with store_errors():
            message: dict[str, Any] | None = await subscription.get_message(timeout=HINT_WAIT_SECONDS)
        if message is not None:
            yield message["data"]


def _tell_server(facts: Mapping[str, Any]) -> str | None:
    """Say what a server is, as itself does: Valkey tells of a version of Redis, too."""
    for field, name in (("valkey_version", "Valkey"), ("redis_version", "Redis")):
        if field in facts:
            return f"{name} {facts[field]}"
    return None
