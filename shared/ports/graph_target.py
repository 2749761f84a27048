"""The port that writes into one database."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from shared.graph import GraphCounts, NodeRow, Properties, RelationshipRow
from shared.index_keys import Index
from shared.jobs.summaries import JoinedReport, ReferencesReport, Summary, UndoReport
from shared.node_keys import KeyForm
from shared.packing.elements import Wire
from shared.ports.import_plans import ImportPlan, JournalFacts, JournalPhase, PlannedApplication, RemovalPlan
from shared.references import ExternalReference


class GraphImport(Protocol):
    """One import under way: invisible until published, undoable until then."""

    phase: JournalPhase
    """What the journal said when the import was opened, and where it has come since."""
    lanes: int
    """How many batches may be written at once, or read back; more wait."""

    @property
    def wire(self) -> Wire:
        """How rows may come packed, as PackedElements."""
        ...

    @property
    def summary(self) -> Summary:
        """What the plan gave it to report, with what was found out since."""
        ...

    async def nodes_written(self) -> Sequence[range]:
        """Return the ranges of node ordinals that are recorded as written."""
        ...

    async def relationships_written(self) -> Sequence[range]:
        """Return the ranges of relationship ordinals that are recorded as written."""
        ...

    def mark_shared(self, ordinals: Collection[int]) -> None:
        """Say which nodes the source's applications shared; to be said before the first is written."""
        ...

    async def write_nodes(self, first: int, rows: Sequence[NodeRow]) -> None:
        """Create the nodes of a contiguous range of ordinals, staged, with their record, in one transaction.

        The range lies within one application. Writing a range that is recorded already changes nothing. A shared node,
        or one with a label that settings call shared, is joined to the one that has its key under a uniqueness
        constraint; it changes nothing there before the publish point, when it gets the scope label.
        Raises: ConstraintViolatedError, InvalidDataError, NodeStagedError, LeaseLost.
        """
        ...

    async def note_waiting(self, waiting: bool) -> None:
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

        - `first` counts the references of all applications.
        - Near ends are ordinals of one application of the import; applications are named as on the target.
        - `far` is an ordinal too: the far end is that node. Without it the key tells.
        - It is then one of the nodes that the import brings of that application, else one of the target.
        - Where an equal relationship exists, none is made. Noting the same references again changes nothing.

        Raises: LeaseLost.
        """
        ...

    async def add_to_summary(self, *, references: ReferencesReport, shared: JoinedReport) -> None:
        """Add to the summary what became of references and shared nodes, before publishing. Raises: LeaseLost."""
        ...

    def on_removed(self, removed: Callable[[GraphCounts], None]) -> None:
        """Call this with what each step of an undo, or of publishing, has deleted; catalogue entries do not count."""
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
class KeyHolder:
    """A node of the database that has the key of one that an import brings."""

    at: int
    """The place of the import's node in its batch."""
    form: KeyForm
    id: int
    labels: frozenset[str]
    """Without scope labels and labels of the import's own records."""
    properties: Properties


class KeyLookup(Protocol):
    """Looks for the keys of an import in the database."""

    @property
    def forms(self) -> Sequence[KeyForm]:
        """The uniqueness constraints on nodes."""
        ...

    @property
    def shared_labels(self) -> Collection[str]:
        """Labels that settings call shared."""
        ...

    @property
    def indexes(self) -> Sequence[Index]:
        """The indexes that are kept up, those of constraints among them, and that values can be too long for."""
        ...

    async def find(self, rows: Sequence[NodeRow]) -> Sequence[KeyHolder]:
        """Return the nodes that have the keys of these under a uniqueness constraint.

        Left out are nodes that the import replaces, and those that its own job has staged.
        """
        ...


class GraphTarget(Protocol):
    """Writes one database."""

    database: str

    def for_job(self) -> GraphTarget:
        """Give the same database for what one job writes: it outlasts changes of a cluster's leader, for a while.

        Whichever members answer, it sees what it saw and wrote before.
        """
        ...

    async def look_up_keys(self, job_id: str, applications: Sequence[PlannedApplication]) -> KeyLookup:
        """Return what finds the keys of these applications in the database; nothing is written."""
        ...

    async def has_application(self, name: str, version: str | None = None) -> bool:
        """Return whether the catalogue, or a label of this name, is taken."""
        ...

    async def repair_entry(self, entry: str, values: Mapping[str, str | None]) -> None:
        """Give a damaged entry of the catalogue the values that make it sound; None takes a property away.

        Raises: UnknownEntryError; InvalidRequestError if it stays damaged; ConflictError if it would be another one's.
        """
        ...

    async def remove_entry(self, entry: str) -> None:
        """Remove a damaged entry of the catalogue. Raises: UnknownEntryError; ConflictError if it is content."""
        ...

    async def begin(self, plan: ImportPlan) -> GraphImport:
        """Claim the applications' names and open the journal; an existing journal of this job is taken over.

        No two imports under way, and no import and a removal, may make content that two applications have.
        Raises: ApplicationExistsError, CatalogueContentError, ImportInProgressError, LeaseLost.
        """
        ...

    async def require_beginning(self, job_id: str, applications: Sequence[PlannedApplication]) -> None:
        """Judge these applications as `begin` does, as the database is now; nothing is claimed or written.

        Raises: as begin, but for LeaseLost.
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
