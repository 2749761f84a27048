"""What a database in memory holds: a graph, and what imports have recorded in it. Nothing here is a rule of a port."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import accumulate, count
from typing import Any

from shared.catalogue import CATALOGUE_LABEL, DEFAULT_VERSION
from shared.graph import PropertyValue
from shared.index_keys import Index
from shared.jobs.summaries import Summary
from shared.node_keys import KeyForm, KeyForms
from shared.ports.import_plans import ImportPlan, JournalPhase, RemovalPlan


@dataclass
class MemoryNode:
    labels: set[str]
    properties: dict[str, PropertyValue]


@dataclass
class MemoryRelationship:
    start: int
    end: int
    type: str
    properties: dict[str, PropertyValue]


@dataclass(frozen=True)
class MemoryLink:
    """A relationship to be: its ends are ids."""

    application: int
    start: int
    end: int
    type: str
    properties: dict[str, PropertyValue]


@dataclass
class MemoryJournal:
    """What an import has recorded."""

    plan: ImportPlan
    epoch: int
    summary: Summary
    """The plan's, with what was found out since."""
    phase: JournalPhase = JournalPhase.WRITING
    ids: dict[int, int] = field(default_factory=dict)
    node_ranges: list[range] = field(default_factory=list)
    relationship_ranges: list[range] = field(default_factory=list)
    relationship_ids: list[int] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)
    links: dict[int, tuple[list[MemoryLink], list[int]]] = field(default_factory=dict)
    """By first reference: those that found their far end, the places of those that did not."""
    removal: RemovalPlan | None = None
    joined_ids: dict[int, int] = field(default_factory=dict)
    """By ordinal: nodes that were there."""
    owned: set[int] = field(default_factory=set)
    """Those of them that an application carried."""
    relationship_ends: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The ordinals of the ends of each relationship."""
    is_waiting: bool = False

    @property
    def created_ids(self) -> list[int]:
        """The nodes that were not there."""
        return [each for at, each in self.ids.items() if at not in self.joined_ids]

    def place_of(self, ordinal: int) -> int:
        """Return the place, among the plan's applications, of the one that the node is of."""
        ends = accumulate(each.counts.nodes for each in self.plan.applications)
        return next(place for place, end in enumerate(ends) if ordinal < end)


@dataclass
class MemoryDatabase:
    """The data, without rules."""

    name: str = "memory"
    nodes: dict[int, MemoryNode] = field(default_factory=dict)
    relationships: dict[int, MemoryRelationship] = field(default_factory=dict)
    journals: dict[str, MemoryJournal] = field(default_factory=dict)
    unique: list[KeyForm] = field(default_factory=list)
    """The uniqueness constraints."""
    indexes: list[Index] = field(default_factory=list)
    reference_keys: Mapping[str, Sequence[str]] = field(default_factory=dict)
    shared_labels: Sequence[str] = ()
    commits: int = 0
    _ids: Any = field(default_factory=count)

    def add_node(self, labels: Sequence[str], properties: dict[str, PropertyValue] | None = None) -> int:
        self.commits += 1
        node_id: int = next(self._ids)
        self.nodes[node_id] = MemoryNode(set(labels), dict(properties or {}))
        return node_id

    def add_relationship(
        self, start: int, end: int, type_name: str, properties: dict[str, PropertyValue] | None = None
    ) -> int:
        self.commits += 1
        relationship_id: int = next(self._ids)
        self.relationships[relationship_id] = MemoryRelationship(start, end, type_name, dict(properties or {}))
        return relationship_id

    @property
    def forms(self) -> KeyForms:
        configured = (KeyForm(label=label, properties=tuple(names)) for label, names in self.reference_keys.items())
        return KeyForms(sorted(self.unique, key=lambda form: form.label), list(configured))

    def is_catalogue(self, node: MemoryNode) -> bool:
        return CATALOGUE_LABEL in node.labels and "Name" in node.properties

    def entries(self, name: str, version: str | None = None) -> list[int]:
        return [
            each
            for each, node in self.nodes.items()
            if self.is_catalogue(node)
            and node.properties["Name"] == name
            and version in (None, node.properties.get("Version") or DEFAULT_VERSION)
        ]

    def owned_labels(self, name: str, version: str | None = None) -> set[str]:
        """Return the scope labels of an application; others may claim the same."""
        return {self.label_of(self.nodes[each]) for each in self.entries(name, version)} or (
            {name} if version is None else set()
        )

    def label_of(self, entry: MemoryNode) -> str:
        name, version = entry.properties["Name"], entry.properties.get("Version")
        versioned = f"{name!s}@{version!s}"
        is_versioned = version is not None and any(versioned in each.labels for each in self.nodes.values())
        return str(entry.properties.get("Label") or (versioned if is_versioned else name))

    def claimed(self, *, but_for: Collection[int] = ()) -> set[str]:
        """Return the labels that entries claim."""
        staying = [node for each, node in self.nodes.items() if self.is_catalogue(node) and each not in but_for]
        return {self.label_of(each) for each in staying}

    def scopes(self, *, but_for: Collection[int]) -> dict[str, str]:
        """Return the labels that entries claim, or would once nodes carried them, with their applications."""
        entries = [node for each, node in self.nodes.items() if self.is_catalogue(node) and each not in but_for]
        found = {self.label_of(each): str(each.properties["Name"]) for each in entries}
        for each in entries:
            name, version = each.properties["Name"], each.properties.get("Version")
            if version is not None and not each.properties.get("Label"):
                found[f"{name!s}@{version!s}"] = str(name)
        return found

    def release(self, labels: set[str], others: set[str]) -> tuple[set[int], set[int]]:
        """Take these labels from nodes that carry others; return the nodes that belong to nothing else, then those."""
        inside = {node for label in labels for node in self.content(label)}
        shared = {each for each in inside if self.nodes[each].labels & others or each in self.held}
        for each in shared:
            self.nodes[each].labels -= labels
        if not labels <= {CATALOGUE_LABEL}:
            for node in self.nodes.values():
                node.labels -= labels - {CATALOGUE_LABEL} if self.is_catalogue(node) else set()
        return inside - shared, shared

    @property
    def held(self) -> set[int]:
        """The nodes that imports have joined."""
        return {node for each in self.journals.values() for node in each.joined_ids.values()}

    def all_scope_labels(self) -> set[str]:
        return self.claimed()

    def remove(self, gone: set[int]) -> None:
        """Remove nodes with their relationships."""
        for key in [key for key, each in self.relationships.items() if {each.start, each.end} & gone]:
            del self.relationships[key]
        for node in gone:
            del self.nodes[node]

    def content(self, label: str) -> list[int]:
        return sorted(each for each, node in self.nodes.items() if label in node.labels and not self.is_catalogue(node))
