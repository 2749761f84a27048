"""GraphML as its writers write it, each with what must come of it."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

_START: Final = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns">'
_YWORKS: Final = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="urn:y" xmlns:x="urn:x">'
_NO_NAMESPACE: Final = "documents whose namespace is none, read as http://graphml.graphdrawing.org/xmlns"
_OTHER_NODES: Final = "data of nodes under a key that is declared for others"
_OTHER_EDGES: Final = "data of edges under a key that is declared for others"
_FOREIGN: Final = "elements of foreign namespaces skipped"

Node = tuple[tuple[str, ...], Mapping[str, Any]]
Relationship = tuple[str, Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A document, and its graph."""

    text: str
    nodes: Sequence[Node]
    relationships: Sequence[Relationship] = ()
    warnings: Mapping[str, int] = field(default_factory=dict)


def _written(
    keys: str,
    body: str,
    nodes: Sequence[Node],
    relationships: Sequence[Relationship] = (),
    *,
    start: str = _START,
    graph: str = '<graph id="G" edgedefault="directed">',
    warnings: Mapping[str, int] | None = None,
) -> Written:
    text = f"{start}{keys}{graph}\n{body}\n</graph></graphml>"
    return Written(text=text, nodes=nodes, relationships=relationships, warnings=warnings or {})


_LABELS: Final = '<key id="labels" for="node" attr.name="labels" attr.type="string"/>'
_LABEL: Final = '<key id="label" for="edge" attr.name="label" attr.type="string"/>'
_PERSON: Final = '<node id="n{0}" labels=":Person"><data key="labels">:Person</data>{1}</node>'
_KNOWS: Final = '<edge id="e0" source="n0" target="n1" label="KNOWS"><data key="label">KNOWS</data>{0}</edge>'

PROCEDURES: Final = {
    "a node's property named label": _written(
        _LABELS + '<key id="label" for="node" attr.name="label" attr.type="string"/>',
        _PERSON.format(0, '<data key="label">A caption: with colon</data>'),
        [(("Person",), {"label": "A caption: with colon"})],
    ),
    "a relationship's property named labels": _written(
        '<key id="d1" for="edge" attr.name="labels" attr.type="string"/>',
        '<node id="n0"/><edge source="n0" target="n0" label="KNOWS"><data key="d1">a,b</data></edge>',
        [((), {})],
        [("KNOWS", {"labels": "a,b"})],
    ),
    "a relationship's property named label": _written(
        _LABEL,
        '<node id="n0"/><edge source="n0" target="n0" label="KNOWS"><data key="label">KNOWS</data>'
        '<data key="label">caption</data></edge>',
        [((), {})],
        [("KNOWS", {"label": "caption"})],
    ),
    "a relationship's property named labels, without a type": _written(
        '<key id="d1" for="edge" attr.name="labels" attr.type="string"/>',
        '<node id="n0"/><edge source="n0" target="n0"><data key="d1">a,b</data></edge>',
        [((), {})],
        [("RELATED", {"labels": "a,b"})],
    ),
    "one name on both sorts, of two types": _written(
        '<key id="since" for="node" attr.name="since" attr.type="long"/>'
        f'{_LABELS}<key id="since" for="edge" attr.name="since" attr.type="string"/>{_LABEL}',
        _PERSON.format(0, '<data key="since">1999</data>')
        + _PERSON.format(1, "")
        + _KNOWS.format('<data key="since">school</data>'),
        [(("Person",), {"since": 1999}), (("Person",), {})],
        [("KNOWS", {"since": "school"})],
    ),
    "a mixed property without a key": _written(
        _LABELS,
        _PERSON.format(0, '<data key="code">7</data>') + _PERSON.format(1, '<data key="code">A7</data>'),
        [(("Person",), {"code": "7"}), (("Person",), {"code": "A7"})],
        warnings={"data of nodes under a key that is not declared, read as text": 2},
    ),
    "with captions for Gephi": _written(
        f'{_LABELS}<key id="TYPE" for="node" attr.name="TYPE"/>{_LABEL}<key id="TYPE" for="edge" attr.name="TYPE"/>',
        _PERSON.format(0, '<data key="TYPE">:Person</data><data key="label">Ann</data>')
        + _PERSON.format(1, '<data key="TYPE">:Person</data><data key="label">Bob: the second</data>')
        + _KNOWS.format('<data key="TYPE">KNOWS</data>'),
        [
            (("Person",), {"TYPE": ":Person", "label": "Ann"}),
            (("Person",), {"TYPE": ":Person", "label": "Bob: the second"}),
        ],
        [("KNOWS", {"TYPE": "KNOWS"})],
        warnings={_OTHER_NODES: 2},
    ),
    "types as data": _written(
        '<key id="labels" for="node" attr.name="labels"/><key id="labels2" for="edge" attr.name="labels"/>',
        '<node id="n0"><data key="labels">:BAR</data></node><node id="n1"/>'
        '<edge id="1" source="n0" target="n1"><data key="labels2">:EDGE_LABEL</data></edge>',
        [(("BAR",), {}), ((), {})],
        [("EDGE_LABEL", {})],
    ),
}
"""Of the server's own procedure library."""

OTHERS: Final = {
    "Gephi": _written(
        '<key attr.name="label" attr.type="string" for="node" id="label"/>'
        '<key attr.name="Edge Label" attr.type="string" for="edge" id="edgelabel"/>'
        '<key attr.name="weight" attr.type="double" for="edge" id="weight"/>'
        '<key attr.name="r" attr.type="int" for="node" id="r"/>'
        '<key attr.name="x" attr.type="float" for="node" id="x"/>',
        '<node id="1"><data key="label">http://example.org/a: start</data><data key="r">153</data>'
        '<data key="x">-12.5</data></node>'
        '<edge id="0" source="1" target="1"><data key="edgelabel">follows</data><data key="weight">1.0</data></edge>',
        [((), {"label": "http://example.org/a: start", "r": 153, "x": -12.5, "id": "1"})],
        [("RELATED", {"Edge Label": "follows", "weight": 1.0})],
    ),
    "igraph": _written(
        '<key id="v_score" for="node" attr.name="score" attr.type="double"/>'
        '<key id="v_ok" for="node" attr.name="ok" attr.type="boolean"/>'
        '<key id="v_label" for="node" attr.name="label" attr.type="string"/>'
        '<key id="e_label" for="edge" attr.name="label" attr.type="string"/>',
        '<node id="n0"><data key="v_score">Inf</data><data key="v_ok">true</data><data key="v_label">a: b</data></node>'
        '<node id="n1"><data key="v_score">-Inf</data><data key="v_ok">false</data></node>'
        '<edge source="n0" target="n1"><data key="e_label">caption</data></edge>',
        [((), {"score": math.inf, "ok": True, "label": "a: b"}), ((), {"score": -math.inf, "ok": False})],
        [("RELATED", {"label": "caption"})],
    ),
    "NetworkX": _written(
        '<key id="d2" for="edge" attr.name="label" attr.type="string"/>'
        '<key id="d1" for="edge" attr.name="weight" attr.type="double"/>'
        '<key id="d0" for="node" attr.name="score" attr.type="double"/>',
        '<node id="Ann Example"><data key="d0">nan</data></node><node id="n7"><data key="d0">-inf</data></node>'
        '<edge source="n7" target="n7"><data key="d1">inf</data><data key="d2">KNOWS</data></edge>',
        [((), {"score": math.nan, "id": "Ann Example"}), ((), {"score": -math.inf})],
        [("KNOWS", {"weight": math.inf})],
    ),
    "NetworkX with named keys": _written(
        '<key id="name" for="edge" attr.name="name" attr.type="string"/>'
        '<key id="label" for="edge" attr.name="label" attr.type="string"/>'
        '<key id="name" for="node" attr.name="name" attr.type="string"/>',
        '<node id="a"><data key="name">A</data></node>'
        '<edge source="a" target="a"><data key="label">KNOWS</data><data key="name">to</data></edge>',
        [((), {"name": "A", "id": "a"})],
        [("KNOWS", {"name": "to"})],
    ),
    "OSMnx": _written(
        '<key id="d0" for="graph" attr.name="crs" attr.type="string"/>'
        '<key id="d1" for="node" attr.name="y" attr.type="string"/>'
        '<key id="d2" for="edge" attr.name="osmid" attr.type="string"/>'
        '<key id="d3" for="edge" attr.name="oneway" attr.type="string"/>',
        '<data key="d0">epsg:4326</data><node id="53000001"><data key="d1">37.82</data></node>'
        '<edge source="53000001" target="53000001"><data key="d2">[1, 2]</data><data key="d3">False</data></edge>',
        [((), {"y": "37.82", "id": "53000001"})],
        [("RELATED", {"osmid": "[1, 2]", "oneway": "False"})],
        warnings={"data of the graph itself skipped": 1},
    ),
    "an older NetworkX": _written(
        '<key attr.name="attr" attr.type="integer" for="node" id="d0"/>',
        '<node id="n0"><data key="d0">1</data></node>',
        [((), {"attr": 1})],
    ),
    "graph-tool": _written(
        '<key id="key0" for="edge" attr.name="weight" attr.type="double"/>'
        '<key id="key1" for="node" attr.name="degree" attr.type="short"/>'
        '<key id="key2" for="node" attr.name="parts" attr.type="vector_int"/>'
        '<key id="key3" for="node" attr.name="words" attr.type="vector_string"/>'
        '<key id="key4" for="node" attr.name="at" attr.type="vector_double"/>',
        '<node id="n0"><data key="key1">3</data><data key="key2">1, 2, 3</data><data key="key3">a, b</data>'
        '<data key="key4">0x1p-1, 2</data></node>'
        '<edge id="e0" source="n0" target="n0"><data key="key0">0x1.999999999999ap-4</data></edge>',
        [((), {"degree": 3, "parts": [1, 2, 3], "words": ["a", "b"], "at": [0.5, 2.0]})],
        [("RELATED", {"weight": 0.1})],
    ),
    "Cytoscape": _written(
        2 * '<key attr.name="SUID" attr.type="long" for="node" id="SUID"/>'
        + '<key attr.name="name" attr.type="string" for="node" id="name"/>',
        '<node id="122"><data key="SUID">122</data><data key="name">Gene4</data></node>'
        '<edge source="122" target="122"><data key="SUID">130</data><data key="name">pd</data></edge>',
        [((), {"SUID": 122, "name": "Gene4", "id": "122"})],
        [("RELATED", {"SUID": 130, "name": "pd"})],
        start="<graphml>",
        warnings={_NO_NAMESPACE: 1, _OTHER_EDGES: 2},
    ),
    "Joern": _written(
        '<key id="labelV" for="node" attr.name="labelV"/><key id="labelE" for="edge" attr.name="labelE"/>'
        '<key id="node__METHOD__NAME" for="node" attr.name="NAME"/>'
        '<key id="node__CALL__NAME" for="node" attr.name="NAME"/>',
        '<node id="1"><data key="labelV">METHOD</data><data key="node__METHOD__NAME">main</data></node>'
        '<node id="2"><data key="labelV">CALL::EXPR</data><data key="node__CALL__NAME">f</data></node>'
        '<edge source="1" target="2"><data key="labelE">AST</data></edge>',
        [(("METHOD",), {"NAME": "main", "id": "1"}), (("CALL", "EXPR"), {"NAME": "f", "id": "2"})],
        [("AST", {})],
    ),
    "yEd": _written(
        '<key for="node" id="d0" yfiles.type="nodegraphics"/><key for="edge" id="d1" yfiles.type="edgegraphics"/>'
        '<key id="d2" for="edge" attr.name="label" attr.type="string"/>',
        '<node id="n0"><data key="d0"><y:ShapeNode><y:Fill color="#FFCC00"/><y:NodeLabel visible="true">Town A'
        "<y:LabelModel><y:Deep/></y:LabelModel></y:NodeLabel></y:ShapeNode></data><port name='p'/></node>"
        '<edge id="e0" source="n0" target="n0"><data key="d1"><y:Line><y:EdgeLabel> to </y:EdgeLabel></y:Line></data>'
        '<data key="d2"/></edge><edge source="n0" target="n0"><data key="d2">&lt; 10 Gbps</data></edge>',
        [((), {"label": "Town A"})],
        [("RELATED", {"EdgeLabel": "to"}), ("< 10 Gbps", {})],
        start=_YWORKS,
        graph='<graph edgedefault="undirected">',
        warnings={_FOREIGN: 2, "ports passed over": 1, "undirected edges stored as directed": 2},
    ),
    "yFiles": _written(
        '<key id="d0" for="node" attr.type="int" attr.name="zOrder"><default><x:Null/></default></key>'
        '<key id="d1" for="node" attr.type="boolean" attr.name="Expanded"><default>true</default></key>'
        '<key id="d2" for="all" attr.name="UserTags"><default>\n<x:Null/>\n</default></key>'
        '<key id="d5" for="node" attr.name="NodeLabels"/>',
        '<node id="n0"><data key="d0">1</data><data key="d5"><x:List><y:Label><y:Label.Text>Start</y:Label.Text>'
        "<y:P><y:P><y:P><y:P><y:P/></y:P></y:P></y:P></y:P></y:Label></x:List></data></node>"
        '<edge source="n0" target="n0"/>',
        [((), {"zOrder": 1, "Expanded": True, "label": "Start"})],
        [("RELATED", {})],
        start=_YWORKS,
        warnings={_FOREIGN: 3},
    ),
    "groups within groups": _written(
        '<key id="n" for="node" attr.name="name"/>',
        '<node id="n0"><data key="n">out</data><graph id="n0:"><node id="n0::n0"><data key="n">in</data>'
        '<graph><node id="n0::n0::n0"/></graph></node><edge source="n0::n0" target="n1"/></graph></node>'
        '<node id="n1"/>',
        [
            ((), {"name": "out"}),
            ((), {"name": "in", "id": "n0::n0", "parent": "n0"}),
            ((), {"id": "n0::n0::n0", "parent": "n0::n0"}),
            ((), {}),
        ],
        [("RELATED", {})],
        warnings={"nested graphs read as part of the whole": 2},
    ),
    "a description with elements": _written(
        "<desc><version>0.7.2</version><time><start>0</start></time></desc>"
        '<key id="d9" for="edge" attr.name="edge type"/>',
        '<node id="n1"><desc>a <b>bold</b> one</desc></node>'
        '<edge id="e1" source="n1" target="n1"><data key="d9">create node</data></edge>',
        [((), {})],
        [("RELATED", {"edge type": "create node"})],
    ),
    "a type that is empty": _written(
        '<key id="label" for="edge" attr.name="label" attr.type="string"/>',
        '<node id="n0"/><edge source="n0" target="n0"><data key="label"></data></edge>'
        '<edge source="n0" target="n0"><data key="label"/></edge><edge source="n0" target="n0" label=""/>',
        [((), {})],
        3 * [("RELATED", {})],
    ),
    "the default of a type": _written(
        '<key id="d1" for="edge" attr.name="label"><default>LINKS</default></key>',
        '<node id="n0"/><edge source="n0" target="n0"/>'
        '<edge source="n0" target="n0"><data key="d1">:OTHER</data></edge><edge source="n0" target="n0" label=""/>',
        [((), {})],
        [("LINKS", {}), ("OTHER", {}), ("LINKS", {})],
    ),
    "a caption that is a number, and empty values": _written(
        '<key id="l" for="node" attr.name="label" attr.type="long"/>'
        '<key id="e" for="node" attr.name="e" attr.type="int"/>'
        '<key id="f" for="node" attr.name="f" attr.type="float"/><key id="s" for="node" attr.name="s"/>',
        '<node id="n0"><data key="l">3</data><data key="e"/><data key="f"> </data><data key="s"/></node>',
        [((), {"label": 3, "s": ""})],
    ),
    "a document in US-ASCII": _written(
        '<key id="n" for="node" attr.name="name" attr.type="string"/>',
        '<node id="n0" labels=":A"><data key="n">K&#246;ln</data></node>',
        [(("A",), {"name": "K\u00f6ln"})],
        start=f'<?xml version="1.0" encoding="us-ascii"?>\n{_START}',
    ),
    "a namespace of https": _written(
        "",
        '<node id="n0"/>',
        [((), {})],
        start='<graphml xmlns="https://graphml.graphdrawing.org/xmlns">',
        warnings={
            "documents whose namespace is https://graphml.graphdrawing.org/xmlns, "
            "read as http://graphml.graphdrawing.org/xmlns": 1
        },
    ),
    "ids beside a property named id": _written(
        '<key id="i" for="node" attr.name="id" attr.type="long"/>',
        '<node id="a"><data key="i">7</data></node><node id="n1"/>',
        [((), {"id": 7}), ((), {})],
        warnings={"ids of nodes left out, because the graph has a property 'id' of its own": 1},
    ),
}
"""Of other tools, by name."""

WRITTEN: Final = {**{f"procedures: {name}": each for name, each in PROCEDURES.items()}, **OTHERS}

_CONTROLLED: Final = '<node id="n0" labels=":A"><data key="labels">:A</data><data key="t">a\x1eb</data></node>'

REFUSED: Final = {
    "a control character that the procedures leave as it is": (
        f'{_START}{_LABELS}<key id="t" for="node" attr.name="t"/>\n<graph>\n{_CONTROLLED}</graph></graphml>',
        "the character U+001E is not allowed in XML. (entry 'g.graphml', line 3, column 70)",
    ),
    "a control character in a document of one line": (
        f'{_START}<graph><node id="x"/><desc>\x07</desc></graph></graphml>',
        "the character U+0007 is not allowed in XML. (entry 'g.graphml', line 1, column 83)",
    ),
}
"""Documents that are refused, each with a part of the message."""
