"""Tests of reading source code into a graph."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from infra.sample.graph import SampleGraph
from infra.sample.reading import read_sample

_SHOP = '''
"""A shop."""
from .prices import price as lookup
import json

class Basket(dict, json.JSONDecoder):
    """What is bought."""

    @property
    async def total(self, *items, rate: float = 0.2, **rest) -> int:
        self.add(1)
        self.add(2)
        return lookup(items) + json.loads("1")

    def add(self, item=None, label="é", limit=99999999999999999999, mask=b"\\x00", /): ...

def outer():
    def inner(): pass
    inner()
    return Basket()
'''

_PRICES = "def price(of): return len(of)\n"


@pytest.fixture
def library(tmp_path: Path) -> Path:
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "__init__.py").write_text(_SHOP)
    (tmp_path / "shop" / "prices.py").write_text(_PRICES)
    (tmp_path / "shop" / "broken.py").write_text("print 'no more'")
    (tmp_path / "test").mkdir()
    (tmp_path / "test" / "test_shop.py").write_text("x = 1")
    return tmp_path


def _edges(graph: SampleGraph, kind: str) -> Counter[tuple[str, str]]:
    def name(position: int) -> str:
        properties = graph.nodes[position].properties
        return str(properties.get("qualified_name", properties.get("name", properties.get("version"))))

    return Counter((name(each.start), name(each.end)) for each in graph.relationships if each.type == kind)


def test_definitions_are_contained(library: Path) -> None:
    graph = read_sample(library)
    assert {pair for pair in _edges(graph, "CONTAINS") if pair[0].startswith("shop")} == {
        ("shop", "shop.Basket"),
        ("shop.Basket", "shop.Basket.total"),
        ("shop.Basket", "shop.Basket.add"),
        ("shop", "shop.outer"),
        ("shop.outer", "shop.outer.inner"),
        ("shop.prices", "shop.prices.price"),
    }
    labels = {node.properties.get("qualified_name"): node.labels[0] for node in graph.nodes}
    assert (labels["shop.Basket.add"], labels["shop.outer.inner"]) == ("Method", "Function")


def test_names_are_resolved(library: Path) -> None:
    graph = read_sample(library)
    assert set(_edges(graph, "CALLS")) >= {
        ("shop.Basket.total", "shop.Basket.add"),
        ("shop.Basket.total", "shop.prices.price"),
        ("shop.Basket.total", "loads"),
        ("shop.outer", "shop.Basket"),
        ("shop.prices.price", "len"),
    }
    assert _edges(graph, "INHERITS") == {("shop.Basket", "dict"): 1, ("shop.Basket", "json.JSONDecoder"): 1}
    assert _edges(graph, "IMPORTS") == {("shop", "shop.prices.price"): 1, ("shop", "json"): 1}


def test_repeated_calls_are_one_relationship_with_all_lines(library: Path) -> None:
    graph = read_sample(library)
    [add] = [each for each in graph.relationships if each.type == "CALLS" and len(each.properties["lines"]) > 1]
    assert add.properties == {"lines": [11, 12], "repeated": True, "weight": 0.5}


def test_parameters_have_kinds_and_defaults_of_their_own_types(library: Path) -> None:
    graph = read_sample(library)
    parameters = {node.properties["name"]: node.properties for node in graph.nodes if node.labels[0] == "Parameter"}
    assert parameters["items"]["kind"] == "variadic"
    assert parameters["rest"]["kind"] == "variadic keyword"
    assert (parameters["rate"]["kind"], parameters["rate"]["default"]) == ("keyword", 0.2)
    assert parameters["item"]["optional"]
    assert "default" not in parameters["item"]
    assert parameters["label"]["default"] == "é"
    assert parameters["limit"]["default"] == "99999999999999999999"
    assert parameters["mask"]["default"] == b"\x00"


def test_the_same_source_gives_the_same_graph(library: Path) -> None:
    one, two = read_sample(library), read_sample(library)
    assert one.nodes == two.nodes
    assert one.relationships == two.relationships


def test_the_standard_library_is_large_enough() -> None:
    graph = read_sample()
    assert len(graph.nodes) >= 25_000
    assert len(graph.relationships) >= 60_000
    assert {kind.type for kind in graph.relationships} == {
        "CONTAINS",
        "CALLS",
        "INHERITS",
        "IMPORTS",
        "HAS_PARAMETER",
    }
    types = {type(value).__name__ for node in graph.nodes for value in node.properties.values()}
    assert types >= {"int", "float", "bool", "str", "bytes", "list", "date", "datetime", "Duration", "CartesianPoint"}
