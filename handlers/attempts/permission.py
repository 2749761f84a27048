"""Asks at the start of an attempt whether the job's submitter may still have it done."""

from __future__ import annotations

from collections.abc import Sequence

from handlers.attempts.context import Context
from shared.caller import Caller
from shared.catalogue import CatalogueEntry
from shared.errors import ForbiddenError
from shared.identity import Principal
from shared.jobs.record import Job, Submitter
from shared.jobs.requests import UnknownRequest
from shared.ports.identity import IdentityStore
from shared.resources import Resources
from shared.rights.applications import list_hidden_applications
from shared.rights.jobs import require_rights
from shared.rights.principals import find_principal


async def require_permission(resources: Resources, job: Job, context: Context) -> None:
    """Refuse what would be refused if it were submitted now; past its point of no return a job only goes forward.

    Raises: ForbiddenError, UnknownDatabaseError, UnknownApplicationError; as advance.
    """
    submitter, wanted = job.submitter, job.request
    if isinstance(wanted, UnknownRequest):
        raise TypeError("nobody runs a request that is unknown")
    if submitter is None or not job.cancellable:
        return

    async def ask() -> None:
        caller = await require_submitter(resources.identity, job, submitter)
        await require_rights(resources, caller, job.surface, wanted)

    await context.insist(ask)


async def list_hidden_from_submitter(resources: Resources, job: Job, database: str) -> Sequence[CatalogueEntry]:
    """List the applications of a database that the submitter may not see. Raises: ForbiddenError.

    Of old jobs nobody knows the submitter's roles: they count as none.
    """
    if job.submitter is None:
        caller = Caller(
            principal=Principal(user=job.created_by, tenant=job.tenant, roles=frozenset()), tenant=job.tenant
        )
    else:
        caller = await require_submitter(resources.identity, job, job.submitter)
    return await list_hidden_applications(resources, caller, database)


async def require_submitter(identity: IdentityStore, job: Job, submitter: Submitter) -> Caller:
    """Return the submitter with the rights of today. Raises: ForbiddenError for one who is gone or disabled."""
    principal = await find_principal(
        identity, tenant=job.tenant, user=job.created_by, home=submitter.home, roles=submitter.roles
    )
    if principal is None:
        raise ForbiddenError(f"User {job.created_by!r}, who submitted this job, may no longer act for its tenant.")
    return Caller(principal=principal, tenant=job.tenant)
