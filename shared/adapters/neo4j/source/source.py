"""Reads one Neo4j database."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Callable, Collection, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from typing import Any

from shared.adapters.neo4j.any_connection import AnyConnection
from shared.adapters.neo4j.connection import Row
from shared.adapters.neo4j.cypher.application import (
    ApplicationStatements,
    catalogue_inside,
    node_counts,
    relationship_counts,
)
from shared.adapters.neo4j.cypher.catalogue import (
    CATALOGUE_ENTRIES,
    CATALOGUE_NODES,
    DATABASE_ACCESS,
    DATABASE_ID,
    ENGINE_VERSION,
    LABELLED_ENTRIES,
    LABELS_IN_USE,
    LABELS_OF_ENTRIES,
    label_overlaps,
)
from shared.adapters.neo4j.cypher.names import is_quotable
from shared.adapters.neo4j.following import follow
from shared.adapters.neo4j.schema import read_key_forms, read_schema
from shared.adapters.neo4j.scopes import labels_if_in_use, scope_label
from shared.adapters.neo4j.source.application import ApplicationReader, take_scopes_off
from shared.adapters.neo4j.source.border import BorderReader
from shared.adapters.neo4j.source.shapes import make_node_shape, make_relationship_shape
from shared.catalogue import (
    DEFAULT_VERSION,
    CatalogueEntry,
    is_application_label,
    service_id_of,
    version_id_of,
    version_order,
)
from shared.damaged_entries import OWN_KEYS, DamagedEntry, damage_of
from shared.errors import UnknownApplicationError
from shared.graph import GraphCounts, GraphSample, GraphShapes, NodeRow, RelationshipRow, SchemaEntry
from shared.ports.graph_source import ClusterMember
from shared.references import Direction, ExternalReference

SPREAD = 2
"""How many times as many elements as a sample needs are drawn: the scan ends at about this part of all."""

DATABASE_ID_SECONDS = 60.0
"""How long it may go unnoticed that settings lead to another database meanwhile."""


class Neo4jSource:
    """A GraphSource over Bolt, by blocks of ids."""

    def __init__(
        self,
        connection: AnyConnection,
        *,
        reference_keys: Mapping[str, Sequence[str]] | None = None,
        sessions: int = 1,
        exports_from_replicas: bool = False,
    ) -> None:
        self.database = connection.name
        self._connection = connection
        self._reference_keys = reference_keys or {}
        self._sessions = sessions
        self._exports_from_replicas = exports_from_replicas
        self._database_id: str | None = None
        self._database_id_until = 0.0

    def for_job(self) -> Neo4jSource:
        """Give the same database for what one job reads."""
        connection = follow(self._connection, from_replicas=self._exports_from_replicas)
        if connection is self._connection:  # then what it remembers of the server is true for all jobs
            return self
        return Neo4jSource(
            connection,
            reference_keys=self._reference_keys,
            sessions=self._sessions,
            exports_from_replicas=self._exports_from_replicas,
        )

    async def list_applications(self) -> Sequence[CatalogueEntry]:
        """List the catalogue, sorted by name and version."""
        return await self._entries(None)

    async def list_damaged(self) -> Sequence[DamagedEntry]:
        """List what looks like an entry of the catalogue and cannot be one; it stands for no application."""
        return _list_damaged(await self._connection.run(CATALOGUE_NODES))

    async def read_catalogue(self) -> tuple[Sequence[CatalogueEntry], Sequence[DamagedEntry]]:
        """List both by one look at the catalogue."""
        rows = await self._connection.run(CATALOGUE_NODES)
        return await self._make_entries([properties for _, properties in rows]), _list_damaged(rows)

    async def get_application(self, name: str, version: str | None = None) -> CatalogueEntry:
        """Find an application by its catalogue node, else by its bare label. Raises: UnknownApplicationError."""
        entries = await self._entries(name)
        found = [each for each in entries if version in (None, each.version or DEFAULT_VERSION)]
        if found:
            return found[-1]
        if not entries and version in (None, DEFAULT_VERSION) and await self.find_bare_labels([name]):
            return self._uncatalogued(name)
        raise UnknownApplicationError(name, self.database)

    async def find_bare_labels(self, names: Collection[str]) -> Sequence[CatalogueEntry]:
        """Choose the names that are labels of nodes and neither name nor label of an entry of the catalogue, sorted."""
        in_use = await self._find_labels_in_use(names)
        entries = await self._entries(None) if in_use else []
        claimed = {each.name for each in entries} | {each.label for each in entries}
        return [self._uncatalogued(name) for name in sorted(set(in_use) - claimed)]

    async def overlaps(self, label: str, others: Collection[str]) -> bool:
        """Whether any node with the label has one of the others too, or is being imported."""
        return bool(await self._connection.run(label_overlaps(label), {"label": label, "others": list(others)}))

    async def engine_version(self) -> str:
        """Return the server's version, such as `2026.08.1`."""
        return str((await self._connection.run(ENGINE_VERSION))[0][0])

    async def read_database_id(self) -> str:
        """Return what the server itself tells the database by; an answer counts for a minute."""
        if self._database_id is None or time.monotonic() > self._database_id_until:
            self._database_id = str((await self._connection.run(DATABASE_ID))[0][0])
            self._database_id_until = time.monotonic() + DATABASE_ID_SECONDS
        return self._database_id

    async def list_members(self) -> Sequence[ClusterMember]:
        """Ask something, then look at the table by which that found its way."""
        await self._connection.run(ENGINE_VERSION)
        leaders, readers = self._connection.read_routing()
        exporting = readers if self._exports_from_replicas else leaders
        return [
            ClusterMember(address=each, leads=each in leaders, reads=each in readers, exports=each in exporting)
            for each in sorted({*leaders, *readers})
        ]

    async def find_write_refusal(self) -> str | None:
        """Ask the server what the database is open for."""
        rows = await self._connection.run(DATABASE_ACCESS, {"name": self._connection.database})
        if not rows or any((access, status) == ("read-write", "online") for access, status, _ in rows):
            return None
        return ", ".join(
            sorted({f"it is {status} for {access}{told and f': {told}'}" for access, status, told in rows})
        )

    async def count(self, label: str) -> GraphCounts:
        """Count the application's nodes and the relationships with both ends among them."""
        return await self._count(await self._statements(label), label)

    async def count_nodes(self, label: str) -> int:
        """Count the application's nodes, by the server's own counters."""
        return await self._number((await self._statements(label)).count_nodes, label)

    async def count_nodes_of_each(self, labels: Sequence[str]) -> Sequence[int]:
        """Count the nodes of several applications, by the server's own counters."""
        return await self._count_each(labels, node_counts, lambda each: each.count_nodes)

    async def count_relationships_of_each(self, labels: Sequence[str]) -> Sequence[int]:
        """Count likewise the relationships with both ends inside each."""
        return await self._count_each(labels, relationship_counts, lambda each: each.count_relationships)

    async def _count_each(
        self,
        labels: Sequence[str],
        count_all: Callable[[Sequence[ApplicationStatements]], str],
        count_one: Callable[[ApplicationStatements], str],
    ) -> Sequence[int]:
        """Count by one statement those whose labels can stand in it, and the rare others by one each."""
        ((inside,),) = await self._connection.run(LABELS_OF_ENTRIES, {"labels": list(labels)})
        statements = {each: ApplicationStatements(each, catalogue_inside=each in inside) for each in labels}
        quoted = [each for each in statements if is_quotable(each)]
        ((found,),) = (
            await self._connection.run(count_all([statements[each] for each in quoted])) if quoted else (([],),)
        )
        numbers = {each: int(number) for each, number in zip(quoted, found, strict=True)}
        for each in statements.keys() - numbers.keys():
            numbers[each] = await self._number(count_one(statements[each]), each)
        return [numbers[each] for each in labels]

    async def sample(self, label: str, *, limit: int) -> GraphSample:
        """Count the application, and read up to so many of its nodes and of its relationships, by chance."""
        statements = await self._statements(label)
        counts = await self._count(statements, label)
        nodes = await self._pick(statements.some_nodes, label, limit, of=counts.nodes)
        relationships = await self._pick(statements.some_relationships, label, limit, of=counts.relationships)
        nodes, relationships = [row for row in nodes if label in row[1]], [row for row in relationships if row[3]]
        take_scopes_off(nodes, label, await self._other_scopes(label))
        return GraphSample(counts=counts, nodes=nodes, relationships=relationships)

    async def read_shapes(self, label: str, *, limit: int) -> GraphShapes:
        """Count the application, and describe its elements from a random sample of at most `limit` of each kind."""
        statements = await self._statements(label)
        counts = await self._count(statements, label)
        nodes = await self._pick(statements.node_shapes, label, limit, of=counts.nodes)
        relationships = await self._pick(statements.relationship_shapes, label, limit, of=counts.relationships)
        scopes = await self._other_scopes(label) | {label}
        return GraphShapes(
            counts=counts,
            nodes=[make_node_shape(row, scopes) for row in nodes],
            relationships=[make_relationship_shape(row, scopes) for row in relationships],
        )

    async def _count(self, statements: ApplicationStatements, label: str) -> GraphCounts:
        rows = await self._connection.run(statements.counts, {"label": label})
        numbers = {what: int(number) for what, number in rows}
        return GraphCounts(nodes=numbers["nodes"], relationships=numbers["relationships"])

    async def _number(self, statement: str, label: str) -> int:
        ((number,),) = await self._connection.run(statement, {"label": label})
        return int(number)

    async def _pick(self, statement: str, label: str, limit: int, *, of: int) -> list[Any]:
        share = min(SPREAD * limit / max(of, 1), 1.0)
        return list(await self._connection.run(statement, {"label": label, "limit": limit, "share": share}))

    async def read_change_mark(self) -> str:
        """Return a text that is equal to an earlier one only if nothing was committed to the database in between."""
        return " ".join(sorted(await self._connection.read_bookmarks()))

    async def read_schema(self) -> Sequence[SchemaEntry]:
        """List the database's indexes and constraints by name; an index that a constraint owns is left out."""
        return await read_schema(self._connection)

    async def read_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[NodeRow], None]:
        """Stream the nodes in ascending id order, without their scope label; at most batch_size rows at a time."""
        reader = await self._reader(label, batch_size)
        async with aclosing(reader.read_nodes()) as batches:
            async for rows in batches:
                yield rows

    async def read_relationships(
        self, label: str, *, batch_size: int
    ) -> AsyncGenerator[Sequence[RelationshipRow], None]:
        """Stream the relationships with both ends in the application, by ascending start node, then id."""
        reader = await self._reader(label, batch_size)
        async with aclosing(reader.read_relationships()) as batches:
            async for rows in batches:
                yield rows

    async def _reader(self, label: str, batch_size: int) -> ApplicationReader:
        statements, others = await self._look_around(label)
        return ApplicationReader(
            connection=self._connection,
            statements=statements,
            label=label,
            others=frozenset(each.label for each in others),
            batch_size=batch_size,
            lanes=self._sessions,
        )

    async def read_shared_nodes(self, label: str, *, batch_size: int) -> AsyncGenerator[Sequence[int], None]:
        """Stream the ids, ascending, of the application's nodes that other applications carry too."""
        border = await self._border(label, batch_size)
        async with aclosing(border.read_shared_nodes()) as batches:
            async for ids in batches:
                yield ids

    async def read_references(
        self, label: str, *, inside: int, batch_size: int, hidden: Collection[CatalogueEntry] = ()
    ) -> AsyncGenerator[Sequence[ExternalReference], None]:
        """Stream the relationships between the application and other nodes; `inside` counts those within it."""
        labels = frozenset(each.label for each in hidden)
        names = frozenset(each.name for each in hidden)
        border = replace(await self._border(label, batch_size), hidden_labels=labels, hidden_names=names)
        forms = (await read_key_forms(self._connection, self._reference_keys)).without(labels)
        async with aclosing(border.read_references(forms, inside=inside)) as batches:
            async for references in batches:
                yield references

    async def list_neighbours(self, label: str, direction: Direction) -> Sequence[CatalogueEntry]:
        """List the other applications, by name and version, that references in this direction reach."""
        border = await self._border(label, batch_size=1)
        return await border.list_neighbours(direction)

    async def _other_scopes(self, label: str) -> frozenset[str]:
        return frozenset(each.label for each in await self._entries(None)) - {label}

    async def _border(self, label: str, batch_size: int) -> BorderReader:
        statements, others = await self._look_around(label)
        return BorderReader(
            connection=self._connection,
            statements=statements,
            label=label,
            others={each.label: each for each in others},
            batch_size=batch_size,
        )

    async def _look_around(self, label: str) -> tuple[ApplicationStatements, Sequence[CatalogueEntry]]:
        """Return what reads an application, and the entries of the others, with one question about the catalogue."""
        rows = await self._connection.run(LABELLED_ENTRIES)
        is_inside = any(label in labels for _, labels in rows)
        entries = await self._make_entries([properties for properties, _ in rows])
        others = [each for each in entries if each.label != label]
        return ApplicationStatements(label, catalogue_inside=is_inside), others

    async def _statements(self, label: str) -> ApplicationStatements:
        inside = await self._connection.run(catalogue_inside(label), {"label": label})
        return ApplicationStatements(label, catalogue_inside=bool(inside))

    async def _find_labels_in_use(self, labels: Collection[str]) -> Collection[str]:
        """Choose those that nodes carry, with one question for all."""
        asked = [label for label in labels if is_application_label(label)]
        ((found,),) = await self._connection.run(LABELS_IN_USE, {"labels": asked}) if asked else (([],),)
        return set(found)

    async def _entries(self, name: str | None) -> list[CatalogueEntry]:
        rows = await self._connection.run(CATALOGUE_ENTRIES, {"name": name})
        return await self._make_entries([properties for (properties,) in rows])

    async def _make_entries(self, found: Sequence[Mapping[str, Any]]) -> list[CatalogueEntry]:
        sound = [each for each in found if damage_of(each) is None]
        in_use = await self._find_labels_in_use([label for each in sound for label in labels_if_in_use(each)])
        entries = [self._entry(each, in_use) for each in sound]
        return sorted(entries, key=lambda each: (each.name, version_order(each.version)))

    def _entry(self, properties: Mapping[str, Any], in_use: Collection[str]) -> CatalogueEntry:
        name, version = properties["Name"], properties.get("Version")
        return CatalogueEntry(
            database=self.database,
            name=name,
            label=scope_label(properties, in_use),
            version=version,
            kind=properties.get("Kind") or "APPLICATION",
            service_id=properties.get("ServiceId") or service_id_of(self.database, name),
            version_id=properties.get("VersionId") or version_id_of(self.database, name, version),
            properties={key: value for key, value in properties.items() if key not in OWN_KEYS},
        )

    def _uncatalogued(self, label: str) -> CatalogueEntry:
        return CatalogueEntry(
            database=self.database,
            name=label,
            label=label,
            service_id=service_id_of(self.database, label),
            version_id=version_id_of(self.database, label, None),
            catalogued=False,
        )


def _list_damaged(rows: Sequence[Row]) -> Sequence[DamagedEntry]:
    return [
        DamagedEntry(id=node, name=name if isinstance(name := entry["Name"], str) else None, reason=reason)
        for node, entry in rows
        if (reason := damage_of(entry)) is not None
    ]
