"""Finds the far ends of an import's external references."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass

from shared.adapters import cypher
from shared.adapters.neo4j_driver import Connection
from shared.adapters.neo4j_swap import labels_of_entry
from shared.references import ExternalReference, NodeKey


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

    labels: Mapping[str, frozenset[str]]
    """The scope labels that the versions of an application will have, by its name."""
    label_of: Callable[[int], str | None]
    """The scope label that a staged node will have, by its id."""


class FarEnds:
    """Looks up, key by key, what is there."""

    def __init__(self, connection: Connection, own: OwnNodes, versions: Mapping[str, Mapping[str, str | None]]) -> None:
        self._connection = connection
        self._own = own
        self._versions = versions
        """By application's name: its scope labels with their versions."""

    @classmethod
    async def open(cls, connection: Connection, own: OwnNodes) -> FarEnds:
        """Read the catalogue."""
        versions: defaultdict[str, dict[str, str | None]] = defaultdict(dict)
        for (entry,) in await connection.run(cypher.CATALOGUE_ENTRIES, {"name": None}):
            versions[entry["Name"]].update(dict.fromkeys(labels_of_entry(entry), entry.get("Version")))
        return cls(connection, own, versions)

    async def find(self, references: Sequence[ExternalReference]) -> list[FarEnd | None]:
        """Give for each reference its far end; None where it is not there, or not the only one."""
        found = await self._look_up([each.key for each in references if each.key is not None])
        return [self._choose(each, found) for each in references]

    async def _look_up(self, keys: Sequence[NodeKey]) -> Mapping[Hashable, Sequence[_Node]]:
        wanted: defaultdict[tuple[str, tuple[str, ...]], list[NodeKey]] = defaultdict(list)
        for key in keys:
            wanted[key.label, tuple(sorted(key.properties))].append(key)
        found: defaultdict[Hashable, list[_Node]] = defaultdict(list)
        for (label, names), some in wanted.items():
            parameters = {"label": label, "keys": names, "values": [key.properties[names[0]] for key in some]}
            for node_id, labels, values in await self._connection.run(cypher.find_by_key(label, names), parameters):
                key = NodeKey(label=label, properties=dict(zip(names, values, strict=True)))
                found[_comparable(key)].append(_Node(id=node_id, labels=frozenset(labels)))
        return found

    def _choose(self, reference: ExternalReference, found: Mapping[Hashable, Sequence[_Node]]) -> FarEnd | None:
        if reference.key is None:
            return None
        nodes = found.get(_comparable(reference.key), ())
        own_labels = self._own.labels.get(reference.application or "")
        ends = self._ends(reference, nodes) if own_labels is None else self._own_ends(own_labels, nodes)
        return ends[0] if len(ends) == 1 else None

    def _own_ends(self, labels: frozenset[str], nodes: Sequence[_Node]) -> list[FarEnd]:
        scopes = [(each.id, self._own.label_of(each.id)) for each in nodes]
        return [FarEnd(id=node_id, guard=label) for node_id, label in scopes if label in labels and label is not None]

    def _ends(self, reference: ExternalReference, nodes: Sequence[_Node]) -> list[FarEnd]:
        visible = [each for each in nodes if cypher.STAGED not in each.labels]
        if reference.application is None:
            guard = "" if reference.key is None else reference.key.label
            return [FarEnd(id=each.id, guard=guard) for each in visible]
        versions = self._versions.get(reference.application, {reference.application: None})
        scopes = [(each.id, sorted(each.labels & set(versions))) for each in visible]
        ends = [FarEnd(id=node_id, guard=labels[0]) for node_id, labels in scopes if labels]
        return ends if len(ends) < 2 else [each for each in ends if versions[each.guard] == reference.version]


def _comparable(key: NodeKey) -> Hashable:
    return key.label, tuple((name, _hashable(value)) for name, value in sorted(key.properties.items()))


def _hashable(value: object) -> Hashable:
    return tuple(map(_hashable, value)) if isinstance(value, list) else value
