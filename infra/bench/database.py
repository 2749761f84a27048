"""An embedded database that the bench fills, empties and asks."""

from __future__ import annotations

import time
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from typing import Any, Self, TypeVar

from neo4j import Driver, GraphDatabase, NotificationMinimumSeverity, Query
from neo4j.exceptions import DriverError, Neo4jError, TransientError

from infra.bench import statements
from infra.bench.graphs import BenchGraph
from infra.engines.neo4j import Neo4jServer
from infra.engines.process import EngineError

_TRIES = 5
_PAUSE_SECONDS = 0.5
_ROWS = 20_000
"""Deleted by one transaction."""
_FEWER = 100
"""By this they are divided where they are too much: a few long values fill a server's memory."""

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchDatabase:
    """A connection that belongs to the bench alone; no time-out ends what it runs."""

    server: Neo4jServer
    driver: Driver

    @classmethod
    @contextmanager
    def connect(cls, server: Neo4jServer) -> Iterator[Self]:
        """Connect to a server that is started."""
        auth = (server.settings.user, server.settings.password.get_secret_value())
        silent = NotificationMinimumSeverity.OFF  # `id()` is deprecated, which is no news
        with GraphDatabase.driver(server.settings.uri, auth=auth, notifications_min_severity=silent) as driver:
            yield cls(server=server, driver=driver)

    def run(self, statement: str, **parameters: Any) -> list[list[Any]]:
        """Run a statement of its own transaction. Raises: EngineError."""
        query = Query(statement, timeout=0)
        try:
            with self.driver.session(database=self.server.settings.database) as session:
                return session.run(query, parameters).values()
        except (DriverError, Neo4jError) as error:
            raise EngineError(f"{self.server.name} could not run {statement.strip()[:60]!r}: {error}") from error

    def _run_again(self, statement: str) -> None:
        """Run a statement; when it meets another's lock or is too much at once, again, for fewer of its $rows.

        Raises: EngineError when that is not enough.
        """
        rows = _ROWS
        for left in reversed(range(_TRIES)):
            try:
                self.run(statement, rows=rows)
                return
            except EngineError as error:
                if not (left and isinstance(error.__cause__, TransientError)):
                    raise
                rows = max(1, rows // _FEWER)
                time.sleep(_PAUSE_SECONDS)

    def count(self) -> tuple[int, int]:
        """Return the numbers of nodes, without the catalogue's, and of relationships."""
        nodes, relationships = statements.COUNT_NODES, statements.COUNT_RELATIONSHIPS
        return self.run(nodes)[0][0], self.run(relationships)[0][0]

    def empty(self) -> None:
        """Delete everything, together with a worker that still drops the journal of its last import."""
        for statement in (statements.DELETE_RELATIONSHIPS, statements.DELETE_NODES):
            self._run_again(statement)

    def remove(self, application: str) -> None:
        """Delete one application, and its entry in the catalogue."""
        for statement in (statements.DELETE_RELATIONSHIPS_OF, statements.DELETE_NODES_OF):
            self._run_again(statement.format(label=application))
        self.run(statements.DELETE_CATALOGUE_ENTRY, name=application)

    def scatter(self) -> None:
        """Delete the padding of a padded graph, so that gaps stay between the ids."""
        self.run(statements.DELETE_PADDING_RELATIONSHIPS)
        self.run(statements.DELETE_PADDING_NODES)

    def load(self, graph: BenchGraph) -> None:
        """Create an application beside what is there."""
        self.run(statements.CREATE_CATALOGUE_ENTRY, name=graph.name)
        identities = self._create_nodes(graph)
        self._create_relationships(graph, identities)

    def _create_nodes(self, graph: BenchGraph) -> Sequence[int]:
        identities: list[int] = []
        for batch in _batches(graph.nodes(), graph.rows):
            places = defaultdict(list)
            for place, (labels, _) in enumerate(batch):
                places[labels].append(place)
            made = [0] * len(batch)
            for labels, group in places.items():
                text = statements.CREATE_NODES.format(labels="`:`".join((graph.name, *labels)))
                for place, identity in zip(group, self.run(text, rows=[batch[i][1] for i in group])[0][0], strict=True):
                    made[place] = identity
            identities += made
        return identities

    def _create_relationships(self, graph: BenchGraph, identities: Sequence[int]) -> None:
        for batch in _batches(graph.relationships(), graph.rows):
            rows: Mapping[str, list[Any]] = defaultdict(list)
            for kind, start, end, properties in batch:
                rows[kind].append((identities[start], identities[end], properties))
            for kind, group in rows.items():
                self.run(statements.CREATE_RELATIONSHIPS.format(type=kind), rows=group)


def _batches(rows: Iterable[Row], size: int) -> Iterator[list[Row]]:
    remaining = iter(rows)
    while batch := list(islice(remaining, size)):
        yield batch
