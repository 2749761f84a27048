"""A process that looks for due schedules, again and again, as a gateway does; its databases and users are doubles.

Arguments: the store's address, the folder of data.
"""

from __future__ import annotations

import asyncio
import sys
from datetime import UTC, datetime
from pathlib import Path

from gateway.dialects.native.schedules.looking import DueRuns
from gateway.metrics import GatewayMetrics
from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.job_logs import FolderJobLogs
from shared.adapters.folders.uploads import UploadDirectory
from shared.adapters.valkey.client import open_valkey
from shared.adapters.valkey.jobs.store import ValkeyJobStore
from shared.adapters.valkey.keeping import open_keepers
from shared.adapters.valkey.namespaces import Namespace
from shared.adapters.valkey.schedules.store import ValkeySchedules
from shared.adapters.valkey.shared_reads import open_shared_reads
from shared.identity import Role, Tenant, TenantLimits, User
from shared.resources import Resources
from shared.settings.process import Settings
from tests.support.memory.audit import MemoryAudit
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource
from tests.support.memory.identity import MemoryIdentity
from tests.support.memory.webhooks import MemoryWebhooks

CLAIM_MS = 500
PAUSE_SECONDS = 0.05


async def make_identity() -> MemoryIdentity:
    identity, now = MemoryIdentity(), datetime.now(UTC)
    limits = TenantLimits(waiting_jobs=1000)
    await identity.create_tenant(Tenant(name="acme", databases=("source",), limits=limits))
    await identity.create_user(User(tenant="acme", name="admin", roles=frozenset({Role.ADMIN}), created=now))
    return identity


async def main(url: str, folder: Path) -> None:
    settings = Settings(valkey_url=url, installation="test", data_dir=folder)
    source = MemoryDatabase(name="source")
    source.add_node(["Application"], {"Name": "MyApp"})
    namespace = Namespace("test")
    async with open_valkey(url) as client, open_keepers(replicas=0) as keepers, open_shared_reads(client) as reads:
        resources = Resources(
            settings=settings,
            jobs=ValkeyJobStore(client, settings, namespace=namespace, keepers=keepers, reads=reads),
            logs=FolderJobLogs(settings),
            webhooks=MemoryWebhooks(),
            schedules=ValkeySchedules(client, namespace=namespace, keepers=keepers, claim_ms=CLAIM_MS),
            identity=await make_identity(),
            archives=ArchiveDirectory(settings.archives_dir),
            uploads=UploadDirectory(settings.archives_dir, keep_seconds=3600),
            audit=MemoryAudit(),
            sources={"source": MemorySource(source)},
            targets={},
        )
        print("ready", flush=True)
        due = DueRuns(resources, GatewayMetrics())
        await asyncio.to_thread(sys.stdin.readline)  # so that all begin at once
        while True:
            await due.look()
            await asyncio.sleep(PAUSE_SECONDS)


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], Path(sys.argv[2])))
