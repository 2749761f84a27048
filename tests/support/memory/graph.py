"""A database in memory that obeys the graph ports."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import accumulate, count
from typing import Any

from shared.catalogue import (
    CATALOGUE_LABEL,
    DEFAULT_VERSION,
    CatalogueEntry,
    is_application_label,
    service_id_of,
    version_id_of,
    version_order,
)
from shared.errors import (
    ApplicationExistsError,
    ConstraintViolatedError,
    ImportInProgressError,
    NodeStagedError,
    UnknownApplicationError,
)
from shared.graph import (
    GraphCounts,
    GraphSample,
    GraphShapes,
    NodeRow,
    NodeShape,
    Properties,
    PropertyValue,
    RelationshipRow,
    RelationshipShape,
    SchemaEntry,
)
from shared.interruptions import LeaseLost
from shared.node_keys import KeyForm, KeyForms
from shared.ports.import_plans import (
    ImportPlan,
    JournalFacts,
    JournalPhase,
    Placement,
    PlannedApplication,
    RemovalPlan,
    UndoReport,
)
from shared.references import Direction, ExternalReference


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
class MemoryDatabase:
    """The data, without rules."""

    name: str = "memory"
    nodes: dict[int, MemoryNode] = field(default_factory=dict)
    relationships: dict[int, MemoryRelationship] = field(default_factory=dict)
    journals: dict[str, MemoryImport] = field(default_factory=dict)
    unique: list[KeyForm] = field(default_factory=list)
    """The uniqueness constraints."""
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
            and version in (None, node.properties.get("Version", DEFAULT_VERSION))
        ]

    def scope_labels(self, name: str, version: str | None = None) -> set[str]:
        entries = [self.nodes[each].properties for each in self.entries(name, version)]
        return {str(entry.get("Label", name)) for entry in entries} or ({name} if version is None else set())

    def release(self, labels: set[str]) -> tuple[set[int], set[int]]:
        """Take these labels from nodes that carry others; return the nodes that belong to nothing else, then those."""
        inside = {node for label in labels for node in self.content(label)}
        others = self.all_scope_labels() - labels
        held = {node for each in self.journals.values() for node in each.joined_ids.values()}
        shared = {each for each in inside if self.nodes[each].labels & others or each in held}
        for each in shared:
            self.nodes[each].labels -= labels
        return inside - shared, shared

    def all_scope_labels(self) -> set[str]:
        entries = [node for node in self.nodes.values() if self.is_catalogue(node)]
        return {str(entry.properties.get("Label", entry.properties["Name"])) for entry in entries}

    def remove(self, gone: set[int]) -> None:
        """Remove nodes with their relationships."""
        for key in [key for key, each in self.relationships.items() if {each.start, each.end} & gone]:
            del self.relationships[key]
        for node in gone:
            del self.nodes[node]

    def content(self, label: str) -> list[int]:
        return sorted(each for each, node in self.nodes.items() if label in node.labels and not self.is_catalogue(node))


TYPE_NAMES = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT", str: "STRING"}


def types_of(properties: Properties) -> dict[str, str]:
    """Name the types of values as the server does."""
    return {key: _type_of(value) for key, value in properties.items()}


def _type_of(value: PropertyValue) -> str:
    if isinstance(value, list):
        return f"LIST<{_type_of(value[0]) if value else 'NOTHING'}>"
    return TYPE_NAMES.get(type(value), "ANY")


class MemorySource:
    """A GraphSource over a MemoryDatabase."""

    def __init__(self, data: MemoryDatabase) -> None:
        self.database = data.name
        self._data = data

    async def list_applications(self) -> Sequence[CatalogueEntry]:
        entries = [self._entry(node) for node in self._data.nodes.values() if self._data.is_catalogue(node)]
        return sorted(entries, key=lambda each: (each.name, version_order(each.version)))

    async def get_application(self, name: str, version: str | None = None) -> CatalogueEntry:
        entries = [each for each in await self.list_applications() if each.name == name]
        found = [each for each in entries if version in (None, each.version or DEFAULT_VERSION)]
        if found:
            return found[-1]
        is_bare = not entries and is_application_label(name) and bool(self._data.content(name))
        if is_bare and version in (None, DEFAULT_VERSION):
            return self._make(name, name, None, {}, catalogued=False)
        raise UnknownApplicationError(name, self.database)

    async def overlaps(self, label: str, others: Collection[str]) -> bool:
        return any(self._data.nodes[each].labels & set(others) for each in self._data.content(label))

    async def engine_version(self) -> str:
        return "memory"

    async def count(self, label: str) -> GraphCounts:
        inside = set(self._data.content(label))
        relationships = [each for each in self._data.relationships.values() if {each.start, each.end} <= inside]
        return GraphCounts(nodes=len(inside), relationships=len(relationships))

    async def sample(self, label: str, *, limit: int) -> GraphSample:
        nodes = [row async for rows in self.read_nodes(label, batch_size=1000) for row in rows]
        relationships = [row async for rows in self.read_relationships(label, batch_size=1000) for row in rows]
        return GraphSample(counts=await self.count(label), nodes=nodes[-limit:], relationships=relationships[-limit:])

    async def read_shapes(self, label: str, *, limit: int) -> GraphShapes:
        sample, labels = await self.sample(label, limit=limit), {}
        async for rows in self.read_nodes(label, batch_size=1000):
            labels.update({row[0]: frozenset(row[1]) for row in rows})
        return GraphShapes(
            counts=sample.counts,
            nodes=[NodeShape(labels=labels[row[0]], keys=types_of(row[2]), count=1) for row in sample.nodes],
            relationships=[
                RelationshipShape(
                    type=row[3],
                    start_labels=labels[row[1]],
                    end_labels=labels[row[2]],
                    keys=types_of(row[4]),
                    count=1,
                )
                for row in sample.relationships
            ],
        )

    async def read_change_mark(self) -> str:
        return str(self._data.commits)

    async def read_schema(self) -> Sequence[SchemaEntry]:
        return [
            SchemaEntry(
                kind="constraint",
                name=f"unique_{number}",
                type="UNIQUENESS",
                entity="NODE",
                labels_or_types=(form.label,),
                properties=form.properties,
            )
            for number, form in enumerate(self._data.unique)
        ]

    async def read_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        ids, scopes = self._data.content(label), {label, *self._data.all_scope_labels()}
        for first in range(0, len(ids), batch_size):
            yield [
                (each, sorted(self._data.nodes[each].labels - scopes), dict(self._data.nodes[each].properties))
                for each in ids[first : first + batch_size]
            ]

    async def read_relationships(
        self, label: str, *, batch_size: int
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        inside = set(self._data.content(label))
        rows = sorted(
            ((key, each.start, each.end, each.type, dict(each.properties)))
            for key, each in self._data.relationships.items()
            if {each.start, each.end} <= inside
        )
        rows.sort(key=lambda row: (row[1], row[0]))
        for first in range(0, len(rows), batch_size):
            yield rows[first : first + batch_size]

    async def read_shared_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[int], None]:
        others = {each.label for each in await self.list_applications()} - {label}
        ids = [each for each in self._data.content(label) if self._data.nodes[each].labels & others]
        for first in range(0, len(ids), batch_size):
            yield ids[first : first + batch_size]

    async def read_references(
        self, label: str, *, inside: int, batch_size: int
    ) -> AsyncGenerator[Sequence[ExternalReference], None]:
        content = set(self._data.content(label))
        others = {each.label: each for each in await self.list_applications() if each.label != label}
        found = [
            self._reference(direction, near, far, each, others)
            for direction in Direction
            for key, each in self._data.relationships.items()
            for near, far in [(each.start, each.end) if direction is Direction.OUT else (each.end, each.start)]
            if near in content
            and far not in content
            and not self._data.nodes[near].labels & self._data.nodes[far].labels & set(others)
        ]
        found.sort(key=lambda each: each.node)
        for first in range(0, len(found), batch_size):
            yield found[first : first + batch_size]

    async def list_neighbours(self, label: str, direction: Direction) -> Sequence[CatalogueEntry]:
        batches = self.read_references(label, inside=0, batch_size=1000)
        far = [each async for batch in batches for each in batch if each.direction is direction]
        found = {(each.application, each.version) for each in far}
        return [each for each in await self.list_applications() if (each.name, each.version) in found]

    def _reference(
        self,
        direction: Direction,
        near: int,
        far: int,
        relationship: MemoryRelationship,
        others: Mapping[str, CatalogueEntry],
    ) -> ExternalReference:
        node = self._data.nodes[far]
        is_entry = self._data.is_catalogue(node)
        entry = None if is_entry else next((each for label, each in others.items() if label in node.labels), None)
        return ExternalReference(
            node=near,
            direction=direction,
            type=relationship.type,
            properties=dict(relationship.properties),
            application=None if entry is None else entry.name,
            version=None if entry is None else entry.version,
            key=None if is_entry else self._data.forms.find(sorted(node.labels), node.properties),
        )

    def _entry(self, node: MemoryNode) -> CatalogueEntry:
        own = {"Name", "Label", "Version", "Kind", "ServiceId", "VersionId"}
        name, version = str(node.properties["Name"]), node.properties.get("Version")
        label = node.properties.get("Label", name)
        rest = {key: value for key, value in node.properties.items() if key not in own}
        kind = str(node.properties.get("Kind", "APPLICATION"))
        made = self._make(name, str(label), None if version is None else str(version), rest, catalogued=True)
        return replace(made, kind=kind)

    def _make(
        self, name: str, label: str, version: str | None, rest: dict[str, PropertyValue], *, catalogued: bool
    ) -> CatalogueEntry:
        return CatalogueEntry(
            database=self.database,
            name=name,
            label=label,
            version=version,
            service_id=service_id_of(self.database, name),
            version_id=version_id_of(self.database, name, version),
            properties=rest,
            catalogued=catalogued,
        )


def _version_of(one: PlannedApplication | ExternalReference) -> str:
    return one.version or DEFAULT_VERSION


@dataclass
class MemoryImport:
    """A GraphImport over a MemoryDatabase: staged nodes carry no label of the application."""

    data: MemoryDatabase
    plan: ImportPlan
    epoch: int
    phase: JournalPhase = JournalPhase.WRITING
    ids: dict[int, int] = field(default_factory=dict)
    node_ranges: list[range] = field(default_factory=list)
    relationship_ranges: list[range] = field(default_factory=list)
    relationship_ids: list[int] = field(default_factory=list)
    labels: dict[int, list[str]] = field(default_factory=dict)
    links: dict[int, tuple[list[MemoryLink], list[int]]] = field(default_factory=dict)
    """By first reference: those that found their far end, the places of those that did not."""
    said: dict[str, Any] = field(default_factory=dict)
    """What the summary says beyond the plan."""
    removal: RemovalPlan | None = None
    shared: Collection[int] = ()
    joined_ids: dict[int, int] = field(default_factory=dict)
    """By ordinal: nodes that were there."""
    owned: set[int] = field(default_factory=set)
    """Those of them that an application carried."""
    relationship_ends: dict[int, tuple[int, int]] = field(default_factory=dict)
    """The ordinals of the ends of each relationship."""
    is_waiting: bool = False
    lanes: int = 2
    removed: Callable[[GraphCounts], None] = lambda _: None

    @property
    def summary(self) -> Mapping[str, Any]:
        return {**self.plan.summary, **self.said}

    def _fence(self) -> None:
        current = self.data.journals.get(self.plan.job_id)
        if current is None or current.epoch != self.epoch:
            raise LeaseLost(self.plan.job_id)

    async def nodes_written(self) -> Sequence[range]:
        return self.node_ranges

    async def relationships_written(self) -> Sequence[range]:
        return self.relationship_ranges

    def mark_shared(self, ordinals: Collection[int]) -> None:
        self.shared = ordinals

    @property
    def joined(self) -> Collection[int]:
        return self.joined_ids

    async def read_joined(self, ordinals: Sequence[int]) -> Sequence[NodeRow]:
        nodes = [(each, self.data.nodes[self.joined_ids[each]]) for each in ordinals]
        early = {self.ids[at]: names for at, names in self.labels.items() if at not in self.joined_ids}
        return [
            (each, sorted({*node.labels, *early.get(self.joined_ids[each], ())}), dict(node.properties))
            for each, node in nodes
        ]

    async def note_waiting(self, waiting: bool) -> None:
        self._fence()
        self.is_waiting = waiting

    async def write_nodes(self, first: int, rows: Sequence[NodeRow]) -> None:
        self._fence()
        written = range(first, first + len(rows))
        if written in self.node_ranges:
            return
        holders = [self._find_holder(first + at, row) for at, row in enumerate(rows)]
        for at, ((_, labels, properties), holder) in enumerate(zip(rows, holders, strict=True)):
            if holder is not None:
                self.joined_ids[first + at] = holder
                if self.data.nodes[holder].labels & self.data.all_scope_labels():
                    self.owned.add(holder)
            self.ids[first + at] = self.data.add_node([], dict(properties)) if holder is None else holder
            self.labels[first + at] = list(labels)
        self.node_ranges.append(written)

    def _find_holder(self, ordinal: int, row: NodeRow) -> int | None:
        """Return the node that takes the place of this one. Raises: NodeStagedError, ConstraintViolatedError."""
        may_join = ordinal in self.shared or bool(set(self.data.shared_labels) & set(row[1]))
        staged = {
            node: job
            for job, each in self.data.journals.items()
            if each.phase is not JournalPhase.PUBLISHED
            for at, node in each.ids.items()
            if at not in each.joined_ids
        }
        labels = {each.ids[at]: names for each in self.data.journals.values() for at, names in each.labels.items()}
        for form in self.data.unique:
            key = form.key_of(row[1], row[2])
            for node_id, node in self.data.nodes.items():
                there = form.key_of(sorted({*node.labels, *labels.get(node_id, ())}), node.properties)
                if key is None or there != key or self._goes(node):
                    continue
                if staged.get(node_id, self.plan.job_id) != self.plan.job_id:
                    raise NodeStagedError(staged[node_id])
                if not may_join:
                    raise ConstraintViolatedError(f"constraint on {form.label} {form.properties}")
                return node_id
        return None

    def _going(self) -> tuple[set[str], set[int]]:
        """Return the scope labels and the entries of what is replaced."""
        versions: list[tuple[str, str | None]] = [
            (each.name, each.version or DEFAULT_VERSION if each.placement is Placement.REPLACE_VERSION else None)
            for each in self.plan.applications
            if each.placement in (Placement.REPLACE, Placement.REPLACE_VERSION)
        ]
        if self.removal is not None:
            versions = [(self.removal.name, self.removal.version)]
        labels = {label for name, version in versions for label in self.data.scope_labels(name, version)}
        return labels, {entry for name, version in versions for entry in self.data.entries(name, version)}

    def _goes(self, node: MemoryNode) -> bool:
        going, _ = self._going()
        return bool(node.labels & going) and not node.labels & (self.data.all_scope_labels() - going)

    async def write_relationships(self, first: int, rows: Sequence[RelationshipRow]) -> None:
        self._fence()
        written = range(first, first + len(rows))
        if written in self.relationship_ranges:
            return
        links = []
        for _, start, end, type_name, properties in rows:
            ends = self.ids[start], self.ids[end]
            if start in self.joined_ids and end in self.joined_ids:
                links.append(MemoryLink(self._place_of(start), ends[0], ends[1], type_name, dict(properties)))
                continue
            added = self.data.add_relationship(*ends, type_name, dict(properties))
            self.relationship_ids.append(added)
            self.relationship_ends[added] = start, end
        self.links[-1 - first] = links, []
        self.relationship_ranges.append(written)

    async def read_nodes(self, ordinals: range, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        for first in ordinals[::batch_size]:
            rows = [
                (each, self.labels[each], self.data.nodes[self.ids[each]].properties)
                for each in range(first, min(first + batch_size, ordinals.stop))
                if each not in self.joined_ids
            ]
            if rows:
                yield rows

    async def read_relationships(
        self, starts: range, *, batch_size: int
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        rows = [
            (key, *self.relationship_ends[key], row.type, row.properties)
            for key in self.relationship_ids
            for row in [self.data.relationships[key]]
            if self.relationship_ends[key][0] in starts
        ]
        for first in range(0, len(rows), batch_size):
            yield rows[first : first + batch_size]

    async def connect(self, first: int, references: Sequence[ExternalReference]) -> Sequence[ExternalReference]:
        self._fence()
        if first not in self.links:
            ends = [(at, each, self._far_end(each)) for at, each in enumerate(references)]
            links = [self._link(each, far) for _, each, far in ends if far is not None]
            self.links[first] = links, [at for at, _, far in ends if far is None]
        return [references[at] for at in self.links[first][1]]

    def _link(self, reference: ExternalReference, far: int) -> MemoryLink:
        near = self.ids[reference.node]
        start, end = (near, far) if reference.direction is Direction.OUT else (far, near)
        return MemoryLink(self._place_of(reference.node), start, end, reference.type, dict(reference.properties))

    def _place_of(self, ordinal: int) -> int:
        ends = accumulate(each.counts.nodes for each in self.plan.applications)
        return next(place for place, end in enumerate(ends) if ordinal < end)

    def _far_end(self, reference: ExternalReference) -> int | None:
        key = reference.key
        if key is None:
            return None
        labels_of = {self.ids[each]: set(labels) for each, labels in self.labels.items()}
        keyed = [
            each
            for each, node in self.data.nodes.items()
            if key.label in labels_of.get(each, node.labels)
            and all(node.properties.get(name) == value for name, value in key.properties.items())
        ]
        found = self._own_ends(reference, keyed) or self._ends_there(reference, keyed)
        return found[0] if len(found) == 1 else None

    def _own_ends(self, reference: ExternalReference, keyed: Sequence[int]) -> list[int]:
        """Return those that this import brings, unless the version that is meant is another one, and stays."""
        own = {self.ids[each]: self.plan.applications[self._place_of(each)] for each in self.ids}
        found = [each for each in keyed if each in own and own[each].name == reference.application]
        same = [each for each in found if _version_of(own[each]) == _version_of(reference)]
        if same or not found:
            return same
        stays = self.data.scope_labels(str(reference.application), _version_of(reference)) - self._going()[0]
        return [] if any(self.data.nodes[each].labels & stays for each in keyed) else found

    def _ends_there(self, reference: ExternalReference, keyed: Sequence[int]) -> list[int]:
        nodes, own = self.data.nodes, set(self.ids.values())
        if reference.application is None:
            return [each for each in keyed if each not in own]
        if any(each.name == reference.application for each in self.plan.applications):
            far = self.data.scope_labels(reference.application, _version_of(reference)) - self._going()[0]
            return [each for each in keyed if each not in own and nodes[each].labels & far]
        far = self.data.scope_labels(reference.application)
        found = [each for each in keyed if each not in own and nodes[each].labels & far]
        exact = self.data.scope_labels(reference.application, _version_of(reference))
        return found if len(found) < 2 else [each for each in found if nodes[each].labels & exact]

    async def add_to_summary(self, more: Mapping[str, Any]) -> None:
        self._fence()
        self.said.update(more)

    def on_removed(self, removed: Callable[[GraphCounts], None]) -> None:
        self.removed = removed

    def _remove_old(self, old: set[int]) -> None:
        """Remove nodes with their relationships, and tell of all but catalogue entries."""
        content = {each for each in old if not self.data.is_catalogue(self.data.nodes[each])}
        before = len(self.data.relationships)
        self.data.remove(content)
        self.removed(GraphCounts(nodes=len(content), relationships=before - len(self.data.relationships)))
        self.data.remove(old - content)

    async def publish(self) -> None:
        self._fence()
        if self.phase is JournalPhase.PUBLISHED:
            return
        going, going_entries = self._going()
        old, released = self.data.release(going)
        old |= going_entries
        first = 0
        for application in self.plan.applications:
            for ordinal in range(first, first := first + application.counts.nodes):
                early = () if ordinal in self.joined_ids else self.labels[ordinal]
                self.data.nodes[self.ids[ordinal]].labels.update([*early, application.label])
        entries: dict[str, list[int]] = {}
        for each in self.plan.applications:
            entries.setdefault(each.name, []).append(self._enter(each))
        self._move(old, released, entries)
        self._remove_old(old)
        self._publish_links()
        self.phase = JournalPhase.PUBLISHED

    def _move(self, old: set[int], released: set[int], entries: Mapping[str, list[int]]) -> None:
        """Hang what others have on the old on the new."""
        lost = []
        for relationship in list(self.data.relationships.values()):
            leaves = relationship.start in old
            if leaves == (relationship.end in old):
                continue
            gone, far = (relationship.start, relationship.end) if leaves else (relationship.end, relationship.start)
            if far in released:
                continue
            successors = self._successors(gone, entries)
            if len(successors) == 1:
                ends = (successors[0], far) if leaves else (far, successors[0])
                self.data.add_relationship(*ends, relationship.type, relationship.properties)
            else:
                applications = sorted(self.data.nodes[far].labels & self.data.all_scope_labels())
                lost.append(
                    {"type": relationship.type, "direction": "out" if leaves else "in", "applications": applications}
                )
        if lost:
            self.said["references_lost"] = {"count": len(lost), "listed": lost[:100]}

    def _successors(self, gone: int, entries: Mapping[str, list[int]]) -> list[int]:
        node, nodes = self.data.nodes[gone], self.data.nodes
        if self.data.is_catalogue(node):
            new = entries.get(str(node.properties["Name"]), [])
            same = [each for each in new if nodes[each].properties.get("Version") == node.properties.get("Version")]
            return same or new
        for form in self.data.forms.forms:
            key = form.key_of(sorted(node.labels), node.properties)
            new = [
                each
                for each in self.ids.values()
                if key is not None
                and form.key_of(sorted(self.data.nodes[each].labels), self.data.nodes[each].properties) == key
            ]
            if len(new) == 1:
                return new
        return []

    def _publish_links(self) -> None:
        wanted: Counter[str] = Counter()
        one: dict[str, MemoryLink] = {}
        for links, _ in self.links.values():
            counts = Counter(repr(each) for each in links)
            for each in links:
                same = repr((each.start, each.end, each.type, each.properties))
                wanted[same] = max(wanted[same], counts[repr(each)])
                one[same] = each
        for same, listed in wanted.items():
            link = one[same]
            present = sum(
                (each.start, each.end, each.type, each.properties) == (link.start, link.end, link.type, link.properties)
                for each in self.data.relationships.values()
            )
            for _ in range(listed - present):
                self.data.add_relationship(link.start, link.end, link.type, link.properties)

    def _enter(self, one: PlannedApplication) -> int:
        entry = {"Name": one.name, "Label": one.label, "Version": one.version, "Kind": one.kind}
        known = {key: value for key, value in entry.items() if value is not None}
        return self.data.add_node([CATALOGUE_LABEL], {**one.catalogue_properties, **known})

    async def undo(self) -> UndoReport:
        self._fence()
        for each in self.relationship_ids:
            del self.data.relationships[each]
        created = [each for at, each in self.ids.items() if at not in self.joined_ids]
        for each in created:
            del self.data.nodes[each]
        self.removed(GraphCounts(nodes=len(created), relationships=len(self.relationship_ids)))
        del self.data.journals[self.plan.job_id]
        held = {node for each in self.data.journals.values() for node in each.joined_ids.values()}
        scopes = self.data.all_scope_labels()
        self.data.remove({each for each in self.owned - held if not self.data.nodes[each].labels & scopes})
        return UndoReport(nodes_removed=len(created), relationships_removed=len(self.relationship_ids), nodes_left=0)

    async def forget(self) -> None:
        self._fence()
        del self.data.journals[self.plan.job_id]


class MemoryTarget:
    """A GraphTarget over a MemoryDatabase."""

    def __init__(self, data: MemoryDatabase) -> None:
        self.database = data.name
        self._data = data

    async def has_application(self, name: str, version: str | None = None) -> bool:
        try:
            await MemorySource(self._data).get_application(name, version)
        except UnknownApplicationError:
            return False
        return True

    async def begin(self, plan: ImportPlan) -> MemoryImport:
        existing = await self.resume(plan.job_id, plan.epoch)
        if existing is not None:
            return existing
        for one in plan.applications:
            self._require_unclaimed({one.label}, one.name)
            if await self._is_taken(one):
                raise ApplicationExistsError(one.name, self.database)
        opened = MemoryImport(self._data, plan, plan.epoch)
        self._data.journals[plan.job_id] = opened
        return opened

    async def begin_removal(self, plan: RemovalPlan) -> MemoryImport:
        existing = await self.resume(plan.job_id, plan.epoch)
        if existing is not None:
            return existing
        labels = self._data.scope_labels(plan.name, plan.version)
        if not await self.has_application(plan.name, plan.version):
            raise UnknownApplicationError(plan.name, self.database)
        self._require_unclaimed(labels, plan.name)
        content = ImportPlan(job_id=plan.job_id, epoch=plan.epoch, sha256="", applications=(), summary=plan.summary)
        opened = MemoryImport(self._data, content, plan.epoch, removal=plan)
        self._data.journals[plan.job_id] = opened
        return opened

    def _require_unclaimed(self, labels: set[str], name: str) -> None:
        for job, each in self._data.journals.items():
            claimed = {one.label for one in each.plan.applications}
            if each.removal is not None:
                claimed |= self._data.scope_labels(each.removal.name, each.removal.version)
            if labels & claimed:
                raise ImportInProgressError(name, self.database, job)

    async def _is_taken(self, one: PlannedApplication) -> bool:
        match one.placement:
            case Placement.REPLACE | Placement.REPLACE_VERSION:
                return False
            case Placement.NEW:
                return await self.has_application(one.name)
            case Placement.VERSION:
                return bool(self._data.content(one.label)) or await self.has_application(one.name, _version_of(one))

    async def resume(self, job_id: str, epoch: int) -> MemoryImport | None:
        old = self._data.journals.get(job_id)
        if old is None:
            return None
        if old.epoch > epoch:
            raise LeaseLost(job_id)
        opened = MemoryImport(
            self._data,
            old.plan,
            epoch,
            old.phase,
            old.ids,
            old.node_ranges,
            old.relationship_ranges,
            old.relationship_ids,
            old.labels,
            old.links,
            old.said,
            old.removal,
            joined_ids=old.joined_ids,
            owned=old.owned,
            relationship_ends=old.relationship_ends,
        )
        self._data.journals[job_id] = opened
        return opened

    async def list_imports(self) -> Sequence[JournalFacts]:
        return [
            JournalFacts(job_id=job_id, epoch=each.epoch, phase=each.phase, is_waiting=each.is_waiting)
            for job_id, each in sorted(self._data.journals.items())
        ]

    async def adopt(self, journal: JournalFacts) -> MemoryImport | None:
        found = self._data.journals.get(journal.job_id)
        if found is None or found.epoch != journal.epoch:
            return None
        return await self.resume(journal.job_id, journal.epoch + 1)
