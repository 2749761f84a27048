"""Settles archives whose export died at its end: kept where the job's record names them, else removed."""

from __future__ import annotations

from shared.concurrency.each import do_for_each
from shared.errors import UnknownJobError
from shared.identity import Tenant
from shared.jobs.record import Job
from shared.ports.archives import ArchiveProof, ArchiveStore
from shared.ports.jobs import JobStore
from shared.resources import Resources


def owner_of(job: Job, fence: int) -> str:
    """Name the part of a job's attempt."""
    return f"{job.id}.{fence}"


async def withdraw(job: Job, archives: ArchiveStore) -> None:
    """Remove what earlier attempts published without living to tell."""
    for proof in await archives.list_proofs(job.tenant):
        if _job_of(proof) == job.id:
            await archives.drop_proof(job.tenant, proof, with_archive=True)


async def confirm(job: Job, fence: int, archives: ArchiveStore) -> None:
    """Drop the proof of what this attempt published, now that the job's record tells it."""
    for proof in await archives.list_proofs(job.tenant):
        if proof.owner == owner_of(job, fence):
            await archives.drop_proof(job.tenant, proof, with_archive=False)


async def sweep_proofs(resources: Resources) -> None:
    """Settle what workers left that died at the very end of their jobs."""

    async def sweep_tenant(tenant: Tenant) -> None:
        proofs = await resources.archives.list_proofs(tenant.name)
        await do_for_each(proofs, lambda proof: _settle(tenant.name, proof, resources))

    await do_for_each(await resources.identity.list_tenants(), sweep_tenant)


async def _settle(tenant: str, proof: ArchiveProof, resources: Resources) -> None:
    is_wanted = await _is_wanted(proof, resources.jobs)
    if is_wanted is not None:
        await resources.archives.drop_proof(tenant, proof, with_archive=not is_wanted)


async def _is_wanted(proof: ArchiveProof, jobs: JobStore) -> bool | None:
    """Whether the job's record names the archive; None while the job may still decide."""
    try:
        job = await jobs.get(_job_of(proof))
    except UnknownJobError:
        return True  # whole, and nobody can tell any more whether somebody was told of it
    if not job.has_ended:
        return None
    return job.archive is not None and job.archive.name == proof.name


def _job_of(proof: ArchiveProof) -> str:
    return proof.owner.partition(".")[0]
