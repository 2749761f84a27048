from __future__ import annotations

import pytest

from shared.archive.graphml.parser import GraphMLParser
from shared.archive.limits import MIB, ArchiveLimits
from shared.errors import InvalidArchiveError

START = '<graphml xmlns="http://graphml.graphdrawing.org/xmlns"'
HEAD = f'{START} xmlns:f="urn:graphferry:graphml" f:version="1">\n'
GRAPH = '<graph edgedefault="directed"><node id="n0"/></graph>'
KEY = '<key id="k" for="node"/>'


def parse(text: str | bytes, *, piece: int = 7) -> GraphMLParser:
    parser = GraphMLParser("x.graphml", ArchiveLimits())
    content = text.encode() if isinstance(text, str) else text
    for start in range(0, len(content), piece):
        parser.feed(content[start : start + piece])
    parser.close()
    return parser


def test_a_document_of_ours() -> None:
    body = '<node id="n0" labels=":A:B"><data key="labels">:A:B</data><data key="k">x</data></node>'
    edge = '<edge id="e0" source="n0" target="n0" label="R"><data key="label">R</data></edge>'
    parser = parse(f"{HEAD}{KEY}<graph>{body}{edge}</graph></graphml>")
    assert [tuple(each)[:-1] for each in parser.elements] == [
        ("n0", ("A", "B"), {"k": "x"}),
        ("e0", "n0", "n0", "R", {}),
    ]


def test_values_of_one_element_are_bounded_together() -> None:
    parser = GraphMLParser("x.graphml", ArchiveLimits())
    keys = "".join(f'<key id="k{number}" for="all" attr.name="x{number}"/>' for number in range(3))
    datum = "x" * 12 * MIB
    parser.feed(f'{HEAD}{keys}<graph><node id="n0">'.encode())
    for number in range(2):
        parser.feed(f'<data key="k{number}">{datum}</data>'.encode())
    with pytest.raises(InvalidArchiveError, match=rf"Node 'n0' has values of {36 * MIB} bytes.*MAX_VALUE") as caught:
        parser.feed(f'<data key="k2">{datum}</data>'.encode())
    assert (caught.value.entry, caught.value.line) == ("x.graphml", 2)


@pytest.mark.parametrize(
    ("text", "line", "words"),
    [
        (f"<!DOCTYPE graphml>\n{HEAD}{GRAPH}</graphml>", 1, "DOCTYPE"),
        (f"{HEAD}<?php x?>{GRAPH}</graphml>", 2, "Processing"),
        (f'{HEAD}<x:include xmlns:x="http://www.w3.org/2001/XInclude"/></graphml>', 2, "XInclude"),
        (f"{HEAD}{GRAPH}\n&undefined;</graphml>", 3, "undefined entity"),
        (f"{HEAD}{GRAPH}</graphml>\ntext", 3, "junk"),
        (f"{HEAD}{GRAPH}\n", 3, "no element found"),
        (f"{HEAD}</graphml>", 2, "no graph"),
        (f"{HEAD}{GRAPH}{GRAPH}</graphml>", 2, "Several graphs"),
        (f"{START}>{GRAPH}</graphml>", 1, "f:version"),
        ("<html/>", 1, "<html> is not of the namespace"),
        (f'{HEAD}<y:a xmlns:y="urn:y"/></graphml>', 2, "but of urn:y"),
        (f'{HEAD}<graph><node id="n0"><graph/></node></graph></graphml>', 2, "<graph> has no place in <node>"),
        (f'{HEAD}<graph><node id="n0"><port name="p"/></node></graph></graphml>', 2, "<port> has no place"),
        (f"{HEAD}<graph><node/></graph></graphml>", 2, "no id"),
        (f'{HEAD}<graph><edge source="n0"/></graph></graphml>', 2, "no target"),
        (f'{HEAD}<graph><edge source="n0" target="n0"/></graph></graphml>', 2, "no label to be its type"),
        (f"{HEAD}<graph>text</graph></graphml>", 2, "Text between elements"),
        (f'{HEAD}<graph><node id="n0"><data>x</data></node></graph></graphml>', 2, "without a key"),
        (f'{HEAD}<graph><node id="n0"><data key="u">x</data></node></graph></graphml>', 2, "not declared"),
        (f"{HEAD}{KEY}{KEY}</graphml>", 2, "Two keys"),
        (f'{HEAD}<key id="k" attr.type="decimal"/></graphml>', 2, "decimal"),
        (f'{HEAD}<key id="k" attr.name="_Ferry"/></graphml>', 2, "reserved"),
        (f"{HEAD}<key id='k' f:name='\"a\\u0000b\"'/></graphml>", 2, "U\\+0000"),
        (f"{HEAD}<graph><node id='n0' f:labels='[\"a\\u0000b\"]'/></graph></graphml>", 2, "U\\+0000"),
        (f'{HEAD}<key id="k" for="edge"/><graph><node id="a"><data key="k"/></node></graph></graphml>', 2, "edge"),
        (f'{HEAD}{KEY}<graph>\n<node id="a"><data key="k"/><data key="k"/></node></graph></graphml>', 3, "twice"),
        ('<?xml version="1.0" encoding="ISO-8859-1"?><graphml/>', 1, "UTF-8"),
        (HEAD.replace('"1"', '"2"'), 1, "Version '2'"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("piece", [5, 10_000])
def test_refusals_name_entry_and_line(text: str, line: int, words: str, piece: int) -> None:
    with pytest.raises(InvalidArchiveError, match=words) as caught:
        parse(text, piece=piece)
    assert (caught.value.entry, caught.value.line) == ("x.graphml", line)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("".join(f'<key id="k{number}"/>' for number in range(4)), "More than 3 keys"),
        ('<graph><node id="a">' + "".join(f'<data key="k{each}"/>' for each in range(4)), "More than 3 data"),
    ],
    ids=["keys", "data of an element"],
)
def test_what_is_kept_while_it_is_read_is_bounded(text: str, words: str) -> None:
    parser = GraphMLParser("x.graphml", ArchiveLimits(keys=3))
    with pytest.raises(InvalidArchiveError, match=words):
        parser.feed(f"{HEAD}{text}".encode())
