"""Tests of judging lines by the compiled codec beside the strict way: equal verdicts, digests and tallies."""

from __future__ import annotations

import random
from typing import Any
from unittest.mock import patch

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archive.graphml.keys import DOCUMENT_END, document_start
from shared.archive.inspection.judging import LineJudge, StrictJudge
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError, UnsupportedValueError
from shared.graph import Date, Point
from tests.support.archives.documents import document, mutated, rows_of
from tests.support.graphs import Graph, graphs
from tests.support.odd_values import ODD_VALUES


def judged(content: bytes, way: type[StrictJudge], *, piece: int = 1 << 20, **bounds: Any) -> tuple[Any, ...]:
    """What an inspection learns of a document, or why it was refused where."""
    judge = way(ArchiveLimits(**bounds))
    reading = judge.open("x")
    try:
        for start in range(0, len(content), piece):
            reading.feed(content[start : start + piece])
            judge.settle()
        reading.close()
        judge.settle()
        tally = judge.tally
        counts = [tally.nodes, tally.relationships, tally.properties, tally.labels, tally.types]
        return judge.digest.hexdigest(), judge.ordinal_digest.hexdigest(), counts
    except InvalidArchiveError as error:
        return str(error), error.line
    except UnsupportedValueError as error:
        return str(error), None
    finally:
        judge.digest.close()


def require_equal(content: bytes, **options: int) -> None:
    assert judged(content, LineJudge, **options) == judged(content, StrictJudge, **options)


@settings(max_examples=60, deadline=None)
@given(graphs(), st.integers(1, 3), st.sampled_from([1, 64, 333, 100_000]))
def test_graphs_are_judged_as_the_strict_way_judges_them(graph: Graph, copies: int, piece: int) -> None:
    require_equal(document(*rows_of(graph, copies)), piece=piece)


def test_each_odd_value_is_judged_as_the_strict_way_judges_it() -> None:
    nodes: list[Any] = [[at, ["L", "a:b", "ü%s"], {"k": value, "n": 1}] for at, value in enumerate(ODD_VALUES * 2)]
    edges: list[Any] = [[at, 0, 1, "T%s", {"k": value}] for at, value in enumerate(ODD_VALUES * 2)]
    require_equal(document(nodes, edges))


@settings(max_examples=100, deadline=None)
@given(st.lists(st.floats(allow_nan=False) | st.decimals(-(10**6), 10**6, places=3).map(float), max_size=9))
def test_floats_are_taken(numbers: list[float]) -> None:
    node = {"all": numbers, **{str(at): each for at, each in enumerate(numbers)}}
    require_equal(document([[at, [], node] for at in range(3)], []))


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.text(st.characters(exclude_categories=["Cs"]) | st.sampled_from('&<>\r\n\t"\\\0\x0b\ufffe')), max_size=6
    )
)
def test_texts_are_taken(texts: list[str]) -> None:
    node = {"all": texts, "joined": "".join(texts)}
    require_equal(document([[at, [], node] for at in range(3)], []))


_KEYS = {"b": "boolean", "i": "long", "f": "double", "s": "string"}
_LISTS = {"bl": "boolean", "il": "long", "fl": "double", "sl": "string"}
_TEXTS = {
    "b": "true|false|1|True| true||tru|truefalse",
    "i": "0|-0|007|+1|1 ||-|1e3|9223372036854775807|-9223372036854775808|12a|9223372036854775808|"
    "99999999999999999999|18446744073709551615|٣",
    "f": "1.50|1e5|-0.0|1.|01.5|NaN|inf|-inf|nan|1.5 |1.2.3||-|.|1e999|1_0.0|1e22|1e+22|1e-05|123456789012345.5|0.0|"
    "0.1000000000000000055511151231257827|5e-324|1.5d|-2.25|0.00001|0.0001|1e16|9007199254740993.0",
    "s": "&#65;|&quot;|a>b|]]&gt;|&amp;&lt;&gt;&#13;|\r|\x7f|&amp|&|<![CDATA[x]]>|\ufffe|\ufdd0|",
    "bl": "[]|[true]|[true,]|[true false]|[true,false]|[1]|[|]|",
    "il": "[1]|[ 1]|[1,2]|[1,]|[,1]|[-0]|[01]|[1]]|[1.0]|[9223372036854775808]|[1|1]|[]",
    "fl": "[1.0]|[1]|[1.0,2.50]|[1e20]|[100000000000000000000.0]|[-0.0]|[NaN]|[0.1,0.25]|[Infinity]",
    "sl": r'["a"]|["a","b"]|["a", "b"]|["\u0041"]|["\u001f"]|["\u001F"]|["\n"]|["\u000a"]|["a]|["\/"]|["\""]|["\|'
    '["\\u00|["a""b"]|["&lt;"]|["&#60;"]|[""]|["a"]x|["\\uffff"]|["\n"]|["\\u00ff"]|["\\u0019","\\b\\f"]',
}
"""By the code of their kind: what our writer writes, and what others may."""
_GOOD = {"bl": "[true]", "il": "[1]", "fl": "[0.5]", "sl": '["a"]', "b": "true"}


@pytest.mark.parametrize("code", _TEXTS)
def test_values_are_judged_as_rendering_would_write_them(code: str) -> None:
    of_list = f' attr.list="{_LISTS[code]}"' if code in _LISTS else ""
    key = f'<key id="n.x.{code}" for="node" attr.name="x" attr.type="{_KEYS.get(code, "string")}"{of_list}/>\n<graph'
    start = document_start([]).replace("<graph ", key + " ")
    good = _GOOD.get(code, "0")
    node = '<node id="n{}" labels=":A"><data key="labels">:A</data><data key="n.x.{}">{}</data></node>\n'
    for text in _TEXTS[code].split("|"):
        nodes = [node.format(at, code, value) for at, value in enumerate([good, good, text, good])]
        require_equal((start + "".join(nodes) + DOCUMENT_END).encode())


def test_only_what_was_never_seen_is_read_strictly() -> None:
    nodes: list[Any] = [[at, ["L"], {"a": at, "b": f"text {at}", "d": Date(at)}] for at in range(3000)]
    edges: list[Any] = [[at, at, 0, "T", {"a": at}] for at in range(3000)]
    judge = LineJudge(ArchiveLimits())
    with patch.object(judge, "add_node", wraps=judge.add_node) as strictly:
        reading = judge.open("x")
        reading.feed(document(nodes, edges))
        reading.close()
        judge.settle()
    assert strictly.call_count == 1
    assert judge.tally.relationships == 3000
    judge.digest.close()


def test_a_longitude_of_minus_zero_is_hashed_as_ever() -> None:
    values = [Point(4326, (-0.0, 1.5)), Point(4326, (0.0, 1.5)), "SRID=4326;POINT(-0.0 1.5)", Point(7203, (-0.0, 1.5))]
    require_equal(document([[at, [], {"k": value}] for at, value in enumerate(values * 3)], []))


def test_a_key_stands_only_where_it_is_declared() -> None:
    content = document([[0, [], {"a": 1}], [1, [], {"a": 1}]], [[0, 0, 1, "T", {"b": 1}], [1, 0, 1, "T", {"b": 1}]])
    for one, other in ((b"e.b.i", b"n.a.i"), (b"n.a.i", b"e.b.i")):
        start, _, body = content.partition(b"<graph ")
        require_equal(start + b"<graph " + body[:300] + body[300:].replace(one, other))
        require_equal(start + b"<graph " + body.replace(one, other))


def test_keys_out_of_order_or_twice_are_judged_as_ever() -> None:
    content = document([[at, [], {"a": 1, "b": 2}] for at in range(4)], [])
    one, other = b'<data key="n.a.i">1</data>', b'<data key="n.b.i">2</data>'
    parts = content.split(one + other)
    for changed in (other + one, one + one, other + other, one + other + one, other, one):
        require_equal((one + other).join(parts[:3]) + changed + (one + other).join(parts[3:]))


def test_long_values_are_refused_as_ever() -> None:
    content = document([[at, [], {"a": "x" * size}] for at, size in enumerate((10, 290, 310, 10))], [])
    require_equal(content, token_bytes=300)


def test_mutated_documents_are_judged_as_the_strict_way_judges_them() -> None:
    nodes: list[Any] = [
        [at, ["L"][: at % 2], {"a": at, "f": at / 4, "l": ["x", "y"], "s": f"x{at}\n"}] for at in range(9)
    ]
    edges: list[Any] = [[at, at, 0, "T", {"a": [at, 1], "d": Date(at)}] for at in range(6)]
    content, chance, refused = document(nodes, edges), random.Random(18), 0
    for _ in range(700):
        changed = mutated(content, chance)
        found = judged(changed, LineJudge, piece=chance.choice([50, 100_000]))
        assert found == judged(changed, StrictJudge)
        refused += len(found) == 2
    assert 100 < refused < 690
