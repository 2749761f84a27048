"""The strict reader of our own GraphML: whatever it accepts, it understands wholly."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final, NamedTuple, NoReturn

from shared.archive.graphml.declarations import DeclaredKey, declare
from shared.archive.graphml.elements import Element, checked_labels, labels_of, properties_of, type_of
from shared.archive.graphml.keys import DIALECT_VERSION, Sort
from shared.archive.graphml.strict_xml import StrictXml
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name, check_values_size
from shared.archive.values.xml_text import count_bytes

_CHILDREN: Final = {
    "": {"graphml"},
    "graphml": {"key", "graph"},
    "graph": {"node", "edge"},
    "node": {"data"},
    "edge": {"data"},
}
_IN_GRAPH: Final = ["graphml", "graph"]
_WITH_TEXT: Final = frozenset({"data"})


class ParsedNode(NamedTuple):
    """A node in the document's own words."""

    id: str
    labels: tuple[str, ...]
    properties: dict[str, Any]
    line: int


class ParsedEdge(NamedTuple):
    """An edge in the document's own words."""

    id: str | None
    source: str
    target: str
    type: str
    properties: dict[str, Any]
    line: int


class GraphMLParser:
    """Takes a document in pieces; gives elements as they are complete. Raises InvalidArchiveError everywhere."""

    def __init__(self, entry: str, limits: ArchiveLimits) -> None:
        self.elements: list[ParsedNode | ParsedEdge] = []
        """Complete elements; the caller takes them out."""
        self.keys: dict[str, DeclaredKey] = {}
        self._limits = limits
        self._graphs = 0
        self._element: Element | None = None
        self._data_key: str | None = None
        self._last_tag = -1
        self._xml = StrictXml(entry, limits, on_start=self._start, on_end=self._end, with_text=_WITH_TEXT)

    @property
    def line(self) -> int:
        """Where the parser stands."""
        return self._xml.line

    def feed(self, piece: bytes) -> None:
        """Read on."""
        self._xml.feed(piece)

    def skip_lines(self, count: int) -> None:
        """Know of lines that somebody else has read."""
        self._xml.skipped_lines += count

    def close(self) -> None:
        """End the document: cut off or without a graph, it is refused."""
        self._xml.close()
        if not self._graphs:
            self.refuse("There is no graph")

    def refuse(self, problem: str) -> NoReturn:
        """Raise InvalidArchiveError that names entry and line."""
        self._xml.refuse(problem)

    def is_between_elements(self, last_tag_bytes: int) -> bool:
        """Return whether the last bytes fed were exactly an element's end tag."""
        return self._xml.path == _IN_GRAPH and self._last_tag == self._xml.fed - last_tag_bytes

    def _start(self, parent: str, local: str, attributes: Mapping[str, str]) -> None:
        if local not in _CHILDREN.get(parent, ()):
            self._refuse_child(parent, local)
        match local:
            case "graphml":
                self._start_document(attributes)
            case "key":
                self._declare(attributes)
            case "graph":
                self._start_graph()
            case "node" | "edge":
                self._element = Element(sort=Sort(local), attributes=attributes)
            case "data":
                self._start_data(attributes)
            case _:
                pass

    def _refuse_child(self, parent: str, local: str) -> NoReturn:
        self.refuse(f"<{local}> has no place in <{parent}>" if parent else "The root element is not <graphml>")

    def _start_document(self, attributes: Mapping[str, str]) -> None:
        version = attributes.get("f:version")
        if version is None:
            self.refuse("Not in the dialect that a manifest stands for (f:version)")
        if version != DIALECT_VERSION:
            self.refuse(f"Version {version!r} of our GraphML dialect is unknown; this version reads {DIALECT_VERSION}")

    def _declare(self, attributes: Mapping[str, str]) -> None:
        try:
            key = declare(attributes, self._limits)
        except ValueError as error:
            self.refuse(f"A key is wrong: {error}")
        if key.id in self.keys:
            self.refuse(f"Two keys with the id {key.id!r}")
        if len(self.keys) >= self._limits.keys:
            self.refuse(f"More than {self._limits.keys} keys")
        self.keys[key.id] = key

    def _start_graph(self) -> None:
        self._graphs += 1
        if self._graphs > 1:
            self.refuse("Several graphs in one document")

    def _start_data(self, attributes: Mapping[str, str]) -> None:
        self._data_key = attributes.get("key")
        if self._data_key is None:
            self.refuse("Data without a key")

    def _end(self, local: str, text: str) -> None:
        match local:
            case "data":
                self._end_data(text)
            case "node" | "edge":
                self._end_element()
            case _:
                pass

    def _end_data(self, text: str) -> None:
        key, self._data_key = self._data_key, None
        if self._element is None or key is None:
            return
        if key in self._element.data:
            self.refuse(f"Data for the key {key!r} twice in one element")
        if len(self._element.data) >= self._limits.keys:
            self.refuse(f"More than {self._limits.keys} data of one element")
        self._element.data[key] = text
        self._element.size += count_bytes(text)
        try:
            check_values_size(self._element.size, self._limits)
        except ValueError as error:
            self._refuse_element(self._element, error)

    def _end_element(self) -> None:
        element, self._element = self._element, None
        self._last_tag = self._xml.position
        if element is None:
            return
        try:
            properties = properties_of(element, self.keys)
            self.elements.append(
                self._node(element, properties) if element.sort is Sort.NODE else self._edge(element, properties)
            )
        except ValueError as error:
            self._refuse_element(element, error)

    def _refuse_element(self, element: Element, error: ValueError) -> NoReturn:
        self.refuse(f"{element.sort.capitalize()} {element.attributes.get('id')!r} has {error}")

    def _node(self, element: Element, properties: dict[str, Any]) -> ParsedNode:
        node_id = element.attributes.get("id")
        if node_id is None:
            raise ValueError("no id")
        labels = checked_labels(labels_of(element), self._limits)
        return ParsedNode(node_id, labels, properties, self.line)

    def _edge(self, element: Element, properties: dict[str, Any]) -> ParsedEdge:
        source, target = element.attributes.get("source"), element.attributes.get("target")
        if source is None or target is None:
            raise ValueError("no source or no target")
        edge_type = type_of(element)
        if edge_type is None:
            raise ValueError("no label to be its type")
        check_name("relationship type", edge_type, self._limits)
        return ParsedEdge(element.attributes.get("id"), source, target, edge_type, properties, self.line)
