from __future__ import annotations

import math
import time

import pytest

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.graphml.document import ForeignDocument
from shared.archive.graphml.parser import ParsedEdge, ParsedNode
from shared.archive.limits import MIB, ArchiveLimits
from shared.errors import InvalidArchiveError
from tests.support.archives.making import typed

HEAD = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n'


def parse(text: str | bytes, *, piece: int = 7, defaults: ForeignDefaults | None = None) -> ForeignDocument:
    parser = ForeignDocument("x.graphml", ArchiveLimits(), defaults or ForeignDefaults(id_property=""))
    content = text.encode() if isinstance(text, str) else text
    for start in range(0, len(content), piece):
        parser.feed(content[start : start + piece])
    parser.close()
    return parser


def parse_graph(body: str, keys: str = "", attributes: str = 'edgedefault="directed"') -> ForeignDocument:
    return parse(f"{HEAD}{keys}<graph {attributes}>{body}</graph></graphml>")


def node(parser: ForeignDocument, index: int = 0) -> ParsedNode:
    element = parser.elements[index]
    assert isinstance(element, ParsedNode)
    return element


def edge(parser: ForeignDocument, index: int = -1) -> ParsedEdge:
    element = parser.elements[index]
    assert isinstance(element, ParsedEdge)
    return element


def test_what_the_server_s_own_procedure_writes() -> None:
    parser = parse(
        """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance"
 xsi:schemaLocation="http://graphml.graphdrawing.org/xmlns http://graphml.graphdrawing.org/xmlns/1.0/graphml.xsd">
<key id="name" for="node" attr.name="name" attr.type="string"/>
<key id="tags" for="node" attr.name="tags" attr.type="string" attr.list="string"/>
<key id="labels" for="node" attr.name="labels" attr.type="string"/>
<key id="label" for="edge" attr.name="label" attr.type="string"/>
<graph id="G" edgedefault="directed">
<node id="n0" labels=":Person:Admin"><data key="labels">:Person:Admin</data><data key="name">a &lt; b</data></node>
<node id="n1" labels=":Person"><data key="labels">:Person</data><data key="tags">["x","y"]</data></node>
<edge id="e0" source="n0" target="n1" label="KNOWS"><data key="label">KNOWS</data></edge>
</graph>
</graphml>"""
    )
    assert node(parser)[:3] == ("n0", ("Admin", "Person"), {"name": "a < b"})
    assert node(parser, 1).properties == {"tags": ["x", "y"]}
    assert edge(parser)[:5] == ("e0", "n0", "n1", "KNOWS", {})
    assert node(parser).line == 9


def test_labels_from_data_of_another_key_id() -> None:
    keys = '<key id="d0" for="node" attr.name="labels"/><key id="d1" for="edge" attr.name="label"/>'
    parser = parse_graph(
        '<node id="a"><data key="d0">:A:B</data></node><edge source="a" target="a"><data key="d1">R</data></edge>', keys
    )
    assert node(parser).labels == ("A", "B")
    assert edge(parser).type == "R"


def test_defaults_of_keys() -> None:
    keys = (
        '<key id="c" for="all" attr.name="color" attr.type="string"><default>green</default></key>'
        '<key id="w" for="edge" attr.name="weight" attr.type="double"><default>INF</default></key>'
    )
    parser = parse_graph(
        '<node id="a"/><node id="b"><data key="c">red</data></node><edge source="a" target="b"/>', keys
    )
    assert [node(parser, 0).properties, node(parser, 1).properties] == [{"color": "green"}, {"color": "red"}]
    assert typed(edge(parser).properties) == typed({"color": "green", "weight": math.inf})


def test_types() -> None:
    keys = "".join(
        f'<key id="{kind}" for="node" attr.name="{kind}" attr.type="{kind}"/>'
        for kind in ("boolean", "int", "long", "float", "double", "string")
    )
    data = {"boolean": "True", "int": "-7", "long": str(2**63 - 1), "float": "1.5", "double": "NaN", "string": " a "}
    body = "".join(f'<data key="{key}">{text}</data>' for key, text in data.items())
    untyped = '<data key="u">1</data>'
    parser = parse_graph(f'<node id="a">{body}{untyped}</node>', keys + '<key id="u" for="node" attr.name="u"/>')
    assert typed(node(parser).properties) == typed(
        {"boolean": True, "int": -7, "long": 2**63 - 1, "float": 1.5, "double": math.nan, "string": " a ", "u": "1"}
    )


def test_an_edge_before_its_nodes_is_given_as_it_stands() -> None:
    parser = parse_graph('<edge source="a" target="b"/><node id="a"/><node id="b"/>')
    assert edge(parser, 0).source == "a"
    assert edge(parser, 0).type == "RELATED"


def test_configured_defaults() -> None:
    parser = parse(
        f'{HEAD}<graph><node id="a"/><edge source="a" target="a"/></graph></graphml>',
        defaults=ForeignDefaults(label="Thing", type="LINK"),
    )
    assert node(parser).labels == ("Thing",)
    assert edge(parser).type == "LINK"


def test_undirected_edges_are_counted() -> None:
    parser = parse_graph(
        '<node id="a"/><edge source="a" target="a"/><edge source="a" target="a" directed="true"/>',
        attributes='edgedefault="undirected"',
    )
    assert parser.warnings == {"undirected edges stored as directed": 1}


def test_foreign_elements_are_skipped_and_counted() -> None:
    keys = '<key id="g" for="node" yfiles.type="nodegraphics"/>'
    body = (
        '<node id="a"><data key="g"><y:Shape xmlns:y="urn:y"><y:Fill>x</y:Fill></y:Shape></data></node>'
        '<y:Other xmlns:y="urn:y"/>'
    )
    parser = parse_graph(body, keys)
    assert node(parser).properties == {}
    assert parser.warnings == {"elements of foreign namespaces skipped": 2}


@pytest.mark.parametrize("start", ["", "\ufeff", '<?xml version="1.0" encoding="utf-8"?>'])
def test_utf8_with_or_without_mark(start: str) -> None:
    parser = parse(f'{start}{HEAD}<graph><node id="é"/></graph></graphml>')
    assert node(parser).id == "é"


def test_cdata_comments_references() -> None:
    keys = '<key id="s" for="node" attr.name="s"/>'
    parser = parse_graph('<!-- <node/> --><node id="a"><data key="s">&#65;<![CDATA[<&>]]>&#x42;</data></node>', keys)
    assert node(parser).properties == {"s": "A<&>B"}


def test_a_nested_graph_is_read_as_part_of_the_whole() -> None:
    inner = '<graph id="a:"><node id="a::b"><data key="n">x</data></node><edge source="a::b" target="c"/></graph>'
    parser = parse_graph(f'<node id="a"><data key="n">y</data>{inner}</node><node id="c"/>', '<key id="n" for="node"/>')
    assert {each.id: each.properties for each in parser.elements if isinstance(each, ParsedNode)} == {
        "a::b": {"n": "x", "parent": "a"},
        "a": {"n": "y"},
        "c": {},
    }
    assert parser.warnings == {"nested graphs read as part of the whole": 1}


def test_what_does_not_belong_to_the_graph_is_counted() -> None:
    keys = '<key id="g" for="graph" attr.name="crs"/><key id="e" for="node" attr.name=""/><key id="k" attr.type="odd"/>'
    body = (
        '<data key="g">epsg</data>text<node id="a"><desc>a<b>c</b></desc><port name="p"><port name="q"/></port>'
        '<data key="e">x</data><data key="g">y</data><data key="u">z</data><data key="k">1</data>'
        '<data key="k">2</data></node>'
    )
    parser = parse_graph(body, keys)
    assert node(parser).properties == {"crs": "y", "u": "z", "k": "2"}
    assert parser.warnings == {
        "data of the graph itself skipped": 1,
        "texts between elements left out": 1,
        "ports passed over": 1,
        "data under a key without a name left out": 1,
        "data of nodes under a key that is declared for others": 1,
        "data of nodes under a key that is not declared, read as text": 1,
        "keys of the unknown type 'odd' read as text": 1,
        "values of 'k' replaced by a later one of the same element": 1,
    }


def test_a_key_of_two_types_is_text() -> None:
    keys = '<key id="k" for="node" attr.type="int"/><key id="k" for="node" attr.type="string"/>'
    parser = parse_graph('<node id="a"><data key="k">7</data></node><node id="b"><data key="k">x</data></node>', keys)
    assert [node(parser, 0).properties, node(parser, 1).properties] == [{"k": "7"}, {"k": "x"}]
    assert parser.warnings == {"keys of nodes declared with several types, read as text": 1}


@pytest.mark.parametrize("namespace", ["", ' xmlns="https://graphml.graphdrawing.org/xmlns"'])
def test_the_namespace_may_be_missing_or_secure(namespace: str) -> None:
    parser = parse(f'<graphml{namespace}><graph><node id="n0"/></graph></graphml>')
    assert node(parser).id == "n0"
    assert [warning.partition(",")[0] for warning in parser.warnings] == [
        f"documents whose namespace is {namespace[8:-1] or 'none'}"
    ]


def test_elements_of_others_may_be_nested_deeply() -> None:
    parser = parse_graph('<x:a xmlns:x="urn:x">' + "<x:a>" * 200 + "</x:a>" * 200 + '</x:a><node id="n0"/>')
    assert node(parser).id == "n0"


MANY_ATTRIBUTES = " ".join(f"a{number}=''" for number in range(33))
GRAPH = '<graph edgedefault="directed"><node id="a"/></graph>'


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f"<!DOCTYPE graphml>\n{HEAD}{GRAPH}</graphml>", 1, "DOCTYPE"),
        ('<!DOCTYPE g [<!ENTITY a "b">]>\n<graphml/>', 1, "DOCTYPE"),
        (f"{HEAD}<?php x?>{GRAPH}</graphml>", 2, "Processing"),
        (f'{HEAD}<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="/etc/passwd"/></graphml>', 2, "XInclude"),
        (f"{HEAD}{GRAPH}\n&undefined;</graphml>", 3, "undefined entity"),
        (f"{HEAD}{GRAPH}</graphml>\ntext", 3, "junk"),
        (f"{HEAD}{GRAPH}\n", 3, "no element found"),
        (f"{HEAD}</graphml>", 2, "no graph"),
        ("<html/>", 1, "<html> has no place as the root element: <graphml>"),
        ('<graphml xmlns="urn:other"/>', 1, "root element is <graphml> of urn:other"),
        (f"{HEAD}<graph><hyperedge/></graph></graphml>", 2, "hyperedge"),
        (f"{HEAD}<graph><thing/></graph></graphml>", 2, "<thing> has no place within <graph>: .*<node>"),
        (f"{HEAD}<graph><node/></graph></graphml>", 2, "no id"),
        (f'{HEAD}<graph><edge source="a"/></graph></graphml>', 2, "Edge from 'a' to None has .*no target"),
        (f'{HEAD}<graph><node id="a"><data>x</data></node></graph></graphml>', 2, "without a key"),
        (f'{HEAD}<key id="k" attr.name="a"/><key id="k" attr.name="b"/></graphml>', 2, "two keys for node"),
        (f'{HEAD}<key id="k" for="vertex"/></graphml>', 2, "a key for 'vertex'; known are"),
        (f'{HEAD}<key id="k" attr.name="_Ferry"/></graphml>', 2, "reserved"),
        (f'{HEAD}<key id="k" attr.type="int"><default>x</default></key></graphml>', 2, "A default is wrong: .*'x'"),
        (f'{HEAD}<graph><node id="a" labels=":_FerryStaged"/></graph></graphml>', 2, "reserved"),
        (f"{HEAD}<graph><node id='a' {MANY_ATTRIBUTES}/></graph></graphml>", 2, "32"),
        (HEAD + '<a:b xmlns:a="urn:a">' + "<a:b>" * 256, 2, "deeper"),
        ('<?xml version="2.0"?><graphml/>', 1, "2.0|version"),
        ('<graphml xmlns:f="urn:graphferry:graphml" f:version="2"/>', 1, "'2'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("piece", [5, 10_000])
def test_refusals_name_entry_and_line(text: str, line: int, words: str, piece: int) -> None:
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        parse(text, piece=piece)
    assert (caught.value.entry, caught.value.line) == ("x.graphml", line)


@pytest.mark.parametrize("piece", [1, 3, 10_000])
def test_a_forbidden_character_is_named_with_its_column(piece: int) -> None:
    with pytest.raises(InvalidArchiveError, match=r"U\+001E .*\(entry 'x.graphml', line 2, column 20\)"):
        parse(f'{HEAD}<graph><node id="ab\x1e"/></graph></graphml>', piece=piece)


@pytest.mark.parametrize(
    "content", ["<graphml/>".encode("utf-16"), b"<graphml>\xff</graphml>", "<graphml/>".encode("utf-32"), b"", b"\x00"]
)
def test_bytes_of_other_encodings_are_refused(content: bytes) -> None:
    with pytest.raises(InvalidArchiveError, match="UTF-8"):
        parse(content)


def test_huge_tokens_are_refused() -> None:
    parser = ForeignDocument("x", ArchiveLimits(token_bytes=1000), ForeignDefaults())
    parser.feed(b"<graphml><graph><!-- " + b"x" * 900)
    with pytest.raises(InvalidArchiveError, match="1000"):
        parser.feed(b"x" * 100)


def test_huge_texts_are_refused() -> None:
    parser = ForeignDocument("x", ArchiveLimits(token_bytes=1000), ForeignDefaults())
    parser.feed(b'<graphml><key id="k"/><graph><node id="a"><data key="k">' + b"x" * 900 + b"&#65;" * 90)
    with pytest.raises(InvalidArchiveError, match="1000"):
        parser.feed(b"&#65;" * 11)


def test_defaults_of_many_keys_are_refused() -> None:
    keys = "".join(f'<key id="k{number}" for="node"><default>x</default></key>' for number in range(1001))
    with pytest.raises(InvalidArchiveError, match=r"more than 1000 keys have one .GRAPHFERRY_MAX_COLUMNS"):
        parse_graph('<node id="a"/>', keys)


KEYS = "".join(f'<key id="k{number}" for="all" attr.name="x"/>' for number in range(4))
FEW_KEYS = ArchiveLimits(keys=3)


def test_keys_without_defaults_are_bounded_too() -> None:
    document = ForeignDocument("x", FEW_KEYS, ForeignDefaults())
    with pytest.raises(InvalidArchiveError, match="more than 3 keys for node"):
        document.feed(f"{HEAD}{KEYS}".encode())


@pytest.mark.parametrize("place", ['<node id="b">', '<graph><node id="b">'], ids=["beside", "nested"])
def test_values_of_one_element_are_bounded_together(place: str) -> None:
    document = ForeignDocument("x", ArchiveLimits(), ForeignDefaults())
    keys = "".join(f'<key id="k{number}" for="all" attr.name="x{number}"/>' for number in range(5))
    data = [f'<data key="k{number}">{"x" * 12 * MIB}</data>'.encode() for number in range(3)]
    document.feed(f'{HEAD}{keys}<graph>\n<node id="a">'.encode() + b"".join(data[:2]))
    if place.startswith("<node"):
        document.feed(b"</node>" + place.encode() + b"".join(data[:2]))
    else:
        document.feed(place.encode())
    with pytest.raises(InvalidArchiveError, match=rf"'b' has values of {36 * MIB} bytes together.*MAX_VALUE") as caught:
        document.feed(data[2])
    assert (caught.value.entry, caught.value.line) == ("x", 3)


def test_keys_declared_again_are_no_more() -> None:
    document = ForeignDocument("x", FEW_KEYS, ForeignDefaults())
    document.feed(f"{HEAD}{KEYS[: KEYS.index('<', 1)] * 9}<graph/></graphml>".encode())
    document.close()


def test_data_of_one_element_are_bounded() -> None:
    document = ForeignDocument("x", FEW_KEYS, ForeignDefaults())
    with pytest.raises(InvalidArchiveError, match="More than 3 data of one element"):
        document.feed(f'{HEAD}<graph><node id="a">'.encode() + b'<data key="k"/>' * 4)


def test_many_keys_with_defaults_take_time_in_proportion() -> None:
    def seconds(count: int) -> float:
        keys = "".join(f'<key id="k{number}" for="all"><default>x</default></key>' for number in range(count))
        document = ForeignDocument("x", ArchiveLimits(columns=16_000), ForeignDefaults())
        began = time.process_time()
        document.feed(f"{HEAD}{keys}<graph/></graphml>".encode())
        return time.process_time() - began

    # The quickest of some: a collection of all that a long session of tests has made may fall into any.
    few, many = (min(seconds(count) for _ in range(3)) for count in (1_000, 16_000))
    assert many < 16 * 3 * max(few, 0.01)
