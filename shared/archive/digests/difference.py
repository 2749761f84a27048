"""Lists the elements in which two graphs differ."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterable, Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from typing import Any, Final

from shared.archive.digests.comparison import Balance, Fingerprints
from shared.archive.limits import ArchiveLimits
from shared.archive.values.typed_json import typed
from shared.graph import NodeRow, Properties, RelationshipRow
from shared.node_keys import KeyForms
from shared.references import NodeKey

COMPARED_ELEMENTS: Final = 1_000_000
"""Above this a graph is compared by its counts and its digest alone: fingerprints take 100 bytes each."""

LISTED: Final = 50
"""Elements that a report lists of each kind of difference."""

PAIRED: Final = 10_000
"""Nodes of the new graph that are kept to find a changed one of the same key."""

KINDS: Final = ("nodes_added", "nodes_removed", "relationships_added", "relationships_removed", "nodes_changed")
"""Of differences, as a report names them."""
_SHOWN_CHARACTERS: Final = 200
"""Of a value: a report is for people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Counting:
    """Takes the old graph, whose rows carry ordinals: all nodes, then all relationships."""

    fingerprints: Fingerprints
    nodes: Balance
    relationships: Balance

    def add_nodes(self, rows: Sequence[NodeRow]) -> None:
        """Take a batch that follows the one before."""
        self.nodes.add(self.fingerprints.of_nodes(rows))

    def add_relationships(self, rows: Sequence[RelationshipRow]) -> None:
        """Take a batch whose ends were taken before."""
        self.relationships.add(self.fingerprints.of_relationships(rows))


@dataclass(slots=True)
class Difference:
    """What a new graph adds to an old one and lacks of it, found in three passes: old, new, old again."""

    forms: KeyForms
    limits: ArchiveLimits = field(default_factory=ArchiveLimits)
    _nodes: Balance = field(default_factory=Balance)
    _relationships: Balance = field(default_factory=Balance)
    _unpaired: dict[str, NodeRow] = field(default_factory=dict)
    """Nodes of the new graph that may be changed ones, by their key."""
    _counts: Counter[str] = field(default_factory=Counter)
    _listed: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    @contextmanager
    def counting(self) -> Iterator[Counting]:
        """Begin the first pass."""
        with closing(Fingerprints(self.forms, self.limits)) as fingerprints:
            yield Counting(fingerprints=fingerprints, nodes=self._nodes, relationships=self._relationships)

    async def find_added(
        self, nodes: AsyncIterable[Sequence[NodeRow]], relationships: AsyncIterable[Sequence[RelationshipRow]]
    ) -> None:
        """Take the new graph out of the old one."""
        with closing(Fingerprints(self.forms, self.limits)) as fingerprints:
            async for rows in nodes:
                for row in self._nodes.take_out(rows, fingerprints.of_nodes(rows)):
                    self._keep_unpaired(row)
            async for some in relationships:
                for each in self._relationships.take_out(some, fingerprints.of_relationships(some)):
                    self._add("relationships_added", _show_relationship(each))

    def _keep_unpaired(self, row: NodeRow) -> None:
        key = self.forms.find(row[1], row[2])
        if key is not None and len(self._unpaired) < PAIRED:
            self._unpaired[_text(key)] = row
        else:
            self._add("nodes_added", _show_node(row))

    async def find_removed(
        self, nodes: AsyncIterable[Sequence[NodeRow]], relationships: AsyncIterable[Sequence[RelationshipRow]]
    ) -> None:
        """List what is left of the old graph."""
        with closing(Fingerprints(self.forms, self.limits)) as fingerprints:
            async for rows in nodes:
                for row in self._nodes.take_left(rows, fingerprints.of_nodes(rows)):
                    self._add_old(row)
            async for some in relationships:
                for each in self._relationships.take_left(some, fingerprints.of_relationships(some)):
                    self._add("relationships_removed", _show_relationship(each))
        for row in self._unpaired.values():
            self._add("nodes_added", _show_node(row))

    def _add_old(self, row: NodeRow) -> None:
        key = self.forms.find(row[1], row[2])
        new = None if key is None else self._unpaired.pop(_text(key), None)
        if new is None:
            self._add("nodes_removed", _show_node(row))
        else:
            self._add("nodes_changed", {"before": _show_node(row), "after": _show_node(new)})

    def _add(self, kind: str, described: Mapping[str, Any]) -> None:
        self._counts[kind] += 1
        some = self._listed.setdefault(kind, [])
        if len(some) < LISTED:
            some.append(described)

    def report(self) -> Mapping[str, Any]:
        """Return in JSON how many of each kind there are, and some of them."""
        return {kind: {"count": self._counts[kind], "listed": self._listed.get(kind, [])} for kind in KINDS}


def differing(counts: Mapping[str, Mapping[str, int]]) -> Mapping[str, Mapping[str, int]]:
    """Return by name the counts in which the sides, each under its own word, are not equal."""
    names: Iterable[str] = sorted({name for side in counts.values() for name in side})
    found = {name: {word: side.get(name, 0) for word, side in counts.items()} for name in names}
    return {name: each for name, each in found.items() if len(set(each.values())) > 1}


def _text(key: NodeKey) -> str:
    return repr((key.label, sorted(key.properties.items())))


def _show_node(row: NodeRow) -> Mapping[str, Any]:
    return {"labels": sorted(row[1]), "properties": _show(row[2])}


def _show_relationship(row: RelationshipRow) -> Mapping[str, Any]:
    return {"type": row[3], "properties": _show(row[4])}


def _show(properties: Properties) -> Mapping[str, Any]:
    values = typed(properties)
    return {name: {**value, "text": value["text"][:_SHOWN_CHARACTERS]} for name, value in sorted(values.items())}
