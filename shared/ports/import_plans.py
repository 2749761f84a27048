"""What an import or a removal plans, and what its journal remembers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from shared.graph import GraphCounts
from shared.jobs.summaries import Summary


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
    REPLACE_VERSION = "replace_version"
    """The entry of this version goes when the import is published, with its content; other versions stay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PlannedApplication:
    """One application version that an import will create."""

    name: str
    """The application's name on the target."""
    label: str
    """The scope label on the target."""
    version: str | None
    kind: str
    service_id: str | None = None
    """What the catalogue node holds of it; None: nothing, as for the version's."""
    version_id: str | None = None
    catalogue_properties: Mapping[str, Any]
    """What the catalogue node carries besides its name, label, version, kind and ids."""
    counts: GraphCounts
    content_labels: Mapping[str, int] = field(default_factory=dict)
    """How many of its nodes carry each label."""
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
    summary: Summary
    """What the job reports once it is published."""

    @property
    def counts(self) -> GraphCounts:
        """The elements of all applications together."""
        return GraphCounts(
            nodes=sum(each.counts.nodes for each in self.applications),
            relationships=sum(each.counts.relationships for each in self.applications),
        )

    @property
    def content_labels(self) -> frozenset[str]:
        """The labels that nodes of any application carry."""
        return frozenset(label for each in self.applications for label in each.content_labels)


@dataclass(frozen=True, slots=True, kw_only=True)
class RemovalPlan:
    """All that the removal of an application must remember to be able to go forward."""

    job_id: str
    epoch: int
    """The claim's fence, as in ImportPlan."""
    name: str
    version: str | None
    """None: every version goes."""
    summary: Summary
    """What the job reports once it is done."""


@dataclass(frozen=True, slots=True, kw_only=True)
class JournalFacts:
    """What a database remembers of an import, of whatever job."""

    job_id: str
    epoch: int
    phase: JournalPhase
    is_waiting: bool = False
    """Whether it waits for a node that another import has staged."""
