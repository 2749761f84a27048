"""What is written first with the driver: a record for each element, a statement for each batch."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any, BinaryIO

import orjson
from neo4j import AsyncGraphDatabase, NotificationMinimumSeverity
from neo4j.exceptions import DriverError, Neo4jError
from neo4j.graph import Node, Relationship

from infra.bench import statements
from infra.bench.database import BenchDatabase
from infra.engines.process import EngineError

_ROWS = 1000
"""A batch of the size that most examples have."""


def export_by_sync_loop(database: BenchDatabase, application: str, file: Path) -> float:
    """Write a line of JSON for each element; return the seconds. Raises: EngineError."""
    began = time.perf_counter()
    try:
        with file.open("wb") as output, database.driver.session(database=database.server.settings.database) as session:
            for statement in _reading(application):
                for record in session.run(statement):
                    _write(output, record[0])
    except (DriverError, Neo4jError) as error:
        raise EngineError(f"The loop over records failed: {error}") from error
    return time.perf_counter() - began


def export_by_async_loop(database: BenchDatabase, application: str, file: Path) -> float:
    """Do the same with the asynchronous driver, in an event loop that does nothing else. Raises: EngineError."""
    return asyncio.run(_export(database, application, file))


async def _export(database: BenchDatabase, application: str, file: Path) -> float:
    settings = database.server.settings
    auth = (settings.user, settings.password.get_secret_value())
    began = time.perf_counter()
    try:
        async with AsyncGraphDatabase.driver(
            settings.uri, auth=auth, notifications_min_severity=NotificationMinimumSeverity.OFF
        ) as driver:
            with file.open("wb") as output:
                async with driver.session(database=settings.database) as session:
                    for statement in _reading(application):
                        async for record in await session.run(statement):
                            _write(output, record[0])
    except (DriverError, Neo4jError) as error:
        raise EngineError(f"The loop over records failed: {error}") from error
    return time.perf_counter() - began


def _reading(application: str) -> tuple[str, str]:
    return (
        statements.EACH_NODE.format(label=application),
        statements.EACH_RELATIONSHIP.format(label=application),
    )


def _write(output: BinaryIO, element: Node | Relationship) -> None:
    row: dict[str, Any] = {"id": element.element_id, "properties": dict(element)}
    match element:
        case Node():
            row["labels"] = list(element.labels)
        case Relationship():
            row |= {"type": element.type, "start": _id_of(element.start_node), "end": _id_of(element.end_node)}
    output.write(orjson.dumps(row, default=str) + b"\n")


def _id_of(node: Node | None) -> str | None:
    return None if node is None else node.element_id


def import_by_loop(database: BenchDatabase, file: Path) -> float:
    """Merge what such a loop wrote, by a unique key that stays behind; return the seconds. Raises: EngineError."""
    began = time.perf_counter()
    database.run(statements.CREATE_LOOP_KEY)
    with file.open("rb") as lines:
        for batch in _batches(lines):
            for statement, rows in _group(batch).items():
                database.run(statement, rows=rows)
    return time.perf_counter() - began


def forget_loop_key(database: BenchDatabase) -> None:
    """Drop the constraint that the import made."""
    database.run(statements.DROP_LOOP_KEY)


def _batches(lines: BinaryIO) -> Iterator[list[dict[str, Any]]]:
    while batch := [orjson.loads(line) for line in islice(lines, _ROWS)]:
        yield batch


def _group(batch: list[dict[str, Any]]) -> dict[str, list[dict[str, Any]]]:
    rows: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for row in batch:
        if "labels" in row:
            rows[statements.MERGE_LOOP_NODES.format(labels="`:`".join(row["labels"]))].append(row)
        else:
            rows[statements.CREATE_LOOP_RELATIONSHIPS.format(type=row["type"])].append(row)
    return rows
