"""Claims labels for an import, or a removal, and writes its journal."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row, Transaction
from shared.adapters.neo4j.cypher.catalogue import label_in_use
from shared.adapters.neo4j.cypher.journal import CLAIM_HOLDER, CLAIM_LABELS, CREATE_JOURNAL, LABELS_HELD, LOCK_CLAIMS
from shared.adapters.neo4j.journal.journal import JournalRecord, TargetSettings
from shared.adapters.neo4j.journal.opening import journal_of_import, journal_of_removal, replaced_by
from shared.adapters.neo4j.scopes import Scopes, read_scopes
from shared.adapters.neo4j.server_errors import RepeatableError
from shared.catalogue import DEFAULT_VERSION
from shared.content_labels import require_plain_labels
from shared.errors import (
    ApplicationExistsError,
    ConstraintViolatedError,
    ImportInProgressError,
    LabelHeldError,
    LabelTakenError,
    UnknownApplicationError,
)
from shared.ports.import_plans import ImportPlan, Placement, PlannedApplication, RemovalPlan


async def claim_import(connection: AnyConnection, plan: ImportPlan, settings: TargetSettings) -> JournalRecord:
    """Claim the labels, look that names and labels are free, write the journal: in one transaction.

    Raises: ApplicationExistsError, CatalogueContentError, ImportInProgressError.
    """
    wanted = {each.label: each.name for each in plan.applications}
    held = {"labels": list(wanted), "content": sorted(plan.content_labels)}
    async with connection.transaction({"job": plan.job_id, "epoch": plan.epoch}) as transaction:
        # Before the catalogue is read: a job that ends in between is in the one or in the other.
        holders = await _claim(connection, transaction, plan.job_id, wanted, held)
        scopes = await _read_scopes(transaction, plan.job_id, plan.applications)
        if more := {label: label for label in scopes.owned.difference(wanted)}:
            await _claim(connection, transaction, plan.job_id, more, held)
        await _require_free(transaction, connection.name, plan.applications, holders, scopes)
        opened = journal_of_import(plan, sorted(scopes.owned.union(wanted)), settings)
        return await _write_journal(transaction, opened)


async def require_claimable(connection: AnyConnection, job_id: str, applications: Sequence[PlannedApplication]) -> None:
    """Judge these applications as claim_import does; nothing is claimed or written. Raises: as claim_import."""
    labels = {each.label: each.name for each in applications}
    content = {label for each in applications for label in each.content_labels}
    held = {"job": job_id, "labels": list(labels), "content": list(content)}
    holders = await connection.run(LABELS_HELD, held)
    scopes = await _read_scopes(connection, job_id, applications)
    names = {label: label for label in scopes.owned} | labels
    for label, holder in await connection.run(CLAIM_HOLDER, {"job": job_id, "claims": list(names)}):
        raise ImportInProgressError(names[label], connection.name, holder)
    await _require_free(connection, connection.name, applications, holders, scopes)


async def claim_removal(connection: AnyConnection, plan: RemovalPlan, settings: TargetSettings) -> JournalRecord:
    """Claim the labels of what is there, write the journal: in one transaction.

    Raises: UnknownApplicationError, ImportInProgressError.
    """
    names, versions = [plan.name], [plan.version or ""]
    async with connection.transaction({"job": plan.job_id, "epoch": plan.epoch}) as transaction:
        await transaction.run(LOCK_CLAIMS, {})
        scopes = await read_scopes(transaction, names, versions, job_id=plan.job_id, labels=names)
        if not (scopes.entries or any([await _is_used(transaction, each, scopes) for each in scopes.going])):
            raise UnknownApplicationError(plan.name, connection.name)
        labels = sorted(scopes.owned)
        held = {"labels": labels, "content": []}
        for _, holder in await _claim(connection, transaction, plan.job_id, dict.fromkeys(labels, plan.name), held):
            raise ImportInProgressError(plan.name, connection.name, holder)
        return await _write_journal(transaction, journal_of_removal(plan, labels, settings))


async def _read_scopes(
    reads: AnyConnection | Transaction, job_id: str, applications: Sequence[PlannedApplication]
) -> Scopes:
    going = replaced_by(applications)
    names, versions = [name for name, _ in going], [version for _, version in going]
    return await read_scopes(reads, names, versions, job_id=job_id, labels=[each.label for each in applications])


async def _claim(
    connection: AnyConnection,
    transaction: Transaction,
    job_id: str,
    names: Mapping[str, str],
    held: Mapping[str, Collection[str]],
) -> Sequence[Row]:
    """Claim labels, each with the name that it is for; return what another job holds so that content would be of two.

    Raises: ImportInProgressError.
    """
    claims = {"job": job_id, "claims": sorted(names)}
    try:
        return await transaction.run(CLAIM_LABELS, {**claims, **held})
    except ConstraintViolatedError as error:
        found = await connection.run(CLAIM_HOLDER, claims)
        label, holder = found[0] if found else (claims["claims"][0], "unknown by now")
        raise ImportInProgressError(names[label], connection.name, holder) from error


async def _is_used(reads: AnyConnection | Transaction, label: str, scopes: Scopes) -> bool:
    """Return whether nodes carry the label."""
    return label in scopes.in_use and bool(await reads.run(label_in_use(label), {"label": label}))


async def _require_free(
    reads: AnyConnection | Transaction,
    database: str,
    applications: Sequence[PlannedApplication],
    holders: Sequence[Row],
    scopes: Scopes,
) -> None:
    for label, holder in holders:
        raise LabelHeldError(label, holder)
    for application in applications:
        await _require_place(reads, database, application, scopes)
        require_plain_labels(application.name, application.content_labels, scopes.others)


async def _require_place(
    reads: AnyConnection | Transaction, database: str, application: PlannedApplication, scopes: Scopes
) -> None:
    label = application.label
    if label in scopes.others:
        raise ApplicationExistsError(scopes.others[label], database)
    versions = [each.get("Version") or DEFAULT_VERSION for each in scopes.catalogue if each["Name"] == application.name]
    match application.placement:
        case Placement.REPLACE | Placement.REPLACE_VERSION:
            if label not in scopes.owned and await _is_used(reads, label, scopes):
                raise LabelTakenError(label, application.name)
            return
        case Placement.NEW:
            is_taken = bool(versions)
        case Placement.VERSION:
            is_taken = (application.version or DEFAULT_VERSION) in versions
    if is_taken or await _is_used(reads, label, scopes):
        raise ApplicationExistsError(application.name, database)


async def _write_journal(transaction: Transaction, opened: Mapping[str, Any]) -> JournalRecord:
    """Write the journal and commit. Raises: RepeatableError, too, for a claim that was given up at this very moment.

    A server looks at its index again when it commits, and may still find there what is gone from its store.
    """
    ((properties,),) = await transaction.run(CREATE_JOURNAL, opened)
    try:
        await transaction.commit()
    except ConstraintViolatedError as error:
        raise RepeatableError(error.message) from error
    return JournalRecord.from_properties(properties)
