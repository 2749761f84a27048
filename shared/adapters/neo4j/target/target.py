"""Writes one Neo4j database."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from functools import partial

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.cypher.catalogue import CATALOGUE_ENTRIES, label_in_use
from shared.adapters.neo4j.cypher.journal import (
    JOURNAL,
    SCHEMA,
    SCHEMA_PRESENT,
)
from shared.adapters.neo4j.following import follow
from shared.adapters.neo4j.journal.journal import Journal, JournalRecord, TargetSettings
from shared.adapters.neo4j.journal.takeover import list_journals, take_next, take_over
from shared.adapters.neo4j.nodes.looking_up import Neo4jKeyLookup
from shared.adapters.neo4j.repeating import repeat
from shared.adapters.neo4j.target.blaming import refusals_named
from shared.adapters.neo4j.target.claiming import claim_import, claim_removal, require_claimable
from shared.adapters.neo4j.target.damaged_entries import remove_entry, repair_entry
from shared.adapters.neo4j.target.graph_import import Neo4jImport
from shared.concurrency.interruptions import LeaseLost
from shared.ports.import_plans import ImportPlan, JournalFacts, PlannedApplication, RemovalPlan


class Neo4jTarget:
    """A GraphTarget over Bolt, with a journal in the graph."""

    def __init__(
        self,
        connection: AnyConnection,
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

    def for_job(self) -> Neo4jTarget:
        """Give the same database for what one job writes."""
        connection, settings = follow(self._connection), self._settings
        if connection is self._connection:
            return self
        return Neo4jTarget(
            connection,
            installation=settings.installation,
            reference_keys=settings.reference_keys,
            shared_labels=settings.shared_labels,
            lanes=settings.lanes,
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
        claim = partial(claim_import, self._connection, plan, self._settings)
        with refusals_named("An entry of the catalogue"):
            return await repeat(partial(self._begin, plan.job_id, plan.epoch, claim))

    async def require_beginning(self, job_id: str, applications: Sequence[PlannedApplication]) -> None:
        """Judge these applications as `begin` does, as the database is now; nothing is claimed or written.

        Raises: ApplicationExistsError, CatalogueContentError, ImportInProgressError.
        """
        await repeat(partial(require_claimable, self._connection, job_id, applications))

    async def begin_removal(self, plan: RemovalPlan) -> Neo4jImport:
        """Claim an application's labels and open a journal without any content, whose publishing removes it.

        Raises: UnknownApplicationError, ImportInProgressError, LeaseLost.
        """
        claim = partial(claim_removal, self._connection, plan, self._settings)
        return await repeat(partial(self._begin, plan.job_id, plan.epoch, claim))

    async def _begin(self, job_id: str, epoch: int, claim: Callable[[], Awaitable[JournalRecord]]) -> Neo4jImport:
        existing = await self.resume(job_id, epoch)
        if existing is not None:
            return existing  # also where it was committed before, with its answer lost
        await self._ensure_schema()
        return self._make(await claim(), is_new=True)

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
        connection = follow(self._connection)
        rows = await connection.run(JOURNAL, {"job": journal.job_id})
        if not rows:
            raise LeaseLost(f"the journal of job {journal.job_id} is gone")
        record = JournalRecord.from_properties(rows[0][0])
        return Neo4jImport(Journal(connection, record, self._settings), is_new=False)

    async def _ensure_schema(self) -> None:
        """Create the constraints of the journal's labels, once for a database, all in one transaction."""
        if (await self._connection.run(SCHEMA_PRESENT))[0][0] == len(SCHEMA):
            return
        async with self._connection.transaction({}) as transaction:
            for statement in SCHEMA:
                await transaction.run(statement, {})
            await transaction.commit()

    def _make(self, record: JournalRecord, *, is_new: bool = False) -> Neo4jImport:
        return Neo4jImport(Journal(self._connection, record, self._settings), is_new=is_new)
