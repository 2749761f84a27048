"""Writes one Neo4j database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Collection, Mapping, Sequence
from functools import partial

from shared.adapters.neo4j.connection import Connection, Row, Transaction
from shared.adapters.neo4j.cypher.catalogue import CATALOGUE_ENTRIES, label_in_use
from shared.adapters.neo4j.cypher.journal import (
    CLAIM_HOLDER,
    CLAIM_LABEL,
    CREATE_JOURNAL,
    JOURNAL,
    LABELS_HELD,
    LOCK_CLAIMS,
    SCHEMA,
    SCHEMA_PRESENT,
)
from shared.adapters.neo4j.journal.journal import Journal, JournalRecord, TargetSettings
from shared.adapters.neo4j.journal.opening import journal_of_import, journal_of_removal, replaced_by
from shared.adapters.neo4j.journal.takeover import list_journals, take_next, take_over
from shared.adapters.neo4j.nodes.looking_up import Neo4jKeyLookup
from shared.adapters.neo4j.repeating import repeat
from shared.adapters.neo4j.scopes import Scopes, read_scopes
from shared.adapters.neo4j.target.blaming import refusals_named
from shared.adapters.neo4j.target.damaged_entries import remove_entry, repair_entry
from shared.adapters.neo4j.target.graph_import import Neo4jImport
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
from shared.interruptions import LeaseLost
from shared.ports.import_plans import ImportPlan, JournalFacts, Placement, PlannedApplication, RemovalPlan


class Neo4jTarget:
    """A GraphTarget over Bolt, with a journal in the graph."""

    def __init__(
        self,
        connection: Connection,
        *,
        installation: str,
        reference_keys: Mapping[str, Sequence[str]] | None = None,
        shared_labels: Sequence[str] = (),
        lanes: int = 1,
    ) -> None:
        self.database = connection.name
        self._connection = connection
        self._settings = TargetSettings(
            installation=installation, reference_keys=reference_keys or {}, shared_labels=shared_labels, lanes=lanes
        )

    async def has_application(self, name: str, version: str | None = None) -> bool:
        """Return whether the catalogue, or a label of this name, is taken."""
        entries = await self._connection.run(CATALOGUE_ENTRIES, {"name": name})
        if any(version in (None, row[0].get("Version")) for row in entries):
            return True
        return version is None and bool(await self._connection.run(label_in_use(name), {"label": name}))

    async def look_up_keys(self, job_id: str, applications: Sequence[PlannedApplication]) -> Neo4jKeyLookup:
        """Return what finds the keys of these applications in the database; nothing is written."""
        shared = self._settings.shared_labels
        return await Neo4jKeyLookup.open(self._connection, job_id, applications, shared_labels=shared)

    async def repair_entry(self, entry: str, values: Mapping[str, str | None]) -> None:
        """Give a damaged entry of the catalogue the values that make it sound; None takes a property away.

        Raises: UnknownEntryError; InvalidRequestError if it stays damaged; ConflictError if it would be another one's.
        """
        await repair_entry(self._connection, entry, values)

    async def remove_entry(self, entry: str) -> None:
        """Remove a damaged entry of the catalogue. Raises: UnknownEntryError; ConflictError if it is content."""
        await remove_entry(self._connection, entry)

    async def begin(self, plan: ImportPlan) -> Neo4jImport:
        """Claim the applications' names and open the journal; an existing journal of this job is taken over.

        Raises: ApplicationExistsError, CatalogueContentError, ImportInProgressError, InvalidDataError, LeaseLost.
        """
        with refusals_named("An entry of the catalogue"):
            return await self._begin(plan.job_id, plan.epoch, partial(self._claim, plan))

    async def require_beginning(self, job_id: str, applications: Sequence[PlannedApplication]) -> None:
        """Judge these applications as `begin` does, as the database is now; nothing is claimed or written.

        Raises: ApplicationExistsError, CatalogueContentError, ImportInProgressError.
        """
        await repeat(
            partial(self._judge, self._connection, job_id, applications, partial(self._require_unclaimed, job_id))
        )

    async def begin_removal(self, plan: RemovalPlan) -> Neo4jImport:
        """Claim an application's labels and open a journal without any content, whose publishing removes it.

        Raises: UnknownApplicationError, ImportInProgressError, LeaseLost.
        """
        return await self._begin(plan.job_id, plan.epoch, partial(self._claim_removal, plan))

    async def _begin(self, job_id: str, epoch: int, claim: Callable[[], Awaitable[None]]) -> Neo4jImport:
        existing = await self.resume(job_id, epoch)
        if existing is not None:
            return existing
        await repeat(self._ensure_schema)
        await repeat(claim)
        return await self._open(job_id)

    async def resume(self, job_id: str, epoch: int) -> Neo4jImport | None:
        """Take over the journal of a job, where there is one: for publishing forward, or undo, without the archive."""
        rows = await self._connection.run(JOURNAL, {"job": job_id})
        if not rows:
            return None
        record = JournalRecord.from_properties(rows[0][0])
        if not record.epoch == record.claim == epoch:  # else this claim has begun it, or taken it over before
            record = await take_over(self._connection, job_id, epoch)
        return self._make(record)

    async def list_imports(self) -> Sequence[JournalFacts]:
        """List the imports that journals of this installation tell of."""
        return await list_journals(self._connection, self._settings.installation)

    async def adopt(self, journal: JournalFacts) -> Neo4jImport | None:
        """Take over an import that no job owns any more; None when the journal is no longer as it was listed."""
        if not await take_next(self._connection, journal.job_id, journal.epoch):
            return None
        return await self._open(journal.job_id)

    async def _ensure_schema(self) -> None:
        """Create the constraints of the journal's labels, once for a database, all in one transaction."""
        if (await self._connection.run(SCHEMA_PRESENT))[0][0] == len(SCHEMA):
            return
        async with self._connection.transaction({}) as transaction:
            for statement in SCHEMA:
                await transaction.run(statement, {})
            await transaction.commit()

    async def _claim(self, plan: ImportPlan) -> None:
        """Claim the labels, look that names and labels are free, write the journal: in one transaction."""
        if await self._connection.run(JOURNAL, {"job": plan.job_id}):
            return  # committed before, with its answer lost
        async with self._connection.transaction({"job": plan.job_id, "epoch": plan.epoch}) as transaction:
            await transaction.run(LOCK_CLAIMS, {})
            claim = partial(self._claim_label, transaction, plan.job_id)
            claims = await self._judge(transaction, plan.job_id, plan.applications, claim)
            await transaction.run(CREATE_JOURNAL, journal_of_import(plan, claims, self._settings))
            await transaction.commit()

    async def _judge(
        self,
        reads: Connection | Transaction,
        job_id: str,
        applications: Sequence[PlannedApplication],
        claim: Callable[[str, str], Awaitable[None]],
    ) -> Sequence[str]:
        """Claim every label with the name that it is for, and look that names and labels are free; return the labels.

        Raises: as begin.
        """
        # Before the catalogue is read: a job that ends in between is in the one or in the other.
        content = {label for each in applications for label in each.content_labels}
        held = await _find_held(reads, job_id, [each.label for each in applications], content)
        going = replaced_by(applications)
        scopes = await read_scopes(reads, [name for name, _ in going], [each for _, each in going], job_id=job_id)
        claims = {label: label for label in scopes.owned} | {each.label: each.name for each in applications}
        # In one order for all, so that two imports cannot wait for each other.
        for label, name in sorted(claims.items()):
            await claim(label, name)
        for label, holder in held:
            raise LabelHeldError(label, holder)
        for application in applications:
            await self._require_free(reads, application, scopes)
            require_plain_labels(application.name, application.content_labels, scopes.others)
        return sorted(claims)

    async def _claim_removal(self, plan: RemovalPlan) -> None:
        """Claim the labels of what is there, write the journal: in one transaction."""
        if await self._connection.run(JOURNAL, {"job": plan.job_id}):
            return  # committed before, with its answer lost
        async with self._connection.transaction({"job": plan.job_id, "epoch": plan.epoch}) as transaction:
            await transaction.run(LOCK_CLAIMS, {})
            scopes = await read_scopes(transaction, [plan.name], [plan.version or ""], job_id=plan.job_id)
            bare = [each for each in scopes.going if await _is_used(transaction, each)]
            if not (scopes.entries or bare):
                raise UnknownApplicationError(plan.name, self.database)
            labels = sorted(scopes.owned)
            for label in labels:
                await self._claim_label(transaction, plan.job_id, label, plan.name)
            for _, holder in await _find_held(transaction, plan.job_id, labels, ()):
                raise ImportInProgressError(plan.name, self.database, holder)
            await transaction.run(CREATE_JOURNAL, journal_of_removal(plan, labels, self._settings))
            await transaction.commit()

    async def _claim_label(self, transaction: Transaction, job_id: str, label: str, name: str) -> None:
        try:
            await transaction.run(CLAIM_LABEL, {"label": label, "job": job_id})
        except ConstraintViolatedError as error:
            holder = await self._connection.run(CLAIM_HOLDER, {"label": label})
            job = holder[0][0] if holder else "unknown by now"
            raise ImportInProgressError(name, self.database, job) from error

    async def _require_unclaimed(self, job_id: str, label: str, name: str) -> None:
        for (holder,) in await self._connection.run(CLAIM_HOLDER, {"label": label}):
            if holder != job_id:
                raise ImportInProgressError(name, self.database, holder)

    async def _require_free(
        self, reads: Connection | Transaction, application: PlannedApplication, scopes: Scopes
    ) -> None:
        if application.label in scopes.others:
            raise ApplicationExistsError(scopes.others[application.label], self.database)
        rows = await reads.run(CATALOGUE_ENTRIES, {"name": application.name})
        versions = [row[0].get("Version") or DEFAULT_VERSION for row in rows]
        match application.placement:
            case Placement.REPLACE | Placement.REPLACE_VERSION:
                if application.label not in scopes.owned and await _is_used(reads, application.label):
                    raise LabelTakenError(application.label, application.name)
                return
            case Placement.NEW:
                is_taken = bool(rows)
            case Placement.VERSION:
                is_taken = (application.version or DEFAULT_VERSION) in versions
        if is_taken or await _is_used(reads, application.label):
            raise ApplicationExistsError(application.name, self.database)

    async def _open(self, job_id: str) -> Neo4jImport:
        rows = await self._connection.run(JOURNAL, {"job": job_id})
        if not rows:
            raise LeaseLost(f"the journal of job {job_id} is gone")
        return self._make(JournalRecord.from_properties(rows[0][0]))

    def _make(self, record: JournalRecord) -> Neo4jImport:
        return Neo4jImport(Journal(self._connection, record, self._settings))


async def _is_used(reads: Connection | Transaction, label: str) -> bool:
    return bool(await reads.run(label_in_use(label), {"label": label}))


async def _find_held(
    reads: Connection | Transaction, job_id: str, labels: Collection[str], content: Collection[str]
) -> Sequence[Row]:
    """Return a label that another job holds so that content would be found as that of two, with the job; or nothing."""
    return await reads.run(LABELS_HELD, {"job": job_id, "labels": list(labels), "content": list(content)})
