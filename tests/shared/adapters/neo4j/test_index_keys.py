"""What we say of the longest values of indexes is what servers take: one byte, or one element, more is refused."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from shared.adapters.neo4j.connection import Connection, open_connection
from shared.adapters.neo4j.schema import read_limiting_indexes
from shared.adapters.neo4j.server_errors import RefusedDataError
from shared.graph import (
    Date,
    Duration,
    LocalDateTime,
    LocalTime,
    OffsetDateTime,
    Point,
    PropertyValue,
    Scalar,
    Time,
    ZonedDateTime,
)
from shared.index_keys import FULLTEXT, RANGE, TEXT, Index
from shared.settings.databases import DatabaseSettings
from tests.support.stacks.engines import wipe_database

POINT, POINT_3D = Point(7203, (1.0, 2.0)), Point(9157, (1.0, 2.0, 3.0))
DATE, TIME, DURATION = Date(1), Time(1, 60), Duration(1, 1, 1, 1)
ZONED = ZonedDateTime(1, 1, "Europe/Berlin")


@dataclass(frozen=True, kw_only=True)
class Case:
    """An index, and what is the longest that it takes: `make` gives values of any length."""

    most: int
    make: Callable[[int], PropertyValue]
    more: Mapping[str, PropertyValue]
    """Other properties of the key."""
    type: str = RANGE
    options: str = ""


def case(most: int, make: Callable[[int], PropertyValue], *more: PropertyValue, **rest: Any) -> Case:
    return Case(most=most, make=make, more={f"y{at}": each for at, each in enumerate(more)}, **rest)


def text(character: str) -> Callable[[int], PropertyValue]:
    return lambda count: character * count


def many(element: Scalar) -> Callable[[int], PropertyValue]:
    return lambda count: [element] * count


ANALYZER = "OPTIONS {indexConfig: {`fulltext.analyzer`: '%s'}}"

ON_BOTH_LINES = [
    case(8164, text("a")),
    case(2041, text("😀")),
    case(680, many("ten charac")),
    case(340, many(POINT_3D)),
    case(8144, text("a"), POINT),
    case(2719, text("a"), "b" * 2719, "c" * 2720),
    case(16_383, text("é"), type=TEXT),
]
CASES = [
    *ON_BOTH_LINES,
    case(4082, text("é")),
    case(2721, text("€")),
    case(8162, lambda count: ["a" * count]),
    case(4082, many("")),
    case(1020, many(1)),
    case(1020, many(1.5)),
    case(8164, many(True)),
    case(8163, lambda count: b"a" * count),
    case(1020, many(DATE)),
    case(1020, many(LocalTime(1))),
    case(680, many(TIME)),
    case(680, many(LocalDateTime(1, 1))),
    case(510, many(OffsetDateTime(1, 1, 60))),
    case(510, many(ZONED)),
    case(291, many(DURATION)),
    case(510, many(POINT)),
    case(8160, text("a"), "b"),
    case(8154, text("a"), 1),
    case(8162, text("a"), True),
    case(8155, text("a"), DATE),
    case(8151, text("a"), TIME),
    case(8147, text("a"), ZONED),
    case(8135, text("a"), DURATION),
    case(8136, text("a"), POINT_3D),
    case(8080, text("a"), [1] * 10),
    case(7998, text("a"), [POINT] * 10),
    case(32_766, text("a"), type=TEXT),
    case(32_766, text("a"), type=TEXT, options="OPTIONS {indexProvider: 'text-1.0'}"),
]
NEVER_BEYOND = [
    case(32_766, text("a"), type=FULLTEXT, options=ANALYZER % "keyword"),
    case(32_766, lambda count: ["a" * count, "b" * 32_766], type=FULLTEXT, options=ANALYZER % "keyword"),
    case(32_766, lambda count: f"{'a' * count} {'b' * 32_766}", type=FULLTEXT, options=ANALYZER % "thai"),
]
"""One byte more stops the database of a server."""


async def make_indexes(connection: Connection, cases: Sequence[Case]) -> list[Index]:
    """Make them all, each on a label of its own."""
    for number, each in enumerate(cases):
        keys = ", ".join(f"n.{name}" for name in ("x", *each.more))
        on = f"EACH [{keys}]" if each.type == FULLTEXT else f"({keys})"
        kind = "" if each.type == RANGE else each.type
        await connection.run(f"CREATE {kind} INDEX i{number} FOR (n:T{number}) ON {on} {each.options}")
    await connection.run("CALL db.awaitIndexes(60)")
    found = {index.name: index for index in await read_limiting_indexes(connection)}
    return [found[f"i{number}"] for number in range(len(cases))]


async def is_taken(connection: Connection, label: str, properties: Mapping[str, PropertyValue]) -> bool:
    try:
        async with connection.transaction({}) as transaction:
            await transaction.run(
                "CREATE (n:$($label)) SET n = $properties", {"label": label, "properties": properties}
            )
            return True
    except RefusedDataError:
        return False


async def require_same_limits(settings: DatabaseSettings, cases: Sequence[Case], *, beyond: bool = True) -> None:
    """Ask the server and us for what is as long as may be, and for what is longer."""
    wipe_database(settings)
    async with open_connection("graph", settings) as connection:
        for number, (each, index) in enumerate(zip(cases, await make_indexes(connection, cases), strict=True)):
            for count in (each.most, each.most + 1):
                properties = {"x": each.make(count), **each.more}
                fits = count == each.most
                assert (index.find_excess([f"T{number}"], properties) is None) == fits, each
                if fits or beyond:
                    assert await is_taken(connection, f"T{number}", properties) == fits, each


async def test_servers_take_what_we_say_that_they_take(neo4j_2026: DatabaseSettings) -> None:
    await require_same_limits(neo4j_2026, CASES)
    await require_same_limits(neo4j_2026, NEVER_BEYOND, beyond=False)


async def test_the_long_term_line_has_the_same_limits(neo4j_526: DatabaseSettings) -> None:
    await require_same_limits(neo4j_526, ON_BOTH_LINES)


async def test_only_indexes_that_can_refuse_a_value_are_read(neo4j_2026: DatabaseSettings) -> None:
    wipe_database(neo4j_2026)
    async with open_connection("graph", neo4j_2026) as connection:
        for statement in (
            "CREATE POINT INDEX at FOR (n:A) ON (n.at)",
            "CREATE FULLTEXT INDEX words FOR (n:A) ON EACH [n.words]",
            "CREATE FULLTEXT INDEX whole FOR (n:A|B) ON EACH [n.x, n.y] " + ANALYZER % "keyword",
            "CREATE CONSTRAINT once FOR (n:A) REQUIRE (n.x, n.y) IS UNIQUE",
            "CREATE INDEX kinds FOR ()-[r:R]-() ON (r.x)",
        ):
            await connection.run(statement)
        await connection.run("CALL db.awaitIndexes(60)")
        found = [each for each in await read_limiting_indexes(connection) if not each.name.startswith("_ferry")]
    assert found == [
        Index(name="kinds", type=RANGE, entity="RELATIONSHIP", labels_or_types=("R",), properties=("x",)),
        Index(name="once", type=RANGE, entity="NODE", labels_or_types=("A",), properties=("x", "y")),
        Index(
            name="whole",
            type=FULLTEXT,
            entity="NODE",
            labels_or_types=("A", "B"),
            properties=("x", "y"),
            analyzer="keyword",
        ),
    ]
