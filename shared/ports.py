"""The ports: what the rooms need from the outside, each with an in-memory and a real implementation.

Every method may raise an UnavailableError when its engine does not answer; only further errors are named.
"""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Collection, Mapping, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Protocol

from shared.catalogue import CatalogueEntry
from shared.events import Event
from shared.graph import GraphCounts, GraphSample, NodeRow, RelationshipRow, SchemaEntry
from shared.identity import ApiKey, Tenant
from shared.jobs import WAITING_LIMIT, Cancellation, Job, JobKind, NewJob, Outcome, Progress, Status
from shared.references import ExternalReference

WORKER_PATIENCE_SECONDS = 15.0
"""A worker announces itself three times as often; one not heard of for so long is gone."""

# --- jobs ---------------------------------------------------------------------------------------------------


class WhenBusy(StrEnum):
    """What a submission does when the tenant's slot is taken."""

    REFUSE = "refuse"
    QUEUE = "queue"


class Order(StrEnum):
    """What a renewal tells the holder of a lease to do."""

    GO_ON = "ok"
    CANCEL = "cancel"
    DEADLINE = "deadline"
    LOST = "lost"


@dataclass(frozen=True, slots=True, kw_only=True)
class Claim:
    """The right to work on one attempt of a job, until the lease runs out."""

    job: Job
    attempt: int
    fence: int


@dataclass(frozen=True, slots=True, kw_only=True)
class JobFilter:
    """Which jobs a listing shows; None is any."""

    statuses: frozenset[Status] | None = None
    kinds: frozenset[JobKind] | None = None
    created_by: str | None = None

    def matches(self, job: Job) -> bool:
        """Return whether the listing shows the job."""
        return (
            (self.statuses is None or job.status in self.statuses)
            and (self.kinds is None or job.kind in self.kinds)
            and (self.created_by is None or job.created_by == self.created_by)
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class JobPage:
    """A part of a listing, newest first."""

    jobs: Sequence[Job]
    next_cursor: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Listing:
    """A tenant's jobs, running and recent."""

    unfinished: Sequence[Job]
    """The one that holds the slot first, then those that wait for it, first in line first."""
    ended: Sequence[Job]
    """Newest end first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerFacts:
    """A worker that lives, or did so a moment ago."""

    name: str
    """Its machine and process id."""
    seen: datetime
    """When it was last heard of."""


class JobStore(Protocol):
    """The truth about jobs. Every transition is atomic, safe to send twice, and timed by the store's own clock."""

    async def submit(self, job: NewJob, *, when_busy: WhenBusy, waiting_limit: int = WAITING_LIMIT) -> Job:
        """Accept a job durably: take the tenant's slot and queue its event, or append it to the waiting queue.

        The same id, or the same tenant and idempotency key, again gives the job that was accepted first.
        Raises: TenantBusyError (when_busy refuse), QueueFullError, NotDurableError.
        """
        ...

    async def confirms_durability(self) -> bool:
        """Whether the store can confirm that accepted jobs are on disk; where it cannot, submit does not wait."""
        ...

    async def get(self, job_id: str) -> Job:
        """Raises: UnknownJobError."""
        ...

    async def list_jobs(self, tenant: str, *, where: JobFilter, cursor: str | None = None, limit: int = 100) -> JobPage:
        """List a tenant's jobs, newest first. Raises: InvalidRequestError for a cursor not of ours."""
        ...

    async def read_listing(self, tenant: str, *, ended_since: datetime) -> Listing:
        """Read the tenant's jobs that have not ended, or did so lately: its cost grows with these alone."""
        ...

    async def find_running(self, tenant: str) -> Job | None:
        """Find the job that holds the tenant's slot, under way or about to be."""
        ...

    async def list_waiting(self, tenant: str) -> Sequence[Job]:
        """List the jobs that wait for the tenant's slot, first in line first."""
        ...

    async def claim(self, event: Event, nonce: str) -> Claim | None:
        """Take an attempt; None when it is not there to be taken. The same nonce again gives the same claim."""
        ...

    async def renew(self, claim: Claim, progress: Progress) -> Order:
        """Keep the lease and write progress; LOST means that nothing may be touched any more."""
        ...

    async def finish(self, claim: Claim, outcome: Outcome) -> bool:
        """Write the terminal status, release the slot, start the next waiting job; False when the claim is lost."""
        ...

    async def request_cancel(self, job_id: str, cancellation: Cancellation) -> Job:
        """Cancel a job that never started at once; ask a running one to stop. Answers the record afterwards.

        Raises: UnknownJobError, JobEndedError (ended otherwise than by cancel, or past its publish point).
        """
        ...

    async def refuse_cancel(self, claim: Claim) -> Order:
        """Pass the point after which a cancel is refused; CANCEL or DEADLINE when one of them came first."""
        ...

    async def hand_off(self, claim: Claim) -> bool:
        """Give the attempt back to the queue, as the next attempt, without counting a crash."""
        ...

    async def reap(self) -> int:
        """Repair what dead processes left: leases over, events lost, slots held by ended jobs.

        Returns how many records changed.
        """
        ...

    async def announce(self, worker: str) -> None:
        """Note that the worker of this name lives."""
        ...

    async def list_workers(self) -> Sequence[WorkerFacts]:
        """List by name the workers that announced themselves within the last WORKER_PATIENCE_SECONDS."""
        ...

    def watch_cancels(self) -> AbstractAsyncContextManager[AsyncIterator[str]]:
        """Open the stream of hints: ids of jobs that somebody just asked to cancel."""
        ...


# --- the graph ----------------------------------------------------------------------------------------------


class GraphSource(Protocol):
    """Reads one database. Nothing is ever written through it."""

    database: str
    """The name that settings give it."""

    async def list_applications(self) -> Sequence[CatalogueEntry]:
        """List the catalogue, sorted by name and version."""
        ...

    async def get_application(self, name: str, version: str | None = None) -> CatalogueEntry:
        """Find an application by its catalogue node, else by its bare label. Raises: UnknownApplicationError."""
        ...

    async def engine_version(self) -> str:
        """Return the server's version, such as `2026.08.1`."""
        ...

    async def count(self, label: str) -> GraphCounts:
        """Count the application's nodes and the relationships with both ends among them."""
        ...

    async def sample(self, label: str, *, limit: int) -> GraphSample:
        """Count the application, and read up to so many of its nodes and of its relationships, by chance."""
        ...

    async def read_change_mark(self) -> str:
        """Return a text that is equal to an earlier one only if nothing was committed to the database in between."""
        ...

    async def read_schema(self) -> Sequence[SchemaEntry]:
        """List the database's indexes and constraints by name; an index that a constraint owns is left out."""
        ...

    def read_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Stream the nodes in ascending id order, at most batch_size rows at a time.

        They come without their scope label, and without those of other applications that share them.
        """
        ...

    def read_relationships(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream the relationships with both ends in the application, by ascending start node, then id."""
        ...

    def read_shared_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[int], None]:
        """Stream the ids, ascending, of the application's nodes that other applications carry too."""
        ...

    def read_references(
        self, label: str, *, inside: int, batch_size: int
    ) -> AsyncGenerator[Sequence[ExternalReference], None]:
        """Stream the relationships between the application and other nodes; `inside` counts those within it.

        What lies within another application, because that shares the node, is none of them.
        """
        ...


class JournalPhase(StrEnum):
    """How far an import has come, as its journal in the graph records it."""

    WRITING = "WRITING"
    PUBLISHING = "PUBLISHING"
    PUBLISHED = "PUBLISHED"
    UNDOING = "UNDOING"


class Placement(StrEnum):
    """How a planned application stands to what the target already holds under its name."""

    NEW = "new"
    """The name must be free."""
    VERSION = "version"
    """The name may be taken; this version of it and the scope label must be free."""
    REPLACE = "replace"
    """Every version that the target has under this name goes when the import is published."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedApplication:
    """One application version that an import will create."""

    name: str
    """The application's name on the target."""
    label: str
    """The scope label on the target."""
    version: str | None
    kind: str
    catalogue_properties: Mapping[str, Any]
    """What the catalogue node carries besides its name, label, version and kind."""
    counts: GraphCounts
    placement: Placement = Placement.NEW


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """All that an import must remember to be able to go forward without the archive.

    Ordinals run through all its applications: those of the second begin where those of the first end.
    """

    job_id: str
    epoch: int
    """The claim's fence: a higher epoch makes every older holder harmless."""
    sha256: str
    applications: tuple[PlannedApplication, ...]
    summary: Mapping[str, Any]
    """What the job reports once it is published: JSON."""

    @property
    def counts(self) -> GraphCounts:
        """The elements of all applications together."""
        return GraphCounts(
            nodes=sum(each.counts.nodes for each in self.applications),
            relationships=sum(each.counts.relationships for each in self.applications),
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalPlan:
    """All that the removal of an application must remember to be able to go forward."""

    job_id: str
    epoch: int
    """The claim's fence, as in ImportPlan."""
    name: str
    version: str | None
    """None: every version goes."""
    summary: Mapping[str, Any]
    """What the job reports once it is done: JSON."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport:
    """What an undo removed, and the proof that nothing is left."""

    nodes_removed: int
    relationships_removed: int
    nodes_left: int
    """Nodes still staged for this job, read back from the database: zero when all is well."""


class GraphImport(Protocol):
    """One import under way: invisible until published, undoable until then."""

    phase: JournalPhase
    """What the journal said when the import was opened, and where it has come since."""
    lanes: int
    """How many batches may be written at once, or read back; more wait."""

    @property
    def summary(self) -> Mapping[str, Any]:
        """What the plan gave it to report."""
        ...

    async def nodes_written(self) -> Sequence[range]:
        """Return the ranges of node ordinals that are recorded as written."""
        ...

    async def relationships_written(self) -> Sequence[range]:
        """Return the ranges of relationship ordinals that are recorded as written."""
        ...

    def share(self, ordinals: Collection[int]) -> None:
        """Say which nodes the source's applications shared; to be said before the first is written."""
        ...

    async def write_nodes(self, first: int, rows: Sequence[NodeRow]) -> None:
        """Create the nodes of a contiguous range of ordinals, staged, with their record, in one transaction.

        The range lies within one application. Writing a range that is recorded already changes nothing. A shared node,
        or one with a label that settings call shared, is joined to the one that has its key under a uniqueness
        constraint; it changes nothing there before the publish point, when it gets the scope label.
        Raises: ConstraintViolatedError, NodeStagedError, LeaseLost.
        """
        ...

    async def wait(self, waiting: bool) -> None:
        """Note for others whether this import waits for another's node. Raises: LeaseLost."""
        ...

    @property
    def joined(self) -> Collection[int]:
        """The ordinals of the nodes that are joined; reading back leaves them out, with relationships between two."""
        ...

    async def read_joined(self, ordinals: Sequence[int]) -> Sequence[NodeRow]:
        """Read joined nodes by ordinal, as the target has them, with all their labels."""
        ...

    async def write_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> None:
        """Create relationships between staged nodes, with their record.

        Raises: as write_nodes; VerificationError when an end is missing.
        """
        ...

    def read_nodes(self, ordinals: range, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Read written nodes back by ordinal, for verification. Raises: VerificationError when one is gone."""
        ...

    def read_relationships(self, starts: range, *, batch_size: int) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Read the written relationships that start at these ordinals back, their ends as ordinals."""
        ...

    async def connect(self, first: int, references: Sequence[ExternalReference]) -> Sequence[ExternalReference]:
        """Note relationships to nodes of other applications, for publishing; return those whose far end is not there.

        `first` counts the references of all applications, their nodes are ordinals of one application of the import,
        the applications they name go by their names on the target. A far node of an application that this import
        brings is one of its own. What an equal relationship connects already is not connected again. Noting the same
        again changes nothing. Raises: LeaseLost.
        """
        ...

    async def report(self, more: Mapping[str, Any]) -> None:
        """Add to the summary, before publishing. Raises: LeaseLost."""
        ...

    async def publish(self) -> None:
        """Make the application visible: from the first step on there is only forward. Raises: LeaseLost.

        Relationships of other applications to nodes that are replaced then hang on their successors, which the key of a
        uniqueness constraint finds, or one that settings name; the summary tells of those that found none.
        """
        ...

    async def undo(self) -> UndoReport:
        """Remove everything that this import wrote, by its records. Raises: LeaseLost."""
        ...

    async def forget(self) -> None:
        """Drop the journal of an import that is published, once its job is known to be closed."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFacts:
    """What a database remembers of an import, of whatever job."""

    job_id: str
    epoch: int
    phase: JournalPhase
    is_waiting: bool = False
    """Whether it waits for a node that another import has staged."""


class GraphTarget(Protocol):
    """Writes one database."""

    database: str

    async def has_application(self, name: str, version: str | None = None) -> bool:
        """Return whether the catalogue, or a label of this name, is taken."""
        ...

    async def begin(self, plan: ImportPlan) -> GraphImport:
        """Claim the applications' names and open the journal; an existing journal of this job is taken over.

        Raises: ApplicationExistsError, ImportInProgressError, LeaseLost.
        """
        ...

    async def begin_removal(self, plan: RemovalPlan) -> GraphImport:
        """Open an import that brings nothing, and whose publishing removes an application.

        Its entries go first; nodes that other applications carry, or imports under way hold, lose its label and stay.
        Until it is published, undoing it leaves everything as it was.
        Raises: UnknownApplicationError, ImportInProgressError, LeaseLost.
        """
        ...

    async def resume(self, job_id: str, epoch: int) -> GraphImport | None:
        """Take over the journal of a job, where there is one: for publishing forward, or undo, without the archive."""
        ...

    async def list_imports(self) -> Sequence[JournalFacts]:
        """List the imports that journals of this installation tell of."""
        ...

    async def adopt(self, journal: JournalFacts) -> GraphImport | None:
        """Take over an import that no job owns any more; None when the journal is no longer as it was listed."""
        ...


# --- archives -----------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredArchive:
    """An archive in a tenant's folder."""

    name: str
    bytes: int
    modified: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveProof:
    """That an archive was published by this owner, kept until the owner's job has ended and tells so itself."""

    owner: str
    name: str | None
    """The archive's; None when it was deleted since."""


class PendingArchive(Protocol):
    """A file that is being written, invisible until published."""

    path: Path

    async def publish(self, name: str, *, number: bool = True, prove: bool = False) -> str:
        """Give the finished file its name, durably, and return it: never replacing one, `-2`, `-3` … where it is taken.

        With a proof where one is wanted, which then outlives the context.
        Raises: DiskFullError; ArchiveExistsError where it is taken and shall not be numbered.
        """
        ...


class ArchiveStore(Protocol):
    """Keeps archives, a folder for each tenant. Names are checked: Raises InvalidFileNameError everywhere."""

    async def list_archives(self, tenant: str) -> Sequence[StoredArchive]:
        """List the tenant's archives by name."""
        ...

    async def get(self, tenant: str, name: str) -> StoredArchive:
        """Raises: UnknownArchiveError."""
        ...

    def open_local(self, tenant: str, name: str) -> AbstractAsyncContextManager[Path]:
        """Give the archive as a local file for the time of the context. Raises: UnknownArchiveError."""
        ...

    def create(self, tenant: str, *, owner: str) -> AbstractAsyncContextManager[PendingArchive]:
        """Open a part file of this owner (a job and its fence), gone when the context closes unless published."""
        ...

    async def delete(self, tenant: str, name: str) -> None:
        """Raises: UnknownArchiveError."""
        ...

    async def list_proofs(self, tenant: str) -> Sequence[ArchiveProof]:
        """List the proofs of the tenant's archives that still stand."""
        ...

    async def drop_proof(self, tenant: str, proof: ArchiveProof, *, with_archive: bool) -> None:
        """Remove a proof, and the archive if nobody is to have it; what is gone already is fine."""
        ...


# --- identity -----------------------------------------------------------------------------------------------


class IdentityStore(Protocol):
    """Tenants and keys."""

    async def find_key(self, sha256: str) -> ApiKey | None:
        """Find a key by the SHA-256 of its text, in one round trip."""
        ...

    async def create_key(self, key: ApiKey) -> None:
        """Store a key. Raises: NotFoundError for an unknown tenant."""
        ...

    async def get_tenant(self, name: str) -> Tenant | None:
        """Find a tenant."""
        ...

    async def put_tenant(self, tenant: Tenant) -> None:
        """Create or replace a tenant."""
        ...

    async def list_tenants(self) -> Sequence[Tenant]:
        """List all tenants by name."""
        ...
