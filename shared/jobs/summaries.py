"""Summaries: what a job tells of what it did.

Each class is a kind of object in the JSON of records, journals, logs and answers. Its fields stand in the order of
the keys; a field at its default has no key.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import Enum, StrEnum
from typing import Any, Final, Literal, TypeAlias, TypeVar

from shared.references import Direction


class ApplicationStatus(StrEnum):
    """What became of an application."""

    ADDED = "added"
    REPLACED = "replaced"
    SKIPPED = "skipped"
    VERSION_ADDED = "version_added"
    CONFLICT = "conflict"
    """Of a dry run: the import would fail."""
    DELETED = "deleted"


class Absence(Enum):
    """The default of a field whose null has a meaning of its own."""

    ABSENT = "absent"


ABSENT: Final = Absence.ABSENT

TypedValues: TypeAlias = Mapping[str, Mapping[str, str]]
"""Properties by name, each as its `type` and its `text`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ArchiveFacts:
    """The archive that a job wrote or read."""

    name: str
    bytes: int
    sha256: str
    """Lower-case hex."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SummaryPart:
    """What all objects of a summary have."""

    unknown: Mapping[str, Any] = field(default_factory=dict)
    """What another version wrote and this version does not know: JSON by key, which is told on as it is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportedVersion(SummaryPart):
    """An application version that an archive holds."""

    name: str
    version: str | None
    folder: str
    """The database, as settings name it."""
    service_id: str
    version_id: str
    nodes: int
    relationships: int
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferenceReport(SummaryPart):
    """How an application of an archive differs from the one that the target holds."""

    equal: bool
    digest: Mapping[str, str]
    """By side: `archive` and `target`."""
    nodes: Mapping[str, int]
    """By side."""
    relationships: Mapping[str, int]
    """By side."""
    labels: Mapping[str, Mapping[str, int]]
    """Of labels whose nodes are not equally many: their number by side."""
    types: Mapping[str, Mapping[str, int]]
    """The same of types of relationships."""
    elements: Mapping[str, Any] | None
    """By kind of difference: the `count` of elements, and some of them `listed`. None: not compared one by one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportedVersion(SummaryPart):
    """What became, or would become, of an application version of an archive."""

    source_folder: str
    source_name: str
    source_version: str | None
    source_service_id: str
    source_version_id: str
    kind: str | None = None
    """As in CatalogueEntry. None: before that was noted."""
    database: str
    name: str
    """On the target, as are the version and the ids below."""
    version: str | None
    service_id: str
    version_id: str
    status: ApplicationStatus | str
    """A text: the word of another version for what is not known here."""
    nodes: int
    relationships: int
    digest: str
    difference: DifferenceReport | Literal[Absence.ABSENT] | None = ABSENT
    """Of a dry run alone. None: not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovedVersion(SummaryPart):
    """An application version that a deletion removed."""

    name: str
    version: str | None
    database: str
    service_id: str
    version_id: str
    status: Literal[ApplicationStatus.DELETED]
    nodes: int
    """All that carried its label; those that other applications carry too have stayed."""
    relationships: int


@dataclass(frozen=True, slots=True, kw_only=True)
class UnknownVersion(SummaryPart):
    """An application of which another version tells in a form that is not known here."""


ApplicationResult: TypeAlias = ExportedVersion | ImportedVersion | RemovedVersion | UnknownVersion
Result = TypeVar("Result", ExportedVersion, ImportedVersion, RemovedVersion)


@dataclass(frozen=True, slots=True, kw_only=True)
class AffectedApplication(SummaryPart):
    """Another application, which uses what an import replaced."""

    name: str
    version: str
    kind: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencedKey(SummaryPart):
    """The key of a node that a reference leads to."""

    label: str
    properties: TypedValues


@dataclass(frozen=True, slots=True, kw_only=True)
class PendingReference(SummaryPart):
    """A relationship to another application, whose far node is not there."""

    application: str | None
    version: str | None
    direction: Direction
    type: str
    key: ReferencedKey | None


@dataclass(frozen=True, slots=True, kw_only=True)
class ReferencesReport(SummaryPart):
    """What became of an archive's relationships to other applications."""

    connected: int
    pending: int
    listed: tuple[PendingReference, ...]
    """The first of those that are pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DifferingNode(SummaryPart):
    """A shared node that has other properties, or fewer labels, on the target."""

    labels: tuple[str, ...]
    """Of the archive's node, sorted."""
    archive: TypedValues
    target: TypedValues
    """What was kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinedReport(SummaryPart):
    """What became of an archive's nodes that the target held already."""

    joined: int
    differing: int
    listed: tuple[DifferingNode, ...]
    """The first of those that differ."""
    unmarked: int = 0
    """Those of the joined that nothing called shared: they were equal."""


class Refusal(StrEnum):
    """Why a node whose key is taken cannot be joined unasked."""

    DIFFERS = "differs"
    """The node that has the key differs."""
    DIFFERS_WITHIN = "differs_within"
    """The same, and it is of another application of the import."""
    TWICE = "twice"
    """Another node of the same application has the key, too."""
    COPY = "copy"
    """Both are of one database."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefusedNode(SummaryPart):
    """A node of an archive because of which an import is refused."""

    application: str
    """Its name on the target."""
    labels: tuple[str, ...]
    """Sorted."""
    constraint: str
    key: TypedValues
    reason: Refusal | str
    """A text: the word of another version."""
    properties: tuple[str, ...] = ()
    """The names of those that differ; the values that are there are not told."""
    labels_differ: bool = False
    nodes: tuple[int, ...] = ()
    """The numbers, within the application, of two nodes that have the key, where the database has none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JoinForecast(SummaryPart):
    """What an import would do with nodes whose keys under uniqueness constraints are taken."""

    joined: int
    unmarked: int
    """As in JoinedReport."""
    refused: int
    """An import is refused because of one."""
    listed: tuple[RefusedNode, ...]
    """The first of those that are refused."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostReference(SummaryPart):
    """A relationship that other applications had to a node that is gone."""

    type: str
    direction: Direction
    """Seen from the node that is gone."""
    applications: tuple[str, ...]
    """The scope labels of the far node, sorted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class LostReport(SummaryPart):
    """The relationships of other applications that found no node in place of the one that is gone."""

    count: int
    listed: tuple[LostReference, ...]
    """The first of them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UndoReport(SummaryPart):
    """What an undo removed, and the proof that nothing is left."""

    nodes_removed: int
    relationships_removed: int
    nodes_left: int
    """Nodes still staged for this job, read back from the database: zero when all is well."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary(SummaryPart):
    """What a job did. What it has nothing to say of is at its default, as all is until the job has ended."""

    applications: tuple[ApplicationResult, ...] | None = None
    """Of a job that is closed: what an export wrote, what an import or a copy did, what a deletion removed."""
    archive: ArchiveFacts | None = None
    """What an import has read. In the journal alone: the record has the archive beside the summary."""
    warnings: tuple[str, ...] | None = None
    """Of an import: what of the archive cannot be kept. Of any job: that it was closed late."""
    affected: tuple[AffectedApplication, ...] | None = None
    """Of an import that is no dry run."""
    references: ReferencesReport | None = None
    """Of an import that has written something, as for `shared`."""
    shared: JoinedReport | None = None
    joins: JoinForecast | None = None
    """Of a dry run of an import or a copy that would find keys taken."""
    references_lost: LostReport | None = None
    """Of an import or a deletion, where relationships were lost."""
    dry_run: bool = False
    """Whether the summary says only what an import would do."""
    others: int = 0
    """Never in a record: applications of which whoever asks is told only that they are part of the job."""
    from_database: str | None = None
    """Of a copy: the database that was read."""
    undone: UndoReport | None = None
    """Of an import, a copy or a deletion that is not closed."""

    def applications_of(self, kind: type[Result]) -> tuple[Result, ...]:
        """Return the applications that are described in this form; none where the job did something else."""
        return tuple(each for each in self.applications or () if isinstance(each, kind))
