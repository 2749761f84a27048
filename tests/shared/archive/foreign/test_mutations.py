"""Documents and tables of other tools, changed by chance: each is read, or refused with its place."""

from __future__ import annotations

import asyncio
import tempfile
import zipfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.warnings import FURTHER, MOST_KINDS
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError
from tests.support.archives.foreign import OLDER, document, read_foreign, zipped

LIMITS = ArchiveLimits(inflated_bytes=20_000_000, token_bytes=100_000)
EXAMPLES = 400

NETWORKX = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="d0" for="edge" attr.name="weight" attr.type="double"><default>1.5</default></key>
<key id="d1" for="node" attr.name="size" attr.type="long"/><key id="d2" for="node" attr.name="ok" attr.type="boolean"/>
<graph edgedefault="undirected">
<node id="Alice"><data key="d1">7</data><data key="d2">true</data></node><node id="Bob"><data key="d1">-1</data></node>
<edge source="Alice" target="Bob"><data key="d0">nan</data></edge><edge source="Bob" target="Bob" id="x"/>
</graph></graphml>"""
LIBRARY = """<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="labels" for="node" attr.name="labels"/><key id="label" for="edge" attr.name="label"/>
<key id="tags" for="node" attr.name="tags" attr.type="string" attr.list="long"/>
<key id="name" for="all" attr.name="name"/>
<graph id="G" edgedefault="directed">
<node id="n0" labels=":A:B"><data key="labels">:A:B</data><data key="tags">[1,2]</data><data key="name">x</data></node>
<node id="n1" labels=":A"><data key="labels">:A</data><data key="other">mixed</data></node>
<edge id="e0" source="n0" target="n1" label="KNOWS"><data key="label">KNOWS</data><data key="name">y</data></edge>
</graph></graphml>"""
YED = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns" xmlns:y="http://www.yworks.com/xml/graphml">
<key for="node" id="d5" yfiles.type="nodegraphics"/><key for="edge" id="d9" yfiles.type="edgegraphics"/>
<key attr.name="url" attr.type="string" for="node" id="d3"><default><y:thing/></default></key><desc>a <b/></desc>
<graph edgedefault="directed" id="G"><node id="g" yfiles.foldertype="group"><graph id="g:" edgedefault="directed">
<node id="g::a"><port name="p"/><data key="d5"><y:ShapeNode><y:NodeLabel>Start</y:NodeLabel></y:ShapeNode></data></node>
<node id="g::b"/></graph></node>
<edge id="e0" source="g::a" target="g::b" sourceport="p"><data key="d9"><y:EdgeLabel>go</y:EdgeLabel></data></edge>
</graph></graphml>"""
GREMLIN = """<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="labelV" for="node" attr.name="labelV" attr.type="string"/>
<key id="labelE" for="edge" attr.name="labelE" attr.type="string"/>
<key id="f" for="node" attr.name="f" attr.type="vector_float"/><key id="h" for="edge" attr.name="h" attr.type="short"/>
<graph id="G" edgedefault="directed"><edge id="7" source="1" target="2"><data key="labelE">AST</data></edge>
<node id="1"><data key="labelV">METHOD::X</data><data key="f">0x1p-3, 2</data></node>
<node id="2"><data key="labelV">CALL</data></node></graph></graphml>"""
DOCUMENTS = (NETWORKX, LIBRARY, YED, GREMLIN)

ODD = [
    *["", " ", "\n", "-1", "+", "1e400", "9223372036854775808", "-9223372036854775809", "9" * 5000, "1_000", "0x1p-3"],
    *[
        "0x",
        "nan",
        "NaN(7)",
        "-INF",
        "+Infinity",
        "true",
        "TRUE",
        "yes",
        "٣",
        "\uff11",
        "1e5",
        "1.",
        ".",
        "1,2",
        "[",
        "[]",
    ],
    *["[1,2", '["a",1]', "[[1]]", "[null]", "{}", "[" * 2000, "[1e999]", ":", "::", ":A", "A:B", ":A:", "_FerryX"],
    *[
        "_ferry",
        "x" * 16_384,
        "x" * 100_001,
        "\u2028",
        "\ufffd",
        "\U0001f600",
        "\u0085",
        "e\u0301",
        "a\tb",
        "a;b",
        'a"b',
    ],
    *[
        "&",
        "<",
        "]]>",
        "n0",
        "n1",
        "Alice",
        "labels",
        "label",
        "id",
        "d0",
        "d1",
        "double",
        "int",
        "vector_string",
        "all",
    ],
    *[
        "node",
        "edge",
        "graph",
        "port",
        "hyperedge",
        "endpoint",
        "key",
        "data",
        "default",
        "desc",
        "locator",
        "undirected",
    ],
]
PIECES = [
    *[
        b"",
        b"<",
        b">",
        b"&",
        b"&amp;",
        b"&#0;",
        b"&#xD800;",
        b"\0",
        b"\x1e",
        b"\xff",
        b"\xfe",
        b"\xc3",
        b"\xed\xa0\x80",
    ],
    *[b"\xef\xbf\xbe", b"\xef\xbb\xbf", b"\r", b"\n", b'"', b"'", b"]]>", b"<!--", b"-->", b"<![CDATA[", b"<?x?>"],
    *[
        b"<!DOCTYPE a>",
        b"<!DOCTYPE a [<!ENTITY b 'c'>]>",
        b"&b;",
        b"<x/>",
        b"<node>",
        b"</graph>",
        b"</data>",
        b"<graph>",
    ],
    *[b"<?xml version='1.1'?>", b"<?xml version='1.0' encoding='UTF-16'?>", b"<?xml encoding='x'?>", b"xmlns:y='u'"],
    *[b";", b",", b"\t", b'""', b'";"', b"\r\n", b"\n\n", b"\x81", b"\xe4", b"_Ferry", b"x" * 3000],
]
places = st.floats(0, 1, exclude_max=True)
byte_changes = st.lists(st.tuples(places, st.sampled_from(PIECES), st.integers(0, 30)), min_size=1, max_size=4)
element_changes = st.lists(
    st.tuples(places, places, st.sampled_from(["drop", "double", "move", "tag", "text", "tail", "set", "unset"])),
    min_size=1,
    max_size=4,
)


def read(files: Mapping[str, str | bytes], **options: Any) -> InvalidArchiveError | None:
    """Read as an import does; return the refusal. Every other error is one of ours."""
    with tempfile.TemporaryDirectory() as folder:
        try:
            asyncio.run(read_foreign(Path(folder), zipped(files), limits=LIMITS, **options))
        except InvalidArchiveError as error:
            return error
    return None


def require_read_or_placed(files: Mapping[str, str | bytes], **options: Any) -> None:
    refusal = read(files, **options)
    assert refusal is None or refusal.entry is not None, refusal
    assert refusal is None or len(refusal.message) < 2000


def with_bytes(content: bytes, changes: list[tuple[float, bytes, int]]) -> bytes:
    for place, insertion, removed in changes:
        at = int(place * len(content))
        content = content[:at] + insertion + content[at + removed :]
    return content


def with_elements(text: str, changes: list[tuple[float, float, str]], odd: list[str]) -> bytes:
    """Change a document's tree; it stays well-formed, but for characters that XML forbids."""
    root = ET.fromstring(text)
    for number, (place, other, how) in enumerate(changes):
        elements = list(root.iter())
        at, to = elements[int(place * len(elements))], elements[int(other * len(elements))]
        parents = {child: parent for parent in elements for child in parent}
        value = odd[number % len(odd)]
        match how:
            case "drop" if at in parents:
                parents[at].remove(at)
            case "double" if at in parents:
                parents[at].append(at)
            case "move" if at in parents and to not in list(at.iter()):
                parents[at].remove(at)
                to.append(at)
            case "tag":
                at.tag = to.tag
            case "text":
                at.text = value
            case "tail":
                at.tail = value
            case "set":
                names = [name for each in elements for name in each.attrib] or ["id"]
                at.set(names[int(other * len(names))], value)
            case "unset" if at.attrib:
                del at.attrib[sorted(at.attrib)[int(other * len(at.attrib))]]
            case _:
                pass
    return ET.tostring(root)


@settings(deadline=None, max_examples=EXAMPLES)
@given(text=st.sampled_from(DOCUMENTS), changes=byte_changes, encoding=st.sampled_from(["utf-8", "utf-16"]))
def test_documents_with_changed_bytes(text: str, changes: list[tuple[float, bytes, int]], encoding: str) -> None:
    plain = text.removeprefix('<?xml version="1.0" encoding="UTF-8"?>\n')
    content = (text if encoding == "utf-8" else plain).encode(encoding)
    require_read_or_placed({"a.graphml": with_bytes(content, changes)})


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    text=st.sampled_from(DOCUMENTS),
    changes=element_changes,
    odd=st.lists(st.sampled_from(ODD), min_size=1, max_size=4),
    names=st.fixed_dictionaries(
        {},
        optional={
            "label_from": st.sampled_from(["size", "labels", "name", "tags", "gone"]),
            "type_from": st.sampled_from(["weight", "label", "name", "h", "gone"]),
            "id_property": st.sampled_from(["", "id", "size", "name"]),
            "parent_property": st.sampled_from(["", "parent", "url"]),
        },
    ),
)
def test_documents_with_changed_elements(
    text: str, changes: list[tuple[float, float, str]], odd: list[str], names: dict[str, Any]
) -> None:
    require_read_or_placed(
        {"a.graphml": with_elements(text, changes, odd), "b.xml": GREMLIN}, defaults=ForeignDefaults(**names)
    )


def tables() -> dict[str, str]:
    with zipfile.ZipFile(OLDER) as archive:
        files = {name: archive.read(name).decode("utf-8-sig") for name in archive.namelist()}
    return {name: text for name, text in files.items() if name.startswith("shop/")}


TABLES = tables()
ENCODERS: dict[str, Callable[[str], bytes]] = {
    "utf-8": str.encode,
    "utf-8-sig": lambda text: text.encode("utf-8-sig"),
    "utf-16": lambda text: text.encode("utf-16"),
    "utf-16-be": lambda text: ("\ufeff" + text).encode("utf-16-be"),
    "windows-1252": lambda text: text.encode("windows-1252", errors="replace"),
}
cells = st.tuples(places, places, st.sampled_from(ODD))


@settings(deadline=None, max_examples=EXAMPLES)
@given(
    name=st.sampled_from(sorted(TABLES)),
    changes=st.lists(cells, max_size=3),
    separator=st.sampled_from([";", ",", "\t", "|"]),
    encoding=st.sampled_from(sorted(ENCODERS)),
    further=st.one_of(st.just([]), byte_changes),
)
def test_tables_with_changed_cells_and_bytes(
    name: str,
    changes: list[tuple[float, float, str]],
    separator: str,
    encoding: str,
    further: list[tuple[float, bytes, int]],
) -> None:
    lines = [line.split(";") for line in TABLES[name].split("\n")]
    for row, column, value in changes:
        line = lines[int(row * len(lines))]
        line[int(column * len(line))] = value
    content = ENCODERS[encoding]("\n".join(separator.join(line) for line in lines))
    require_read_or_placed({**TABLES, name: with_bytes(content, further)})


@pytest.mark.parametrize(
    "body",
    [
        f"<{'x' * 90_000}/>",
        f'<node id="{"x" * 90_000}"/>' * 2,
        f'<edge source="{"x" * 90_000}" target="b"/>',
        f'<node id="a"><data key="{"x" * 90_000}"><graph/></data></node><hyperedge/>',
    ],
)
def test_a_refusal_is_of_a_length_to_read(body: str) -> None:
    refusal = read({"a.graphml": document(body)})
    assert refusal is not None
    assert (len(refusal.message) < 2000, refusal.message[-40:].count("line 3")) == (True, 1)


@pytest.mark.parametrize("text", DOCUMENTS)
def test_the_documents_themselves_are_read(text: str) -> None:
    assert read({"a.graphml": text}) is None


async def test_names_in_warnings_are_few_and_short(tmp_path: Path) -> None:
    keys = "".join(f'<key id="k{number}" for="node" attr.type="odd{number}{"x" * 1000}"/>' for number in range(150))
    read = await read_foreign(tmp_path, zipped({"a.graphml": document('<node id="n0"/>', keys)}))
    assert len(read.inspection.warnings) == MOST_KINDS + 1
    assert f"{FURTHER}: 50." in read.inspection.warnings
    assert max(map(len, read.inspection.warnings)) < 200
