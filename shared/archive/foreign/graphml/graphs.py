"""Finds the graphs that stand beside one another in a document, before anything else of it is read."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Final

from shared.archive.foreign.graphml.encodings import to_utf8
from shared.archive.foreign.graphml.tolerant_xml import TolerantXml
from shared.archive.limits import ArchiveLimits

_TAGS: Final = {b"<graph": 1, b":graph": 1, b"<graphml": -1, b":graphml": -1}
"""What every tag of a graph begins with; what begins so too counts against it."""
_LONGEST_ID: Final = 1000
"""A longer one names nothing: thousands of them would take too much memory."""
_OVERLAP: Final = max(map(len, _TAGS)) - 1


def may_hold_several(pieces: Iterable[bytes], entry: str) -> bool:
    """Return whether a document may hold several graphs, also in one another; it is searched, not parsed.

    Raises: InvalidArchiveError.
    """
    count, before = 0, b""
    for piece in to_utf8(pieces, entry):
        text = before + piece
        count += sum(sign * (text.count(tag) - before.count(tag)) for tag, sign in _TAGS.items())
        if count > 2:  # one may be the beginning of a tag that is cut in two
            return True
        before = text[-_OVERLAP:]
    return count > 1


def read_graph_ids(pieces: Iterable[bytes], entry: str, limits: ArchiveLimits) -> Iterator[str]:
    """Give the ids of the graphs that no other one holds, empty where there is none or a long one.

    Raises: InvalidArchiveError.
    """
    found: list[str] = []

    def start(parent: str, local: str, attributes: Mapping[str, str]) -> bool:
        if (parent, local) == ("graphml", "graph"):
            graph_id = attributes.get("id", "")
            found.append(graph_id if len(graph_id) <= _LONGEST_ID else "")
        return bool(parent)

    xml = TolerantXml(entry, limits, on_start=start, on_end=lambda *_: None, on_data=lambda _: None)
    for piece in to_utf8(pieces, entry):
        xml.feed(piece)
        xml.captions.clear()
        yield from found
        found.clear()
    xml.close()
    yield from found
