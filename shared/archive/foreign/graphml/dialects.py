"""The dialects of GraphML: by which signs a document tells its writer, and what the writers mean by their names.

A caption stays a property. Labels and types are only what a dialect says they are: the server's procedure library
writes `labels=":A:B"` and `label="TYPE"`, as attributes and again as data, Gremlin and Joern data under `labelV` and
`labelE`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from shared.archive.graphml.keys import LABEL_KEY, LABELS_KEY, Sort


class Dialect(StrEnum):
    """Who may have written a document; the first that a document has a sign of."""

    OURS = "graphferry"
    YED = "yed"
    """yEd, and everything else made with yFiles."""
    TINKERPOP = "tinkerpop"
    """Gremlin, Joern."""
    CYTOSCAPE = "cytoscape"
    GEPHI = "gephi"
    IGRAPH = "igraph"
    GRAPH_TOOL = "graph-tool"
    """Also the Boost library below it."""
    JGRAPHT = "jgrapht"
    PROCEDURES = "neo4j-procedures"
    """The procedure library of the server."""
    NETWORKX = "networkx"
    PLAIN = "graphml"
    """No sign of any."""


GREMLIN_KEYS: Final[Mapping[Sort, str]] = {Sort.NODE: "labelV", Sort.EDGE: "labelE"}
"""The names of the keys for labels and types."""
GREMLIN_SEPARATOR: Final = "::"
CAPTIONS: Final[Mapping[Sort, tuple[str, str]]] = {
    Sort.NODE: (LABEL_KEY, "NodeLabel"),
    Sort.EDGE: ("EdgeLabel", LABEL_KEY),
}
"""The property for the text of yEd's diagrams; the second name where the graph has a key of the first."""

_YWORKS: Final = "http://www.yworks.com/"
_COMMENTS: Final = {
    "Created by igraph": Dialect.IGRAPH,
    "property keys": Dialect.GRAPH_TOOL,
    "graph properties": Dialect.GRAPH_TOOL,
}
_IDS: Final[Mapping[Dialect, re.Pattern[str]]] = {
    Dialect.TINKERPOP: re.compile("label[VE]"),
    Dialect.CYTOSCAPE: re.compile("SUID|shared name"),
    Dialect.GEPHI: re.compile("edgelabel"),
    Dialect.IGRAPH: re.compile("[gve]_.+"),
    Dialect.JGRAPHT: re.compile("(?:vertex_label|edge_label|edge_weight)_key|key[0-9]+"),
    Dialect.NETWORKX: re.compile("d[0-9]+"),
}
"""Of keys."""
_GRAPH_TOOL_TYPES: Final = re.compile("vector_.*|python_object")
_PROCEDURE_KEYS: Final = frozenset({(LABEL_KEY, LABEL_KEY, Sort.EDGE), (LABELS_KEY, LABELS_KEY, Sort.NODE)})
"""Id, name and sort."""


class Signs:
    """Gathers the signs while a document is read."""

    def __init__(self) -> None:
        self._found = {Dialect.PLAIN}

    @property
    def dialect(self) -> Dialect:
        """The dialect as far as the document is read."""
        return next(each for each in Dialect if each in self._found)

    def see_root(self, attributes: Mapping[str, str]) -> None:
        """Take the attributes of the root."""
        if "f:version" in attributes:
            self._found.add(Dialect.OURS)

    def see_namespace(self, uri: str) -> None:
        """Take a namespace that is declared anywhere."""
        if uri.startswith(_YWORKS):
            self._found.add(Dialect.YED)

    def see_comment(self, text: str) -> None:
        """Take a comment."""
        if (dialect := _COMMENTS.get(text.strip())) is not None:
            self._found.add(dialect)

    def see_key(self, attributes: Mapping[str, str]) -> None:
        """Take the declaration of a key."""
        key_id = attributes.get("id", "")
        self._found.update(dialect for dialect, ids in _IDS.items() if ids.fullmatch(key_id))
        if (key_id, attributes.get("attr.name"), attributes.get("for")) in _PROCEDURE_KEYS:
            self._found.add(Dialect.PROCEDURES)
        if "yfiles.type" in attributes:
            self._found.add(Dialect.YED)
        attr_type = attributes.get("attr.type", "")
        if _GRAPH_TOOL_TYPES.fullmatch(attr_type) or (attr_type == "short" and Dialect.JGRAPHT in self._found):
            self._found.add(Dialect.GRAPH_TOOL)

    def see_graph(self, attributes: Mapping[str, str]) -> None:
        """Take the attributes of a graph: Boost tells of ids and order, JGraphT, whose keys are alike, does not."""
        if Dialect.JGRAPHT in self._found and any(name.startswith("parse.") for name in attributes):
            self._found.add(Dialect.GRAPH_TOOL)

    def see_labels(self) -> None:
        """Take that a node has labels in an attribute."""
        self._found.add(Dialect.PROCEDURES)


def says_labels(key_name: str, text: str) -> bool:
    """Return whether data are labels, or a type in their form, of the procedure library."""
    return key_name == LABELS_KEY and text.startswith(":")


def says_type(key_id: str, key_name: str) -> bool:
    """Return whether text under a key is an edge's type; igraph, whose ids begin with `e_`, means captions by it."""
    return key_name == LABEL_KEY and key_id != f"e_{key_name}"
