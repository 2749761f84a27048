"""Compares an application of an archive with the one that the target holds."""

from __future__ import annotations

from collections import Counter
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from contextlib import aclosing, closing
from dataclasses import dataclass, field
from typing import Any

from handlers.context import Context
from handlers.numbering import number_ends, number_nodes
from shared.archive.comparison import Balance, Fingerprints
from shared.archive.digest import GraphDigest
from shared.archive.manifest import ApplicationManifest
from shared.archive.reader import ArchiveReader
from shared.archive.typed_values import typed
from shared.catalogue import CatalogueEntry
from shared.graph import GraphCounts, NodeRow, Properties, RelationshipRow
from shared.node_keys import KeyForms
from shared.ordinals import OrdinalIndex
from shared.ports.graph_source import GraphSource
from shared.references import NodeKey

COMPARED_ELEMENTS = 1_000_000
"""Above this an application is compared by its counts and its digest alone: fingerprints take 100 bytes each."""

LISTED = 50
"""Elements that a report lists of each kind of difference."""

PAIRED = 10_000
"""Nodes of the archive that are kept to find a changed one of the same key."""


KINDS = ("nodes_added", "nodes_removed", "nodes_changed", "relationships_added", "relationships_removed")


@dataclass(slots=True, kw_only=True)
class _Found:
    """What is different."""

    counts: Counter[str] = field(default_factory=Counter)
    listed: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)

    def add(self, kind: str, described: Mapping[str, Any]) -> None:
        self.counts[kind] += 1
        some = self.listed.setdefault(kind, [])
        if len(some) < LISTED:
            some.append(described)

    def report(self) -> Mapping[str, Any]:
        kinds = [f"{sort}_{kind}" for sort in ("nodes", "relationships") for kind in ("added", "removed")]
        return {
            kind: {"count": self.counts[kind], "listed": self.listed.get(kind, [])}
            for kind in [*kinds, "nodes_changed"]
        }


@dataclass(slots=True, kw_only=True)
class _Target:
    """What was read of the application that the target holds."""

    digest: str
    labels: Counter[str] = field(default_factory=Counter)
    types: Counter[str] = field(default_factory=Counter)


class Comparing:
    """One comparison; nothing is written."""

    def __init__(self, source: GraphSource, context: Context, *, batch_size: int) -> None:
        self._source = source
        self._context = context
        self._batch_size = batch_size

    async def compare(
        self, reader: ArchiveReader, application: ApplicationManifest, entry: CatalogueEntry
    ) -> Mapping[str, Any]:
        """Say in JSON how an import would change the application. Raises: SourceChangedError; as the ports, advance."""
        counts = await self._source.count(entry.label)
        forms = KeyForms.of(await self._source.read_schema(), {})
        nodes, relationships = Balance(), Balance()
        is_small = max(counts.elements, application.nodes + application.relationships) <= COMPARED_ELEMENTS
        target = await self._read_target(entry, forms, nodes, relationships, is_small=is_small)
        report = _overview(application, counts, target)
        if report["equal"] or not is_small:
            return {**report, "elements": None}
        found = _Found()
        unpaired = await self._find_added(reader, application, forms, nodes, relationships, found)
        await self._find_removed(entry, forms, nodes, relationships, found, unpaired)
        return {**report, "elements": found.report()}

    async def _read_target(
        self, entry: CatalogueEntry, forms: KeyForms, nodes: Balance, relationships: Balance, *, is_small: bool
    ) -> _Target:
        target = _Target(digest="")
        with closing(GraphDigest()) as digest, closing(Fingerprints(forms)) as fingerprints:
            index = OrdinalIndex()
            async for node_rows in self._node_batches(entry.label, index):
                digest.add_nodes(node_rows)
                target.labels.update(label for row in node_rows for label in row[1])
                if is_small:
                    nodes.add(fingerprints.of_nodes(node_rows))
            async for rows in self._relationship_batches(entry.label, index):
                digest.add_relationships(rows)
                target.types.update(row[3] for row in rows)
                if is_small:
                    relationships.add(fingerprints.of_relationships(rows))
            target.digest = digest.hexdigest()
        return target

    async def _find_added(
        self,
        reader: ArchiveReader,
        application: ApplicationManifest,
        forms: KeyForms,
        nodes: Balance,
        relationships: Balance,
        found: _Found,
    ) -> Mapping[str, NodeRow]:
        """Take the archive's elements out of the target's; return by its key what may be a changed node."""
        unpaired: dict[str, NodeRow] = {}
        with closing(Fingerprints(forms)) as fingerprints:
            async for rows in reader.read_nodes(application, batch_size=self._batch_size):
                for row in nodes.take_out(rows, fingerprints.of_nodes(rows)):
                    key = forms.find(row[1], row[2])
                    if key is not None and len(unpaired) < PAIRED:
                        unpaired[_text(key)] = row
                    else:
                        found.add("nodes_added", _node(row))
                await self._advance()
            async for some in reader.read_relationships(application, batch_size=self._batch_size):
                for each in relationships.take_out(some, fingerprints.of_relationships(some)):
                    found.add("relationships_added", _relationship(each))
                await self._advance()
        return unpaired

    async def _find_removed(
        self,
        entry: CatalogueEntry,
        forms: KeyForms,
        nodes: Balance,
        relationships: Balance,
        found: _Found,
        unpaired: Mapping[str, NodeRow],
    ) -> None:
        """List what is left of the target's elements, by a second look at them."""
        left = dict(unpaired)
        with closing(Fingerprints(forms)) as fingerprints:
            index = OrdinalIndex()
            async for node_rows in self._node_batches(entry.label, index):
                for row in nodes.take_left(node_rows, fingerprints.of_nodes(node_rows)):
                    key = forms.find(row[1], row[2])
                    new = None if key is None else left.pop(_text(key), None)
                    if new is None:
                        found.add("nodes_removed", _node(row))
                    else:
                        found.add("nodes_changed", {"before": _node(row), "after": _node(new)})
            async for rows in self._relationship_batches(entry.label, index):
                for each in relationships.take_left(rows, fingerprints.of_relationships(rows)):
                    found.add("relationships_removed", _relationship(each))
        for row in left.values():
            found.add("nodes_added", _node(row))

    async def _node_batches(self, label: str, index: OrdinalIndex) -> AsyncIterator[Sequence[NodeRow]]:
        async with aclosing(self._source.read_nodes(label, batch_size=self._batch_size)) as batches:
            async for rows in batches:
                yield number_nodes(rows, index)
                await self._advance()

    async def _relationship_batches(self, label: str, index: OrdinalIndex) -> AsyncIterator[Sequence[RelationshipRow]]:
        async with aclosing(self._source.read_relationships(label, batch_size=self._batch_size)) as batches:
            async for rows in batches:
                yield number_ends(rows, index)
                await self._advance()

    async def _advance(self) -> None:
        await self._context.advance(self._context.lease.progress)


def _overview(application: ApplicationManifest, counts: GraphCounts, target: _Target) -> dict[str, Any]:
    return {
        "equal": target.digest == application.digest,
        "digest": {"archive": application.digest, "target": target.digest},
        "nodes": {"archive": application.nodes, "target": counts.nodes},
        "relationships": {"archive": application.relationships, "target": counts.relationships},
        "labels": _differing(application.labels, target.labels),
        "types": _differing(application.types, target.types),
    }


def _differing(archive: Mapping[str, int], target: Mapping[str, int]) -> Mapping[str, Any]:
    names: Iterable[str] = sorted({*archive, *target})
    both = {name: {"archive": archive.get(name, 0), "target": target.get(name, 0)} for name in names}
    return {name: each for name, each in both.items() if each["archive"] != each["target"]}


def _text(key: NodeKey) -> str:
    return repr((key.label, sorted(key.properties.items())))


def _node(row: NodeRow) -> Mapping[str, Any]:
    return {"labels": sorted(row[1]), "properties": _shown(row[2])}


def _relationship(row: RelationshipRow) -> Mapping[str, Any]:
    return {"type": row[3], "properties": _shown(row[4])}


def _shown(properties: Properties) -> Mapping[str, Any]:
    """Return typed values, long ones cut: a report is for people."""
    values = typed(properties)
    return {name: {**value, "text": value["text"][:200]} for name, value in sorted(values.items())}
