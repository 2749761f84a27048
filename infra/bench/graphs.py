"""The graphs that are measured, the same in every run."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

from infra.sample.graph import SampleGraph
from infra.sample.reading import read_sample

Node = tuple[tuple[str, ...], Mapping[str, Any]]
"""Labels, properties."""

Relationship = tuple[str, int, int, Mapping[str, Any]]
"""Type, places of start and end among the nodes, properties."""

_RELATIONSHIPS_PER_NODE = 3

_STEEPNESS = 3
"""An end is drawn as N · u³: one node in a thousand takes a tenth of the ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BenchGraph:
    """An application that is made while it is loaded, so that its size is not limited by memory."""

    name: str
    """Its scope label too."""
    nodes: Callable[[], Iterator[Node]]
    relationships: Callable[[], Iterator[Relationship]]
    rows: int = 10_000
    """Elements a transaction while it is loaded."""


def power_law(elements: int, name: str = "Power") -> BenchGraph:
    """Make a quarter nodes with 9 properties, three quarters relationships with 2, few nodes having most of them."""
    count = elements // (1 + _RELATIONSHIPS_PER_NODE)
    return BenchGraph(
        name=name,
        nodes=lambda: map(_code_like_node, range(count)),
        relationships=lambda: _power_law_relationships(count),
    )


def _code_like_node(number: int) -> Node:
    package = f"com.example.area{number % 97}.module{number % 977}"
    return ("Object", "Method" if number % 3 else "Class"), {
        "AipId": number,
        "Name": f"element{number}",
        "FullName": f"{package}.Class{number % 5003}.element{number}",
        "File": f"/src/{package.replace('.', '/')}/Class{number % 5003}.java",
        "Type": "Java Method" if number % 3 else "Java Class",
        "Line": number % 4999,
        "Complexity": (number % 1009) / 8,
        "External": number % 11 == 0,
        "Checksum": f"{number * 2_654_435_761 % 2**64:016x}",
    }


def _power_law_relationships(count: int) -> Iterator[Relationship]:
    draw = random.Random(count).random
    for number in range(count * _RELATIONSHIPS_PER_NODE):
        end = int(count * draw() ** _STEEPNESS)
        kind = "CALLS" if number % 4 else "USES"
        yield kind, number // _RELATIONSHIPS_PER_NODE, end, {"line": number % 4999, "weight": (number % 13) / 4}


_PADDING = 3
"""Nodes of padding after each node of a padded graph."""


def padded(elements: int) -> BenchGraph:
    """Make a power-law graph with nodes and relationships in between that will be deleted."""
    graph = power_law(elements, "Scattered")
    return BenchGraph(name=graph.name, nodes=lambda: _pad_nodes(graph), relationships=lambda: _pad_relationships(graph))


def _pad_nodes(graph: BenchGraph) -> Iterator[Node]:
    for node in graph.nodes():
        yield node
        for _ in range(_PADDING):
            yield ("Padding",), {}


def _pad_relationships(graph: BenchGraph) -> Iterator[Relationship]:
    step = 1 + _PADDING
    for kind, start, end, properties in graph.relationships():
        yield kind, start * step, end * step, properties
        yield "PADDING", start * step, end * step, {}


def hub(elements: int) -> BenchGraph:
    """Make five in six elements relationships of one single node."""
    count = elements // 6
    return BenchGraph(
        name="Hub",
        nodes=lambda: map(_code_like_node, range(count)),
        relationships=lambda: (("CALLS", 0, number % count, {"line": number}) for number in range(elements - count)),
    )


def code(elements: int) -> BenchGraph:
    """Make the sample application, whole, as many times as come nearest to the number of elements."""
    sample = _read_sample()
    copies = max(1, round(elements / (len(sample.nodes) + len(sample.relationships))))
    return BenchGraph(
        name="Code",
        nodes=lambda: ((node.labels, node.properties) for _ in range(copies) for node in sample.nodes),
        relationships=lambda: (
            (each.type, each.start + shift, each.end + shift, each.properties)
            for shift in range(0, copies * len(sample.nodes), len(sample.nodes))
            for each in sample.relationships
        ),
    )


@cache
def _read_sample() -> SampleGraph:
    return read_sample()


_HEAVY_BYTES = 15_000_000


def heavy(nodes: int) -> BenchGraph:
    """Make nodes whose single value is nearly as long as archives take."""
    return BenchGraph(
        name="Heavy", nodes=lambda: map(_heavy_node, range(nodes)), relationships=lambda: iter(()), rows=1
    )


def _heavy_node(number: int) -> Node:
    half = random.Random(number).randbytes(_HEAVY_BYTES // 4).hex()
    return ("File",), {"number": number, "text": half + half}


_KINDS = 40
"""Label sets of the wide graph."""

_KEYS = 200
"""Property keys of the wide graph."""

_LONG_TEXT = 4000
"""Characters of its long strings, which every tenth node has."""


def wide(elements: int) -> BenchGraph:
    """Make labels and keys vary, with long strings, markup to be escaped, characters of many scripts, and lists."""
    count = elements // 2
    return BenchGraph(
        name="Wide",
        nodes=lambda: map(_wide_node, range(count)),
        relationships=lambda: map(_wide_relationship, range(count), [count] * count),
    )


def _wide_node(number: int) -> Node:
    kind = number % _KINDS
    properties: dict[str, Any] = {
        f"key{(number * 7 + place * 31) % _KEYS}": _wide_value(number, place) for place in range(1 + number % 12)
    }
    if number % 10 == 0:
        properties["source"] = ("if (a < b && c > d) { “ünïcödé” 日本語 }\n" * 100)[:_LONG_TEXT]
    return tuple(f"Kind {each}" for each in range(kind, kind + 1 + number % 3)), properties


def _wide_value(number: int, place: int) -> Any:
    match (number + place) % 6:
        case 0:
            return number * 1_000_003
        case 1:
            return number / 7
        case 2:
            return [f"item {each}" for each in range(number % 5 + 1)]
        case 3:
            return [number, number + 1, -number]
        case 4:
            return number % 2 == 0
        case _:
            return f"<b>{number}</b> & more"


def _wide_relationship(number: int, count: int) -> Relationship:
    return f"REL {number % 25}", number, number * 7919 % count, {f"p{number % 17}": _wide_value(number, 3)}
