"""The strict reader of GraphML: whatever it accepts, it understands wholly."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Any, Final, NamedTuple, NoReturn

from shared.archive.graphml.declarations import DeclaredKey, declare
from shared.archive.graphml.defaults import ForeignDefaults
from shared.archive.graphml.elements import Element, checked_labels, labels_of, parse_value, properties_of, type_of
from shared.archive.graphml.keys import DIALECT_VERSION, Sort
from shared.archive.graphml.strict_xml import StrictXml
from shared.archive.limits import ArchiveLimits
from shared.archive.names import check_name

_UNSUPPORTED: Final = frozenset({"hyperedge", "port", "locator", "endpoint"})
_CHILDREN: Final = {
    "": {"graphml"},
    "graphml": {"key", "graph", "desc", "data"},
    "key": {"desc", "default"},
    "graph": {"node", "edge", "desc", "data"},
    "node": {"data", "desc"},
    "edge": {"data", "desc"},
}
_IN_GRAPH: Final = ["graphml", "graph"]
_WITH_TEXT: Final = frozenset({"data", "default", "desc"})


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

    def __init__(self, entry: str, limits: ArchiveLimits, defaults: ForeignDefaults | None = None) -> None:
        self.elements: list[ParsedNode | ParsedEdge] = []
        """Complete elements; the caller takes them out."""
        self.keys: dict[str, DeclaredKey] = {}
        self.ours = False
        """Whether the document says that it is of our dialect."""
        self._limits = limits
        self._defaults = defaults or ForeignDefaults()
        self._default_values: dict[Sort, dict[str, Any]] = {Sort.NODE: {}, Sort.EDGE: {}}
        self._graphs = 0
        self._undirected = False
        self._element: Element | None = None
        self._key: DeclaredKey | None = None
        self._data_key: str | None = None
        self._last_tag = -1
        self._xml = StrictXml(entry, limits, on_start=self._start, on_end=self._end, with_text=_WITH_TEXT)

    @property
    def warnings(self) -> Counter[str]:
        """What was passed over, counted."""
        return self._xml.warnings

    @property
    def has_defaults(self) -> bool:
        """Whether keys give values to elements that do not name them."""
        return any(self._default_values.values())

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
                self._start_graph(attributes)
            case "node" | "edge":
                self._start_element(Sort(local), attributes)
            case "data":
                self._start_data(attributes)
            case _:
                pass

    def _refuse_child(self, parent: str, local: str) -> NoReturn:
        if local in _UNSUPPORTED or (local == "graph" and parent in {"node", "edge"}):
            self.refuse(f"<{local}> within <{parent}>: nested graphs, hyperedges or ports are not supported")
        self.refuse(f"<{local}> has no place in <{parent}>" if parent else "The root element is not <graphml>")

    def _start_document(self, attributes: Mapping[str, str]) -> None:
        version = attributes.get("f:version")
        if version not in (None, DIALECT_VERSION):
            self.refuse(f"Version {version!r} of our GraphML dialect is unknown; this version reads {DIALECT_VERSION}")
        self.ours = version is not None

    def _declare(self, attributes: Mapping[str, str]) -> None:
        try:
            self._key = declare(attributes, self._limits, ours=self.ours)
        except ValueError as error:
            self.refuse(f"A key is wrong: {error}")
        if self._key.id in self.keys:
            self.refuse(f"Two keys with the id {self._key.id!r}")
        self.keys[self._key.id] = self._key

    def _start_graph(self, attributes: Mapping[str, str]) -> None:
        self._graphs += 1
        if self._graphs > 1:
            self.refuse("Several graphs in one document are not supported")
        self._undirected = attributes.get("edgedefault") == "undirected"

    def _start_element(self, sort: Sort, attributes: Mapping[str, str]) -> None:
        self._element = Element(sort=sort, attributes=attributes)
        directed = attributes.get("directed", "false" if self._undirected else "true")
        if sort is Sort.EDGE and directed.lower() == "false":
            self.warnings["undirected edges stored as directed"] += 1

    def _start_data(self, attributes: Mapping[str, str]) -> None:
        self._data_key = attributes.get("key")
        if self._data_key is None:
            self.refuse("Data without a key")

    def _end(self, local: str, text: str) -> None:
        match local:
            case "data":
                self._end_data(text)
            case "default":
                self._end_default(text)
            case "node" | "edge":
                self._end_element()
            case _:
                pass

    def _end_data(self, text: str) -> None:
        key, self._data_key = self._data_key, None
        if self._xml.holds_foreign and not text.strip():
            return
        if self._element is None or key is None:
            self.warnings["data of the graph itself skipped"] += 1
        elif key in self._element.data:
            self.refuse(f"Data for the key {key!r} twice in one element")
        else:
            self._element.data[key] = text

    def _end_default(self, text: str) -> None:
        key = self._key
        if key is None or key.holds_labels:
            return
        try:
            value = parse_value(key, text)
        except ValueError as error:
            self.refuse(f"A default is wrong: {error}")
        for sort in Sort:
            if sort in key.sorts:
                self._default_values[sort][key.name] = value

    def _end_element(self) -> None:
        element, self._element = self._element, None
        self._last_tag = self._xml.position
        if element is None:
            return
        try:
            properties = properties_of(element, self.keys, self._default_values[element.sort])
            self.elements.append(
                self._node(element, properties) if element.sort is Sort.NODE else self._edge(element, properties)
            )
        except ValueError as error:
            self.refuse(f"{element.sort.capitalize()} {element.attributes.get('id')!r} has {error}")

    def _node(self, element: Element, properties: dict[str, Any]) -> ParsedNode:
        node_id = element.attributes.get("id")
        if node_id is None:
            raise ValueError("no id")
        labels = labels_of(element, self.keys)
        if not labels and not self.ours and self._defaults.label is not None:
            labels = [self._defaults.label]
        return ParsedNode(node_id, checked_labels(labels, self._limits), properties, self.line)

    def _edge(self, element: Element, properties: dict[str, Any]) -> ParsedEdge:
        source, target = element.attributes.get("source"), element.attributes.get("target")
        if source is None or target is None:
            raise ValueError("no source or no target")
        edge_type = type_of(element, self.keys)
        if edge_type is None and not self.ours:
            edge_type = self._defaults.type
        if edge_type is None:
            raise ValueError("no label to be its type")
        check_name("relationship type", edge_type, self._limits)
        return ParsedEdge(element.attributes.get("id"), source, target, edge_type, properties, self.line)
