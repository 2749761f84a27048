"""Finds the far ends of an import's external references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field

from shared.adapters.neo4j.connection import Transaction
from shared.adapters.neo4j.cypher.catalogue import CATALOGUE_ENTRIES
from shared.adapters.neo4j.cypher.linking import LINKS_OF, find_among, find_by_key
from shared.adapters.neo4j.cypher.names import STAGED
from shared.adapters.neo4j.journal.journal import Journal
from shared.adapters.neo4j.journal.links import LINKS, Link, record_links
from shared.adapters.neo4j.nodes.staged import StagedNodes
from shared.catalogue import DEFAULT_VERSION, labels_of_entry
from shared.damaged_entries import damage_of
from shared.references import Direction, ExternalReference, NodeKey


@dataclass(frozen=True, slots=True, kw_only=True)
class FarEnd:
    """A node that a reference reaches."""

    id: int
    guard: str
    """The label that tells later that it is still the same."""


@dataclass(frozen=True, slots=True, kw_only=True)
class _Node:
    id: int
    labels: frozenset[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnNodes:
    """What an import itself brings of the applications that its references name."""

    versions: Mapping[str, Mapping[str, str]]
    """By application's name: the scope labels that it will have, with their versions."""
    label_of: Callable[[int], str | None]
    """The scope label that a staged node will have, by its id."""
    node_at: Callable[[int], FarEnd]
    """The node of an ordinal."""
    late: Mapping[str, Sequence[int]] = field(default_factory=dict)
    """Staged nodes that have not got a label yet, by it."""


class FarEnds:
    """Looks up, key by key, what is there."""

    def __init__(self, journal: Journal, own: OwnNodes, versions: Mapping[str, Mapping[str, str]]) -> None:
        self._journal = journal
        self._own = own
        self._versions = versions
        """By application's name: its scope labels with their versions."""

    @classmethod
    async def open(cls, journal: Journal, own: OwnNodes) -> FarEnds:
        """Read the catalogue, but for what this import replaces."""
        going = set(zip(journal.record.replaced_names, journal.record.replaced_versions, strict=True))
        versions: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for (entry,) in await journal.read(CATALOGUE_ENTRIES, {"name": None}):
            if damage_of(entry) is not None:
                continue
            name, version = entry["Name"], entry.get("Version") or DEFAULT_VERSION
            if going.isdisjoint({(name, ""), (name, version)}):
                versions[name].update(dict.fromkeys(labels_of_entry(entry), version))
        return cls(journal, own, versions)

    async def find(self, references: Sequence[ExternalReference]) -> list[FarEnd | None]:
        """Give for each reference its far end; None where it is not there, or not the only one."""
        found = await self._look_up([each.key for each in references if each.key is not None and each.far is None])
        return [self._choose(each, found) if each.far is None else self._own.node_at(each.far) for each in references]

    async def _look_up(self, keys: Sequence[NodeKey]) -> Mapping[Hashable, Sequence[_Node]]:
        wanted: defaultdict[tuple[str, tuple[str, ...]], list[NodeKey]] = defaultdict(list)
        for key in keys:
            wanted[key.label, tuple(sorted(key.properties))].append(key)
        found: defaultdict[Hashable, list[_Node]] = defaultdict(list)
        for (label, names), some in wanted.items():
            parameters = {"label": label, "keys": names, "values": [key.properties[names[0]] for key in some]}
            rows = await self._journal.read(find_by_key(label, names), parameters)
            if label in self._own.late:
                late = {**parameters, "ids": self._own.late[label]}
                rows += await self._journal.read(find_among(names), late)
            for node_id, labels, values in rows:
                key = NodeKey(label=label, properties=dict(zip(names, values, strict=True)))
                found[_comparable(key)].append(_Node(id=node_id, labels=frozenset(labels)))
        return found

    def _choose(self, reference: ExternalReference, found: Mapping[Hashable, Sequence[_Node]]) -> FarEnd | None:
        if reference.key is None:
            return None
        nodes = found.get(_comparable(reference.key), ())
        ends = self._ends(reference, nodes)
        return ends[0] if len(ends) == 1 else None

    def _ends(self, reference: ExternalReference, nodes: Sequence[_Node]) -> list[FarEnd]:
        own = self._own.versions.get(reference.application or "")
        if own is None:
            return self._ends_there(reference, nodes)
        kept = [] if _version_of(reference) in own.values() else self._kept_ends(reference, nodes)
        return kept or self._own_ends(own, reference, nodes)

    def _own_ends(
        self, versions: Mapping[str, str], reference: ExternalReference, nodes: Sequence[_Node]
    ) -> list[FarEnd]:
        """Give what the import brings; of several versions the one that the reference names."""
        scopes = [(each.id, self._own.label_of(each.id)) for each in nodes]
        ends = [FarEnd(id=node_id, guard=label) for node_id, label in scopes if label is not None and label in versions]
        return _of_version(reference, ends, versions) if len(ends) > 1 else ends

    def _kept_ends(self, reference: ExternalReference, nodes: Sequence[_Node]) -> list[FarEnd]:
        """Give what stays of the version that the reference names, beside other versions that the import brings."""
        versions = self._versions.get(reference.application or "", {})
        return _of_version(reference, _within(versions, nodes), versions)

    def _ends_there(self, reference: ExternalReference, nodes: Sequence[_Node]) -> list[FarEnd]:
        if reference.application is None:
            guard = "" if reference.key is None else reference.key.label
            return [FarEnd(id=each.id, guard=guard) for each in nodes if STAGED not in each.labels]
        versions = self._versions.get(reference.application, {reference.application: DEFAULT_VERSION})
        ends = _within(versions, nodes)
        return _of_version(reference, ends, versions) if len(ends) > 1 else ends


def _within(versions: Mapping[str, str], nodes: Sequence[_Node]) -> list[FarEnd]:
    """Give the visible nodes that carry one of these scope labels."""
    scopes = [(each.id, sorted(each.labels & set(versions))) for each in nodes if STAGED not in each.labels]
    return [FarEnd(id=node_id, guard=labels[0]) for node_id, labels in scopes if labels]


def _of_version(reference: ExternalReference, ends: Sequence[FarEnd], versions: Mapping[str, str]) -> list[FarEnd]:
    return [each for each in ends if versions[each.guard] == _version_of(reference)]


def _version_of(reference: ExternalReference) -> str:
    return reference.version or DEFAULT_VERSION


def _comparable(key: NodeKey) -> Hashable:
    return key.label, tuple((name, _hashable(value)) for name, value in sorted(key.properties.items()))


def _hashable(value: object) -> Hashable:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value


class Connecting:
    """Turns the references of one import into links."""

    def __init__(self, journal: Journal, staged: StagedNodes) -> None:
        self._journal = journal
        self._staged = staged
        self._far_ends: FarEnds | None = None

    async def connect(self, first: int, references: Sequence[ExternalReference]) -> Sequence[ExternalReference]:
        """Write links with their record; return the references whose far end is not there. Raises: LeaseLost."""
        key = self._journal.key(f"{LINKS}/x", first)
        ends = self._far_ends = self._far_ends or await FarEnds.open(self._journal, self._own_nodes())
        found = await ends.find(references)

        async def record(transaction: Transaction) -> Sequence[int]:
            if recorded := await transaction.run(LINKS_OF, {"key": key}):
                return list(recorded[0][0])
            pairs = list(zip(references, found, strict=True))
            links = [self._link(each, end) for each, end in pairs if end is not None]
            pending = [at for at, (_, end) in enumerate(pairs) if end is None]
            application = self._journal.record.application_of(references[0].node)
            await record_links(transaction, key, application, links, pending=pending)
            return pending

        return [references[at] for at in await self._journal.write(record)]

    def _own_nodes(self) -> OwnNodes:
        record, index = self._journal.record, self._staged.index

        def label_of(node_id: int) -> str | None:
            ordinal = index.get(node_id)
            return None if ordinal is None else record.labels[record.application_of(ordinal)]

        def node_at(ordinal: int) -> FarEnd:
            return FarEnd(id=self._staged.ids[ordinal], guard=record.labels[record.application_of(ordinal)])

        versions: defaultdict[str, dict[str, str]] = defaultdict(dict)
        for name, label, version in zip(record.names, record.labels, record.versions, strict=True):
            versions[name][label] = version
        late: defaultdict[str, list[int]] = defaultdict(list)
        for node_id, names in self._staged.joined.late.items():
            for name in names:
                late[name].append(node_id)
        return OwnNodes(versions=versions, label_of=label_of, node_at=node_at, late=late)

    def _link(self, reference: ExternalReference, far: FarEnd) -> Link:
        near = self._staged.ids[reference.node]
        start, end = (near, far.id) if reference.direction is Direction.OUT else (far.id, near)
        return Link(
            start=start, end=end, far=far.id, guard=far.guard, type=reference.type, properties=reference.properties
        )
