"""An independent judge of a move: compares two applications by plain Cypher, with no code of the product.

Every property is compared by its Cypher type and text. Nodes are told apart by what surrounds them, in several rounds,
so that a relationship moved between nodes of equal content is seen too.
"""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from dataclasses import dataclass
from typing import Any

from neo4j import Driver, GraphDatabase

ROUNDS = 4

_TEXT = """[k IN keys({0}) | [k, valueType({0}[k]), CASE
  WHEN valueType({0}[k]) STARTS WITH 'LIST<INTEGER' OR valueType({0}[k]) STARTS WITH 'LIST<NOTHING' THEN {0}[k]
  WHEN valueType({0}[k]) STARTS WITH 'LIST' THEN [x IN {0}[k] | toString(x)]
  ELSE toString({0}[k]) END]]"""

_NODES = f"""
MATCH (n:$($label)) WHERE NOT (n:Application AND n.Name IS NOT NULL)
RETURN elementId(n), [l IN labels(n) WHERE l <> $label], {_TEXT.format("n")}
"""
_RELATIONSHIPS = f"""
MATCH (n:$($label))-[r]->(m:$($label))
WHERE NOT (n:Application AND n.Name IS NOT NULL) AND NOT (m:Application AND m.Name IS NOT NULL)
RETURN elementId(n), elementId(m), type(r), {_TEXT.format("r")}
"""


@dataclass(frozen=True)
class Place:
    """An application somewhere: where to connect, and its scope label."""

    uri: str
    user: str
    password: str
    label: str
    database: str = "neo4j"


@dataclass(frozen=True)
class Content:
    """What an application holds, free of ids."""

    nodes: Counter[str]
    relationships: Counter[str]


def compare(left: Place, right: Place) -> list[str]:
    """Return the differences, in words; empty when both applications are equal."""
    one, other = read_content(left), read_content(right)
    return [
        *_differences("nodes", one.nodes, other.nodes),
        *_differences("relationships", one.relationships, other.relationships),
    ]


def _differences(what: str, left: Counter[str], right: Counter[str]) -> list[str]:
    found = []
    if left.total() != right.total():
        found.append(f"{left.total()} {what} became {right.total()}")
    if missing := (left - right).total():
        found.append(f"{missing} {what} have no equal on the right")
    if added := (right - left).total():
        found.append(f"{added} {what} have no equal on the left")
    return found


def read_content(place: Place) -> Content:
    """Read an application and give each element a fingerprint of itself and its surroundings."""
    with GraphDatabase.driver(place.uri, auth=(place.user, place.password), notifications_min_severity="OFF") as driver:
        nodes = {row[0]: _hash(sorted(row[1]), _sorted(row[2])) for row in _rows(driver, place, _NODES)}
        edges = [(row[0], row[1], _hash(row[2], _sorted(row[3]))) for row in _rows(driver, place, _RELATIONSHIPS)]
    for _ in range(ROUNDS):
        around: defaultdict[str, list[str]] = defaultdict(list)
        for start, end, content in edges:
            around[start].append(_hash("out", content, nodes[end]))
            around[end].append(_hash("in", content, nodes[start]))
        nodes = {key: _hash(own, sorted(around[key])) for key, own in nodes.items()}
    return Content(
        nodes=Counter(nodes.values()),
        relationships=Counter(_hash(content, nodes[start], nodes[end]) for start, end, content in edges),
    )


def _rows(driver: Driver, place: Place, statement: str) -> list[list[Any]]:
    with driver.session(database=place.database) as session:
        return [list(record.values()) for record in session.run(statement, label=place.label)]


def _sorted(properties: list[list[Any]]) -> list[Any]:
    return sorted((key, kind, repr(text)) for key, kind, text in properties)


def _hash(*parts: object) -> str:
    return hashlib.blake2b(repr(parts).encode("utf-8", "backslashreplace"), digest_size=12).hexdigest()
