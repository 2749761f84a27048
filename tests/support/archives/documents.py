"""Documents of our own dialect, whole ones and damaged ones."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import Any

from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.graphml.keys import DOCUMENT_END, document_start
from shared.archive.limits import ArchiveLimits
from shared.archive.writing.graph_lines import GraphLines
from tests.support.graphs import Graph

Rows = Sequence[Any]

_PIECES = ["", *'<>&x0-\n "\r\x00é\ufffe', "<![CDATA[", "<!DOCTYPE a>", "</node>\n", "</edge>\n", '<data key="n.s.s">']
_PIECES += ["&amp;", "&#65;", "<!--", "-->", "]]>", "<?x?>", "<x/>", "<node>", "</graph>", "</data>"]
_PIECES += ['<edge id="e0" source="n0" target="n0" ', '<node id="n1"/>', '<data key="n.a.i">7</data>']


def document(nodes: Rows, edges: Rows) -> bytes:
    """Write a document."""
    lines = GraphLines("app", ArchiveLimits(), nothing_is_secured)
    try:
        body = lines.write_nodes(nodes) + lines.write_relationships(edges)
        return document_start(lines.tally.keys).encode() + body + DOCUMENT_END.encode()
    finally:
        lines.digest.close()


def rows_of(graph: Graph, copies: int = 1) -> tuple[list[Any], list[Any]]:
    """A graph's rows, several times, so that what was learnt comes again."""
    step = len(graph.nodes)
    nodes = [[at, list(labels), dict(values)] for at, (labels, values) in enumerate([*graph.nodes] * copies)]
    edges = [
        [at, start + step * turn, end + step * turn, name, dict(values)]
        for turn in range(copies)
        for at, (start, end, name, values) in enumerate(graph.relationships)
    ]
    return nodes, edges


def mutated(content: bytes, chance: random.Random) -> bytes:
    """Put something else in a few places."""
    changed = bytearray(content)
    for _ in range(chance.randint(1, 3)):
        at = chance.randrange(len(changed) + 1)
        piece = chance.choice([*map(str.encode, _PIECES), bytes([chance.randrange(256)])])
        changed[at : at + chance.choice([0, 1, len(piece)])] = piece
    return bytes(changed)
