"""Lines that the compiled codec reads: those that stand exactly as our writer writes them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import partial
from typing import Any, Final

from shared.archive.canonical.layout import DATA_END, Layout, data_start
from shared.archive.canonical.renderer import Renderer
from shared.archive.digests.digest import UNSTEADY
from shared.archive.graphml.declarations import DeclaredKey, declares
from shared.archive.graphml.keys import EDGE_END, NODE_END, Sort
from shared.archive.limits import ArchiveLimits
from shared.archive.values.value_kinds import BOOLEAN, EMPTY_LIST, FLOAT, INTEGER, NATIVE_LISTS, STRING, Kind, kind_of
from shared.archive.values.xml_text import escape_text, unescape_text
from shared.errors import UnsupportedValueError
from shared.graph import Properties

_STARTS: Final = {
    Sort.NODE: (b'<node id="n',),
    Sort.EDGE: (b'<edge id="e', b' source="n', b' target="n'),
}
_ENDS: Final = {
    Sort.NODE: (DATA_END.encode(), NODE_END.encode()),
    Sort.EDGE: (DATA_END.encode(), EDGE_END.encode()),
}
SHORTEST_LINE: Final = len(b'<node id="n0"></node>\n')
"""No line has fewer bytes."""

_CLASSES: Final[Mapping[Kind, str]] = {
    BOOLEAN: "boolean",
    INTEGER: "integer",
    FLOAT: "float",
    STRING: "string",
    NATIVE_LISTS["boolean"]: "booleans",
    NATIVE_LISTS["long"]: "integers",
    NATIVE_LISTS["double"]: "floats",
    NATIVE_LISTS["string"]: "strings",
    EMPTY_LIST: "empty",
}
"""The codec's word for the kinds whose texts it reads itself."""
_REMEMBERED: Final = 20_000
"""Label sets and types that are learnt; lines of any more are read strictly, so that memory stays bounded."""


class KnownLines:
    """What the codec knows of the nodes, or the edges, of one document, from those that were read strictly."""

    def __init__(self, sort: Sort, limits: ArchiveLimits, pack: Callable[[Any], bytes]) -> None:
        """`pack` gives values, labels and types as they go over the wire."""
        from shared.native.elements import LineReader  # noqa: PLC0415 - only where it is compiled

        longest = min(limits.token_bytes, limits.element_bytes)
        self.kernel = LineReader(_STARTS[sort], _ENDS[sort], longest, UNSTEADY)
        self.layouts: list[Layout] = []
        """By the number of a head."""
        self._sort = sort
        self._pack = pack
        self._renderer = Renderer(sort, limits)

    def learn(self, labels: tuple[str, ...], properties: Properties, declared: Mapping[str, DeclaredKey]) -> None:
        """Learn how an element that was read strictly is written, if its document declares its keys as we do."""
        try:
            layout = self._renderer.layout_of(labels, properties)
        except UnsupportedValueError:
            return
        if len(self.layouts) < _REMEMBERED:
            packed = self._pack(list(layout.labels) if self._sort is Sort.NODE else layout.labels[0])
            if self.kernel.learn_head(layout.head.encode(), packed) is not None:
                self.layouts.append(layout)
        for key in layout.keys:
            if declares(declared, key):
                ask = partial(self._pack_text, key.kind)
                self.kernel.learn_key(data_start(key).encode(), key.name, _CLASSES.get(key.kind, "other"), ask)

    def _pack_text(self, kind: Kind, encoded: bytes) -> bytes | None:
        """Pack the value of a text that the codec does not read; None where we would write it otherwise."""
        try:
            text = encoded.decode()
            value = kind.parse(unescape_text(text))
            is_ours = kind_of(value) is kind and escape_text(kind.text(value)) == text
        except ValueError:
            return None
        return self._pack(value) if is_ours else None
