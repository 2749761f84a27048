"""A GraphSource over a database in memory."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Collection, Mapping, Sequence
from dataclasses import replace

from shared.catalogue import (
    DEFAULT_VERSION,
    CatalogueEntry,
    is_application_label,
    service_id_of,
    version_id_of,
    version_order,
)
from shared.damaged_entries import DamagedEntry, damage_of
from shared.errors import UnknownApplicationError
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
from shared.ports.graph_source import ClusterMember
from shared.references import Direction, ExternalReference, hidden_reference
from tests.support.memory.graph.data import MemoryDatabase, MemoryNode, MemoryRelationship

_TYPE_NAMES = {bool: "BOOLEAN", int: "INTEGER", float: "FLOAT", str: "STRING"}


def types_of(properties: Properties) -> dict[str, str]:
    """Name the types of values as the server does."""
    return {key: _type_of(value) for key, value in properties.items()}


def _type_of(value: PropertyValue) -> str:
    if isinstance(value, list):
        return f"LIST<{_type_of(value[0]) if value else 'NOTHING'}>"
    return _TYPE_NAMES.get(type(value), "ANY")


class MemorySource:
    """A GraphSource over a MemoryDatabase."""

    def __init__(self, data: MemoryDatabase, *, name: str | None = None) -> None:
        self.database = name or data.name
        self._data = data

    def for_job(self) -> MemorySource:
        return self

    async def list_applications(self) -> Sequence[CatalogueEntry]:
        nodes = (node for node in self._data.nodes.values() if self._data.is_catalogue(node))
        entries = [self._entry(node) for node in nodes if damage_of(node.properties) is None]
        return sorted(entries, key=lambda each: (each.name, version_order(each.version)))

    async def list_damaged(self) -> Sequence[DamagedEntry]:
        found = []
        for key, node in self._data.nodes.items():
            name = node.properties.get("Name")
            if self._data.is_catalogue(node) and (reason := damage_of(node.properties)) is not None:
                found.append(DamagedEntry(id=str(key), name=name if isinstance(name, str) else None, reason=reason))
        return found

    async def read_catalogue(self) -> tuple[Sequence[CatalogueEntry], Sequence[DamagedEntry]]:
        return await self.list_applications(), await self.list_damaged()

    async def get_application(self, name: str, version: str | None = None) -> CatalogueEntry:
        entries = [each for each in await self.list_applications() if each.name == name]
        found = [each for each in entries if version in (None, each.version or DEFAULT_VERSION)]
        if found:
            return found[-1]
        is_bare = not entries and is_application_label(name) and bool(self._data.content(name))
        is_bare = is_bare and name not in self._data.claimed()
        if is_bare and version in (None, DEFAULT_VERSION):
            return self._make(name, name, None, {}, catalogued=False)
        raise UnknownApplicationError(name, self.database)

    async def find_bare_labels(self, names: Collection[str]) -> Sequence[CatalogueEntry]:
        entries = await self.list_applications()
        claimed = {each.name for each in entries} | {each.label for each in entries}
        labels = (each for each in sorted(set(names) - claimed) if is_application_label(each))
        return [self._make(each, each, None, {}, catalogued=False) for each in labels if self._data.content(each)]

    async def overlaps(self, label: str, others: Collection[str]) -> bool:
        return any(self._data.nodes[each].labels & set(others) for each in self._data.content(label))

    async def engine_version(self) -> str:
        return "memory"

    async def read_database_id(self) -> str:
        return f"memory/{self._data.name}"

    async def find_write_refusal(self) -> str | None:
        return None

    async def list_members(self) -> Sequence[ClusterMember]:
        return ()

    async def count(self, label: str) -> GraphCounts:
        inside = set(self._data.content(label))
        relationships = [each for each in self._data.relationships.values() if {each.start, each.end} <= inside]
        return GraphCounts(nodes=len(inside), relationships=len(relationships))

    async def count_nodes(self, label: str) -> int:
        return len(self._data.content(label))

    async def count_nodes_of_each(self, labels: Sequence[str]) -> Sequence[int]:
        return [(await self.count(each)).nodes for each in labels]

    async def count_relationships_of_each(self, labels: Sequence[str]) -> Sequence[int]:
        return [(await self.count(each)).relationships for each in labels]

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
        self, label: str, *, inside: int, batch_size: int, hidden: Collection[CatalogueEntry] = ()
    ) -> AsyncGenerator[Sequence[ExternalReference], None]:
        content = set(self._data.content(label))
        others = {each.label: each for each in await self.list_applications() if each.label != label}
        found = [
            self._reference(direction, near, far, each, others, hidden)
            for direction in Direction
            for each in self._data.relationships.values()
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
        hidden: Collection[CatalogueEntry],
    ) -> ExternalReference:
        node, labels = self._data.nodes[far], {each.label for each in hidden}
        is_entry = self._data.is_catalogue(node)
        carried = [] if is_entry else [each for label, each in others.items() if label in node.labels]
        entry = next((each for each in carried if each.label not in labels), None)
        if (carried and entry is None) or (is_entry and node.properties["Name"] in {each.name for each in hidden}):
            return hidden_reference(near, direction, far)
        return ExternalReference(
            node=near,
            direction=direction,
            type=relationship.type,
            properties=dict(relationship.properties),
            application=None if entry is None else entry.name,
            version=None if entry is None else entry.version,
            key=None if is_entry else self._data.forms.without(labels).find(sorted(node.labels), node.properties),
            far=far,
        )

    def _entry(self, node: MemoryNode) -> CatalogueEntry:
        own = {"Name", "Label", "Version", "Kind", "ServiceId", "VersionId"}
        name, version = str(node.properties["Name"]), node.properties.get("Version")
        rest = {key: value for key, value in node.properties.items() if key not in own}
        kind = str(node.properties.get("Kind", "APPLICATION"))
        made = self._make(
            name, self._data.label_of(node), None if version is None else str(version), rest, catalogued=True
        )
        service_id = str(node.properties.get("ServiceId", made.service_id))
        version_id = str(node.properties.get("VersionId", made.version_id))
        return replace(made, kind=kind, service_id=service_id, version_id=version_id)

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
