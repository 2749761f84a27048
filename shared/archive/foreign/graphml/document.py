"""Reads one GraphML document of any tool."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

from shared.archive.foreign.defaults import ForeignDefaults
from shared.archive.foreign.graphml.contents import Contents
from shared.archive.foreign.graphml.dialects import Dialect, Signs
from shared.archive.foreign.graphml.keys import ForeignKey, ForeignKeys
from shared.archive.foreign.graphml.names import Datum, ForeignElement
from shared.archive.foreign.graphml.plain_elements import PlainElements
from shared.archive.foreign.graphml.tolerant_xml import TolerantXml
from shared.archive.foreign.warnings import Warnings
from shared.archive.graphml.keys import DIALECT_VERSION, LABELS_KEY, Sort
from shared.archive.graphml.parser import ParsedEdge, ParsedNode
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_values_size
from shared.archive.values.xml_text import count_bytes
from shared.errors import InvalidArchiveError

_CHILDREN: Final = {
    "": {"graphml"},
    "graphml": {"key", "graph", "data"},
    "graph": {"key", "node", "edge", "data"},
    "node": {"data", "graph"},
    "edge": {"data"},
    "key": {"default"},
}
_OUTERMOST: Final = ["graphml", "graph"]
_PASSED_OVER: Final = {"desc": None, "port": "ports passed over"}
"""What may stand anywhere, with the warning that counts it."""
_SORTS: Final = frozenset(Sort)


class GraphEnd:
    """Says among the elements that a graph ends which no other one holds."""


class ForeignDocument:
    """Takes a document in pieces; gives elements as they are complete. Raises InvalidArchiveError everywhere."""

    def __init__(
        self, entry: str, limits: ArchiveLimits, defaults: ForeignDefaults, *, marks_graphs: bool = False
    ) -> None:
        """`marks_graphs`: whether each graph that no other one holds is for itself, with its end among the elements."""
        self.elements: list[ParsedNode | ParsedEdge | GraphEnd] = []
        """Complete elements; the caller takes them out."""
        self._entry = entry
        self._limits = limits
        self._signs = Signs()
        self._xml = TolerantXml(entry, limits, on_start=self._start, on_end=self._end, on_data=self._start_data)
        self._xml.tell(on_namespace=self._signs.see_namespace, on_comment=self._signs.see_comment)
        self._marks_graphs = marks_graphs
        self._plain = PlainElements(self, longest=limits.token_bytes // 4)
        self._keys = ForeignKeys(limits, self._xml.warnings)
        self._contents = Contents(self._keys, limits, defaults, self._xml.warnings)
        self._declared: list[ForeignKey] = []
        self._has_graph = False
        self._undirected: list[bool] = []
        self._open: list[ForeignElement] = []
        self._data_key: str | None = None
        self._last_end = -1
        """Where the end tag of the last node or edge begins that the parser read."""

    @property
    def warnings(self) -> Warnings:
        """What was passed over or changed, counted."""
        return self._xml.warnings

    @property
    def dialect(self) -> Dialect:
        """Whose GraphML it is, as far as it is read."""
        return self._signs.dialect

    def feed(self, piece: bytes) -> None:
        """Read on."""
        self._plain.feed(piece)

    def close(self) -> None:
        """End the document: cut off or without a graph, it is refused."""
        self._plain.close()
        self._xml.close()
        if not self._has_graph:
            self._xml.refuse("There is no graph")

    def read_strictly(self, part: bytes) -> None:
        """Feed the XML parser."""
        self._xml.feed(part)

    def is_between_elements(self, last_tag_bytes: int) -> bool:
        """Return whether the last part ended with an end tag of so many bytes, directly in the outermost graph."""
        if self._xml.changes_namespace:
            return False
        return self._xml.path == _OUTERMOST and self._last_end == self._xml.fed - last_tag_bytes

    def skip_lines(self, count: int) -> None:
        """Know of lines that the parser does not see."""
        self._xml.skipped_lines += count

    def take_plain(self, sort: Sort, attributes: Mapping[str, str], data: Sequence[tuple[str, str]]) -> bool:
        """Take an element; False where the parser shall read it, to say what is wrong."""
        if len(attributes) > self._limits.attributes:
            return False
        try:
            self._start_element(sort, attributes)
            element = self._open.pop()
            element.data += [Datum(self._keys.find(sort, key), text) for key, text in data]
            self._end_element(element)
        except (ValueError, InvalidArchiveError):
            return False
        return True

    def _start(self, parent: str, local: str, attributes: Mapping[str, str]) -> bool:
        if local in _PASSED_OVER:
            if (warning := _PASSED_OVER[local]) is not None:
                self.warnings[warning] += 1
            return True
        if local not in _CHILDREN.get(parent, ()):
            self._refuse_child(parent, local)
        match local:
            case "graphml":
                self._start_document(attributes)
            case "key":
                self._declare(attributes)
            case "graph":
                self._start_graph(parent, attributes)
            case "node" | "edge":
                self._start_element(Sort(local), attributes)
            case "data":
                self._data_key = attributes.get("key")
                if self._data_key is None:
                    self._xml.refuse("Data without a key")
            case _:
                pass
        return False

    def _start_data(self, key: str) -> None:
        self._data_key = key

    def _refuse_child(self, parent: str, local: str) -> NoReturn:
        if local in {"hyperedge", "endpoint", "locator"}:
            self._xml.refuse(f"<{local}> within <{parent}>: hyperedges and graphs in other files are not supported")
        known = ", ".join(f"<{each}>" for each in sorted(_CHILDREN.get(parent, ()))) or "nothing"
        where = f"within <{parent}>" if parent else "as the root element"
        self._xml.refuse(f"<{local}> has no place {where}: {known} may stand there")

    def _start_document(self, attributes: Mapping[str, str]) -> None:
        version = attributes.get("f:version")
        if version not in (None, DIALECT_VERSION):
            self._xml.refuse(
                f"Version {version!r} of our GraphML dialect is unknown; this version reads {DIALECT_VERSION}"
            )
        self._signs.see_root(attributes)
        self._keys.ours = self.dialect is Dialect.OURS

    def _declare(self, attributes: Mapping[str, str]) -> None:
        self._signs.see_key(attributes)
        try:
            self._declared = self._keys.declare(attributes)
        except ValueError as error:
            self._xml.refuse(f"A key is wrong: {error}")

    def _start_graph(self, parent: str, attributes: Mapping[str, str]) -> None:
        if parent == "node":
            self.warnings["nested graphs read as part of the whole"] += 1
        elif self._has_graph and not self._marks_graphs:
            self.warnings["graphs read as part of the first one of their document"] += 1
        self._has_graph = True
        self._signs.see_graph(attributes)
        self._undirected.append(attributes.get("edgedefault", "").strip().lower() == "undirected")

    def _start_element(self, sort: Sort, attributes: Mapping[str, str]) -> None:
        if LABELS_KEY in attributes and sort is Sort.NODE:
            self._signs.see_labels()
        parent = self._open[-1].attributes.get("id") if self._open else None
        self._open.append(
            ForeignElement(
                sort=sort, attributes=attributes, line=self._xml.line, column=self._xml.column, parent=parent
            )
        )
        directed = attributes.get("directed", "false" if self._undirected[-1] else "true")
        if sort is Sort.EDGE and directed.strip().lower() == "false":
            self.warnings["undirected edges stored as directed"] += 1

    def _end(self, local: str, text: str) -> None:
        match local:
            case "data":
                self._end_data(text)
            case "default":
                self._end_default(text)
            case "graph":
                self._undirected.pop()
                if self._marks_graphs and not self._undirected:
                    self.elements.append(GraphEnd())
            case "node" | "edge":
                self._last_end = self._xml.position
                self._end_element(self._open.pop())
            case _:
                pass

    def _end_data(self, text: str) -> None:
        key_id, self._data_key = self._data_key or "", None
        if self._xml.path[-2] not in _SORTS:
            self.warnings["data of the graph itself skipped"] += 1
            return
        element = self._open[-1]
        if self._xml.captions:
            element.captions += self._xml.captions
            self._xml.captions.clear()
        if self._xml.holds_foreign and not text.strip():
            return
        if len(element.data) >= self._limits.keys:
            self._xml.refuse(f"More than {self._limits.keys} data of one element")
        try:
            element.data.append(Datum(self._keys.find(element.sort, key_id), text))
            element.size += count_bytes(text)
            # With those of the nodes that it is nested in: they are in memory, too.
            check_values_size(sum(each.size for each in self._open), self._limits)
        except ValueError as error:
            self._refuse_element(element, error)

    def _end_default(self, text: str) -> None:
        if self._xml.holds_foreign and not text.strip():
            return
        try:
            self._keys.set_default(self._declared, text)
        except ValueError as error:
            self._xml.refuse(f"A default is wrong: {error}")

    def _end_element(self, element: ForeignElement) -> None:
        try:
            self.elements.append(self._contents.read(element))
        except ValueError as error:
            self._refuse_element(element, error)

    def _refuse_element(self, element: ForeignElement, error: ValueError) -> NoReturn:
        attributes = element.attributes
        if element.sort is Sort.NODE:
            what = f"Node {attributes.get('id')!r}"
        else:
            name = f" {attributes['id']!r}" if "id" in attributes else ""
            what = f"Edge{name} from {attributes.get('source')!r} to {attributes.get('target')!r}"
        raise InvalidArchiveError(
            f"{what} has {error}.", entry=self._entry, line=element.line, column=element.column
        ) from error
