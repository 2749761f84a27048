"""What is read by pattern is what the XML parser would read."""

from __future__ import annotations

from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.graphml.document import ForeignDocument, GraphEnd
from shared.archive.foreign.graphml.plain_elements import PlainElements
from shared.archive.graphml.parser import ParsedNode
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError
from tests.support.archives.making import typed

START = """<?xml version="1.0"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="node" attr.name="n" attr.type="long"/>
<key id="d1" for="all" attr.name="text"><default>x</default></key>
<graph edgedefault="undirected">
"""
NODE = """  <node id="é{0}">
    <data key="d0">{0}</data>
    <data key="d1">a &lt;&amp;&gt; b
</data><data key="u" />
  </node>
"""
BARE = '<node id="b{0}"/>\n\n'
EDGE = '  <edge source="é{0}" target="b{0}" id="{0}" directed="true">\n  <data key="d1"/></edge>\n'
OTHERS = (
    '<edge source="a" target="b"/>\n', "<!-- <node id='c'></node>\n<node id=\"x\">\n</node>\n -->\n", "\n", "stray",
    "&#65;", '<node id="n"><graph>\n<node id="i">\n</node>\n</graph></node>\n', "<![CDATA[</node>\n<node/>]]>",
    "<desc>a</desc>", '<x:node xmlns:x="urn:x"><node id="y">\n</node>\n</x:node>', "<port name='p'/>", "\r", "\x01",
    '\n<node xmlns="urn:y" id="z"></node>\n', '<node id="q" id="q"/>\n', '<data key="d0">1</data>', "\ufffe", '"', "<",
    ">", "]]>", "xmlns='urn:x'", '<node id="many">\n<data key="d0">x</data></node>\n', "<hyperedge/>",
    "\n<edge source='a'/>\n",
)  # fmt: skip
NOT_WELL_FORMED = "Not well-formed"
MUTATIONS = st.lists(
    st.tuples(st.floats(0, 1, exclude_max=True), st.sampled_from(OTHERS) | st.text(max_size=2), st.integers(0, 9)),
    max_size=3,
)


def read(content: bytes, piece: int) -> object:
    document = ForeignDocument("x", ArchiveLimits(), ForeignDefaults())
    try:
        for start in range(0, len(content), piece):
            document.feed(content[start : start + piece])
        document.close()
    except InvalidArchiveError as error:
        # Of several faults of the markup, the parser's pieces decide which one it meets first.
        return NOT_WELL_FORMED if NOT_WELL_FORMED in error.message else str(error)
    return [typed(list(each)) for each in document.elements if not isinstance(each, GraphEnd)], document.warnings


@settings(deadline=None, max_examples=300)
@given(mutations=MUTATIONS, piece=st.sampled_from([7, 100, 100_000]), at_lines=st.booleans())
def test_documents_with_anything_in_between(
    mutations: list[tuple[float, str, int]], piece: int, at_lines: bool
) -> None:
    elements = "".join(each.format(number) for number in range(4) for each in (NODE, BARE, EDGE))
    text = f"{START}{elements}</graph>\n</graphml>\n"
    for place, insertion, removed in mutations:
        at = int(place * len(text))
        if at_lines:
            at = text.find("\n", at) + 1
        text = text[:at] + insertion + text[at + (0 if at_lines else removed) :]
    content = text.encode(errors="ignore")
    with patch.object(PlainElements, "_take", return_value=False):
        expected = read(content, 100_000)
    assert read(content, piece) == expected


def test_most_elements_are_read_by_pattern() -> None:
    content = f"{START}{''.join(NODE.format(number) for number in range(10))}</graph></graphml>".encode()
    with patch.object(
        ForeignDocument, "read_strictly", autospec=True, side_effect=ForeignDocument.read_strictly
    ) as strictly:
        read(content, 100_000)
    assert sum(len(call.args[1]) for call in strictly.call_args_list) < len(START) + 3 * len(NODE)


def test_elements_of_another_default_namespace_are_nobodys() -> None:
    namespace = "http://graphml.graphdrawing.org/xmlns"
    content = (
        f'<g:graphml xmlns:g="{namespace}" xmlns="urn:other">\n<g:graph>\n<node xmlns="{namespace}" id="a">\n</node>\n'
        '<node id="b">\n</node>\n<node id="c">\n</node>\n</g:graph>\n</g:graphml>\n'
    ).encode()
    document = ForeignDocument("x", ArchiveLimits(), ForeignDefaults())
    document.feed(content)
    document.close()
    assert [each.id for each in document.elements if isinstance(each, ParsedNode)] == ["a"]
    assert document.warnings["elements of foreign namespaces skipped"] == 2
