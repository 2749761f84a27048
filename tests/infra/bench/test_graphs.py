"""Tests of the graphs that are measured."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest

from infra.bench.graphs import BenchGraph, code, heavy, power_law, wide
from shared.archive.limits import ArchiveLimits


@pytest.mark.parametrize("make", [power_law, wide])
def test_a_graph_has_its_size_and_is_the_same_again(make: Callable[[int], BenchGraph]) -> None:
    one, other = make(4000), make(4000)
    nodes, relationships = list(one.nodes()), list(one.relationships())
    assert len(nodes) + len(relationships) == 4000
    assert nodes == list(other.nodes())
    assert relationships == list(other.relationships())
    ends = {end for _, start, end, _ in relationships for end in (start, end)}
    assert ends <= set(range(len(nodes)))


def test_few_nodes_have_many_relationships() -> None:
    relationships = list(power_law(40_000).relationships())
    ends = Counter(end for _, _, end, _ in relationships)
    busiest = sum(count for _, count in ends.most_common(10))  # one in a thousand
    assert 0.08 < busiest / len(relationships) < 0.12
    assert all(len(properties) == 2 for _, _, _, properties in relationships)
    assert {len(properties) for _, properties in power_law(400).nodes()} == {9}


def test_the_wide_graph_is_wide() -> None:
    nodes = list(wide(20_000).nodes())
    assert len({labels for labels, _ in nodes}) == 120
    assert len({key for _, properties in nodes for key in properties}) == 201
    assert max(len(str(properties.get("source", ""))) for _, properties in nodes) > 3000


def test_the_code_graph_is_whole_copies_of_the_sample() -> None:
    once, twice = code(1), code(2 * len(list(code(1).nodes())) + 2 * len(list(code(1).relationships())))
    nodes = len(list(once.nodes()))
    assert len(list(twice.nodes())) == 2 * nodes
    relationships, doubled = list(once.relationships()), list(twice.relationships())
    assert doubled[: len(relationships)] == relationships
    assert doubled[len(relationships)][1] == relationships[0][1] + nodes


def test_heavy_nodes_are_nearly_as_long_as_archives_take() -> None:
    texts = [properties["text"] for _, properties in heavy(2).nodes()]
    assert all(0.8 < len(text) / ArchiveLimits().token_bytes < 1 for text in texts)
    assert texts[0] != texts[1]
