"""Tests of the compiled codec beside the strict way: the same bytes, digests and tallies."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import pairwise
from typing import Any
from unittest.mock import Mock

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.graphml.keys import Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.graph_lines import GraphLines
from shared.archive.writing.packed_lines import PackedLines
from shared.errors import SourceChangedError, TransferError, UnsupportedValueError
from shared.graph import Date
from shared.packing.rows import PackedRows
from tests.support.graphs import Graph, graphs
from tests.support.odd_values import ODD_VALUES
from tests.support.packing import READING, pack, packed_rows
from tests.support.values import BEYOND

Told = tuple[bytes, str, list[Any]]
"""What was written: lines, digest, tally."""


def rows_of(graph: Graph) -> tuple[list[Any], list[Any]]:
    """A graph's rows, with ids that leave gaps."""
    nodes = [[3 + 700 * at, list(labels), dict(values)] for at, (labels, values) in enumerate(graph.nodes)]
    edges = [
        [at, 3 + 700 * start, 3 + 700 * end, name, dict(values)]
        for at, (start, end, name, values) in enumerate(graph.relationships)
    ]
    return nodes, edges


@contextmanager
def graph_lines(is_secured: Any = nothing_is_secured, limits: ArchiveLimits | None = None) -> Iterator[GraphLines]:
    lines = GraphLines("app", limits or ArchiveLimits(), is_secured)
    try:
        yield lines
    finally:
        lines.digest.close()


def told(content: bytes, lines: GraphLines) -> Told:
    tally = lines.tally
    names = [tally.labels, tally.types, tally.stripped, tally.fidelity]
    return content, lines.digest.hexdigest(), [tally.keys, tally.nodes, tally.relationships, tally.properties, *names]


def write_strictly(nodes: Sequence[Any], edges: Sequence[Any], **options: Any) -> Told:
    with graph_lines(**options) as lines:
        return told(lines.write_nodes(nodes) + lines.write_relationships(edges), lines)


def write_packed(batches: Sequence[tuple[Sort, PackedRows]], **options: Any) -> Told:
    with graph_lines(**options) as lines:
        packed = PackedLines(lines, options.get("limits") or ArchiveLimits())
        content = b"".join(part for sort, rows in batches for part in packed.write(sort, rows))
        packed.settle()
        return told(content, lines)


def batches_of(nodes: Sequence[Any], edges: Sequence[Any]) -> list[tuple[Sort, PackedRows]]:
    """Rows in several records, the first of one row alone."""
    parts = [(Sort.NODE, nodes[:1]), (Sort.NODE, nodes[1:]), (Sort.EDGE, edges[:2]), (Sort.EDGE, edges[2:])]
    return [(sort, packed_rows(rows)) for sort, rows in parts]


@settings(max_examples=60, deadline=None)
@given(graphs())
def test_graphs_are_written_as_the_strict_way_writes_them(graph: Graph) -> None:
    nodes, edges = rows_of(graph)
    assert write_packed(batches_of(nodes, edges)) == write_strictly(nodes, edges)


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(allow_nan=False) | st.decimals(-(10**6), 10**6, places=3).map(float), max_size=9))
def test_floats_are_written_as_python_and_orjson_write_them(numbers: list[float]) -> None:
    nodes = [[0, [], {"all": numbers, **{str(at): each for at, each in enumerate(numbers)}}]]
    assert write_packed(batches_of(nodes, [])) == write_strictly(nodes, [])


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('&<>\r\n\t"\\\0\ufffe')), max_size=6)
)
def test_texts_are_escaped_as_the_strict_way_escapes_them(texts: list[str]) -> None:
    nodes = [[0, [], {"all": texts, "joined": "".join(texts)}], [1, [], {"all": ["a"], "joined": "a"}]]
    assert write_packed(batches_of(nodes, [])) == write_strictly(nodes, [])


def test_each_odd_value_is_written_as_the_strict_way_writes_it() -> None:
    nodes: list[Any] = [[at, ["L", "a:b", "\x01%s"], {"k": value, "n": 1}] for at, value in enumerate(ODD_VALUES)]
    again = [[len(nodes) + node[0], *node[1:]] for node in nodes]
    edges = [[at, 0, 1, "T%s", {"k": value}] for at, value in enumerate(ODD_VALUES)]
    assert write_packed(batches_of(nodes + again, edges + edges)) == write_strictly(nodes + again, edges + edges)


def test_only_what_was_never_seen_goes_through_python() -> None:
    nodes = [[at, ["L"], {"a": at, "b": f"text {at}", "d": Date(at)}] for at in range(3000)]
    reading = Mock(wraps=READING.read_rows)
    rows = packed_rows(nodes)
    with graph_lines() as lines:
        packed = PackedLines(lines, ArchiveLimits())
        rows.reading = replace(READING, read_rows=reading)
        content = b"".join(packed.write(Sort.NODE, rows))
        packed.settle()
        assert told(content, lines) == write_strictly(nodes, [])
    assert reading.call_count == 1


def test_known_keys_are_written_in_any_company() -> None:
    # More shapes than are kept.
    nodes = [[at, ["L"], {f"k{bit}": 8 * at + bit for bit in range(15) if at >> bit & 1}] for at in range(21_000)]
    reading = Mock(wraps=READING.read_rows)
    rows = packed_rows(nodes)
    with graph_lines() as lines:
        packed = PackedLines(lines, ArchiveLimits())
        rows.reading = replace(READING, read_rows=reading)
        content = b"".join(packed.write(Sort.NODE, rows))
        packed.settle()
        assert told(content, lines) == write_strictly(nodes, [])
    assert reading.call_count == 1


@pytest.mark.parametrize("name", ["k" * 50, ""], ids=["long", "empty"])
def test_names_that_no_archive_carries_are_refused_in_the_same_words(name: str) -> None:
    options = {"limits": ArchiveLimits(token_bytes=300)}
    nodes: list[Any] = [[0, ["L" * 50], {}], [1, [], {"a": 1}], [2, ["L" * 50], {"a": 1, name: 1, "l" * 50: 1}]]
    packed = outcome_of(lambda: write_packed(batches_of(nodes, []), **options))
    assert packed == outcome_of(lambda: write_strictly(nodes, [], **options))
    assert isinstance(packed, str)


def test_secured_keys_are_left_out_and_counted() -> None:
    nodes: list[Any] = [[at, ["L"], {"password": "x", "a": at}] for at in range(9)]
    nodes.append([9, ["L"], {"password": "\uffff", "b": 1}])
    options = {"is_secured": lambda key: key == "password"}
    assert write_packed(batches_of(nodes, []), **options) == write_strictly(nodes, [], **options)


def can_be_packed(value: Any) -> bool:
    try:
        return bool(pack(value))
    except OverflowError:
        return False


@pytest.mark.parametrize("value", list(filter(can_be_packed, BEYOND)), ids=repr)
def test_what_no_archive_carries_is_refused_in_the_same_words(value: Any) -> None:
    nodes = [[0, [], {"a": 1}], [7, [], {"a": value}]]
    assert outcome_of(lambda: write_packed(batches_of(nodes, []))) == outcome_of(lambda: write_strictly(nodes, []))


def outcome_of(write: Callable[[], Told]) -> Told | str:
    """What was written, or why it was refused."""
    try:
        return write()
    except UnsupportedValueError as error:
        return error.message


def test_a_value_that_is_too_long_is_refused_in_the_same_words() -> None:
    options = {"limits": ArchiveLimits(token_bytes=300)}
    fitting = [[at, [], {"a": "x" * 200, "b": "y" * 200}] for at in range(3)]
    assert write_packed(batches_of(fitting, []), **options) == write_strictly(fitting, [], **options)
    with pytest.raises(UnsupportedValueError, match=r"property 'b' of node 9 would take 301 bytes"):
        write_packed(batches_of([*fitting, [9, [], {"a": "", "b": "y" * 301}]], []), **options)


def test_a_source_that_changes_is_told_as_ever() -> None:
    with pytest.raises(SourceChangedError, match="Node 5 of application 'app' was read twice"):
        write_packed([(Sort.NODE, packed_rows([[5, [], {}], [6, [], {}], [5, [], {}]]))])
    with pytest.raises(SourceChangedError, match="Node 7 ends a relationship of application 'app'"):
        write_packed(batches_of([[5, [], {}]], [[0, 5, 5, "T", {}], [1, 5, 7, "T", {}]]))


def test_a_key_that_stands_twice_is_read_as_python_reads_it() -> None:
    row = b"\x93\x01\x90\xa2\x81a\x01\x81a\x02"
    rows = PackedRows(b"\x92" + row + row.replace(b"\x93\x01", b"\x93\x02"), at=1, count=2, reading=READING)
    assert write_packed([(Sort.NODE, rows)]) == write_strictly([[1, [], {"a": 2}], [2, [], {"a": 2}]], [])


def test_a_row_of_very_many_keys_is_written() -> None:
    nodes: list[Any] = [[at, [], {f"k{key}": key for key in range(300 - at)}] for at in (0, 43, 44, 45)]
    assert write_packed(batches_of(nodes, [])) == write_strictly(nodes, [])


_NASTY = [b"\xd2\xff\xff\xff\xff", b"\xd6\xff\xff\xff\xff", b"\xda\x7f\xff\xff\xff", b"\xce\xff\xff\xff\xff", b"\xc0"]
_NASTY += [b"\xc1\x80\0\0\0\0\0\0\0", b"\xb3F\1\2\3", b"\xb0D", b"\xed\xa0\x80", b"\xef\xbf\xbf", b"\xff", b"\x8f\x41"]


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Bytes with a few changes."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed) + 1)
        piece = chance.choice([*_NASTY, bytes([chance.randrange(256)])])
        changed[at : at + chance.choice([0, 1, len(piece)])] = piece
    return bytes(changed)


def test_mutated_records_are_written_as_the_strict_way_writes_them_or_refused() -> None:
    chance = random.Random(18)
    values = [value for value in ODD_VALUES if len(pack(value)) < 200]
    outcomes = Counter[bool]()
    for _ in range(600):
        names = ["L", "ü"][: chance.randint(0, 2)]
        nodes = [[700 * at, names, {"k": chance.choice(values), "n": chance.choice(values)}] for at in range(3)]
        honest = packed_rows(nodes)
        content = mutated(honest.content, chance)
        rows = PackedRows(content, at=honest.at, count=len(nodes), reading=READING)
        try:
            written = write_packed([(Sort.NODE, rows)])
        except TransferError:
            outcomes[False] += 1
        else:
            outcomes[True] += 1
            assert written == write_strictly(read_rows(content, honest.at, len(nodes)), [])
    assert min(outcomes[True], outcomes[False]) > 20


def read_rows(content: bytes, at: int, count: int) -> list[Any]:
    """Read so many rows, one by one, as the driver would."""
    from shared.native import packstream  # noqa: PLC0415 - it is compiled by now

    ends = [at]
    for _ in range(count):
        ends.append(packstream.pass_values(content, ends[-1], 1))
    return [READING.read_rows(b"\x91" + content[begin:end])[0] for begin, end in pairwise(ends)]


def test_rows_are_a_sequence_for_those_who_look_at_them() -> None:
    nodes = [[1, ["L"], {"a": 1}], [2, [], {}]]
    rows = packed_rows(nodes)
    assert len(rows) == 2
    assert list(rows) == nodes
    assert rows[1:] == nodes[1:]
    assert pack(list(rows)) == rows.content
