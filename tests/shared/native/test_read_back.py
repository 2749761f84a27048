"""Tests of the digest of rows that are read back packed, beside the digest of the same rows unpacked."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings

from shared.archive.digests.digest import OrdinalDigest
from shared.archive.digests.read_back import ReadBack
from shared.archive.limits import ArchiveLimits
from shared.errors import TransferError
from shared.graph import Date, Point
from shared.packing.ordinals import OrdinalIndex
from shared.packing.rows import PackedReading, PackedRows
from tests.support.graphs import Graph, graphs
from tests.support.odd_values import ODD_VALUES
from tests.support.packing import READING, packed_rows

FIRST = 5
"""Ordinals of other applications come before."""


def id_of(number: int) -> int:
    """Ids leave gaps, and come in another order than ordinals."""
    return 3 + 700 * (99 - number)


def make_index(nodes: int) -> OrdinalIndex:
    index = OrdinalIndex()
    index.put(0, map(id_of, range(FIRST + nodes)))
    return index


def reading_of(index: OrdinalIndex) -> PackedReading:
    """Reads rows as an import's target does."""

    def read_rows(content: bytes | bytearray) -> Sequence[Any]:
        rows = READING.read_rows(content)
        try:
            for row in rows:
                ends = slice(0, 1) if len(row) == 3 else slice(1, 3)
                row[ends] = [index[each] for each in row[ends]]
        except LookupError as error:
            raise READING.refuse(error) from error
        return rows

    return replace(READING, read_rows=read_rows, ordinals=index)


def packed(rows: Sequence[Any], reading: PackedReading) -> PackedRows:
    found = packed_rows(rows)
    found.reading = reading
    return found


def read_back(nodes: Sequence[Any], edges: Sequence[Any], reading: PackedReading | None = None) -> str:
    """Add up rows that carry ordinals from 0 on, in several records and out of order."""
    reading = reading or reading_of(make_index(len(nodes)))
    back = ReadBack(ArchiveLimits(), first=FIRST)
    sent = [[id_of(FIRST + row[0]), *row[1:]] for row in nodes]
    for rows in (sent[3:], sent[:1], sent[1:3]):
        back.add_nodes(packed(rows, reading))
    sent = [[row[0], id_of(FIRST + row[1]), id_of(FIRST + row[2]), *row[3:]] for row in edges]
    for rows in (sent[2:], sent[:2]):
        back.add_relationships(packed(rows, reading))
    return back.digest.hexdigest()


def add_strictly(nodes: Sequence[Any], edges: Sequence[Any]) -> str:
    digest = OrdinalDigest()
    digest.add_nodes(nodes)
    digest.add_relationships(edges)
    return digest.hexdigest()


@settings(max_examples=40, deadline=None)
@given(graphs())
def test_graphs_have_the_digest_that_the_strict_way_gives(graph: Graph) -> None:
    nodes = [[at, list(labels), dict(values)] for at, (labels, values) in enumerate(graph.nodes)]
    edges = [[at, start, end, name, dict(values)] for at, (start, end, name, values) in enumerate(graph.relationships)]
    assert read_back(nodes, edges) == add_strictly(nodes, edges)


def test_odd_values_have_the_digest_that_the_strict_way_gives() -> None:
    values = [*ODD_VALUES, [Point(4326, (-0.0, 1.0))] * 2, "SRID=4326;POINT(-0.0 1)"]
    nodes: list[Any] = [[at, ["L", "a:b"], {"k": value, "n": at}] for at, value in enumerate(values)]
    edges = [[at, at, 0, "T%s", {"k": value}] for at, value in enumerate(values)]
    assert read_back(nodes, edges) == add_strictly(nodes, edges)


def test_the_sign_of_a_longitude_of_zero_does_not_matter() -> None:
    signs = [[[0, [], {"k": Point(4326, (zero, 1.0))}]] for zero in (0.0, -0.0)]
    assert read_back(signs[0], []) == read_back(signs[1], [])


def test_only_what_was_never_seen_is_unpacked() -> None:
    nodes = [[at, ["L"], {"a": at, "b": f"text {at}", "d": Date(at)}] for at in range(90)]
    edges = [[at, at, 89 - at, "R", {"a": at}] for at in range(90)]
    reading = reading_of(make_index(90))
    looked = Mock(wraps=reading.read_rows)
    assert read_back(nodes, edges, replace(reading, read_rows=looked)) == add_strictly(nodes, edges)
    assert looked.call_count == 2


def test_a_node_that_the_import_has_not_written_is_refused() -> None:
    reading = reading_of(make_index(2))
    back = ReadBack(ArchiveLimits(), first=FIRST)
    back.add_nodes(packed([[id_of(FIRST), ["L"], {}], [id_of(FIRST + 1), ["L"], {}]], reading))
    with pytest.raises(TransferError):
        back.add_nodes(packed([[1, ["L"], {}]], reading))
    with pytest.raises(TransferError):
        back.add_relationships(packed([[0, id_of(FIRST), 1, "R", {}]], reading))
