"""An installation with something of everything in it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from shared.adapters.valkey.audit import ValkeyAudit
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.layouts import find_namespace
from shared.api_keys import new_key
from shared.identity import ApplicationName, Grant, Tenant
from shared.jobs.events import Event
from shared.jobs.record import Job, Outcome, Status
from shared.ports.audit import AuditEntry
from shared.ports.jobs import JobStore, WhenBusy
from shared.resources import open_identity, open_job_store
from shared.settings.process import Settings
from tests.support.job_stores import LEASE_SECONDS, make_job
from tests.support.keys import CREATED, admit, make_key

TENANTS = ("acme", "globex")
ARCHIVES = {"acme/shop.zip": b"one" * 1000, "acme/Säule.zip": b"two", "globex/shop.zip": b"three"}
GRANT = Grant(
    tenant="acme", application=ApplicationName("source", "Säule"), user="ünï", granted_by="ünï", created=CREATED
)
ENTRY = AuditEntry(
    action="create a grant",
    user="ünï",
    tenant="acme",
    address="127.0.0.1",
    target="user=ünï",
    surface="native",
    request_id="one",
    status=201,
    code="",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Installation:
    """What was put into a store."""

    keys: Mapping[str, str]
    """The text of a key of each tenant."""
    running: Job
    """Of acme, as are those that follow but one."""
    waiting: Job
    held: Job
    """Waits for the one that waits."""
    ended: Job
    queued: Job
    """Of globex, which no worker has taken."""

    @property
    def jobs(self) -> Sequence[Job]:
        return (self.running, self.waiting, self.held, self.ended, self.queued)


def make_environ(url: str, folder: Path, *, installation: str = "ours") -> Mapping[str, str]:
    return {
        "GRAPHFERRY_VALKEY_URL": url,
        "GRAPHFERRY_DATA_DIR": str(folder),
        "GRAPHFERRY_INSTALLATION": installation,
        "GRAPHFERRY_LEASE_SECONDS": str(LEASE_SECONDS),
    }


async def fill_installation(environ: Mapping[str, str]) -> Installation:
    settings = Settings.from_environ(environ)
    keys = {tenant: new_key() for tenant in TENANTS}
    async with open_identity(settings) as identity:
        for tenant, text in keys.items():
            await identity.create_tenant(Tenant(name=tenant, databases=("source",)))
            await admit(identity, make_key(tenant, text=text))
        await identity.put_grant(GRANT)
    write_archives(settings.archives_dir)
    async with open_valkey(settings.valkey_url) as client:
        namespace = await find_namespace(client, settings.installation, settings.valkey_url)
        await ValkeyAudit(client, namespace=namespace, days=1).append(ENTRY)
    async with open_job_store(settings) as store:
        return await _submit_all(store, keys)


async def _submit_all(store: JobStore, keys: Mapping[str, str]) -> Installation:
    ended = await store.submit(make_job(idempotency_key="first"), when_busy=WhenBusy.QUEUE)
    await answer(store, Event(job_id=ended.id, attempt=1))
    running = await store.submit(make_job(idempotency_key="second"), when_busy=WhenBusy.QUEUE)
    await store.announce("one", started=CREATED, now=CREATED)
    assert await store.claim(Event(job_id=running.id, attempt=1), "one/1") is not None
    waiting = await store.submit(make_job(), when_busy=WhenBusy.QUEUE)
    held = await store.submit(make_job(depends_on=(waiting.id,)), when_busy=WhenBusy.QUEUE)
    queued = await store.submit(make_job("globex"), when_busy=WhenBusy.QUEUE)
    jobs = {"running": running, "waiting": waiting, "held": held, "ended": ended, "queued": queued}
    return Installation(keys=keys, **{name: await store.get(job.id) for name, job in jobs.items()})


def write_archives(folder: Path) -> None:
    for name, content in ARCHIVES.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)


async def answer(store: JobStore, event: Event) -> bool:
    """Do the job of an event at once; whether the event led to one."""
    claim = await store.claim(event, f"worker/{event.job_id}/{event.attempt}")
    return claim is not None and await store.finish(claim, Outcome(status=Status.CLOSED))
