"""GraphML that the server's own procedure library writes, and documents of ours that it reads."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from neo4j import GraphDatabase, NotificationMinimumSeverity, Session

from shared.settings.databases import DatabaseSettings
from tests.support.archives.arrivals import Told, tell
from tests.support.stacks.engines import wipe_database

Node = tuple[tuple[str, ...], Mapping[str, Any]]

_CREATE: Final = """
CREATE (a:Person:Admin {name: 'Ann <&>', since: 1999, code: 7, score: 1.5, top: 1.0 / 0.0, none: 0.0 / 0.0, ok: true,
  big: 9007199254740993, tags: ['x', 'y'], sizes: [1, 2], oks: [true], ratios: [0.5, 2.0], born: date('2000-01-02'),
  label: 'a: caption', empty: ''})
CREATE (b:Person {name: 'Bob', code: 'A7'}), (c {labels: 'l'}), (d:`a b` {`odd <key>`: 1})
CREATE (a)-[:KNOWS {since: 'school', times: 2, name: 'of old'}]->(b), (a)-[:KNOWS]->(a),
  (b)-[:`HAS A` {label: 'caption', labels: 'l', type: 't'}]->(c)
"""
_WITHOUT_KEYS: Final = "CREATE (a:A)-[:R]->(b:A:B), (a)-[:R]->(a), (c) RETURN toString(id(a)), toString(id(b)), ''"
_NODES: Final[Mapping[str, Node]] = {
    "a": (
        ("Admin", "Person"),
        {
            "name": "Ann <&>", "since": 1999, "code": "7", "score": 1.5, "top": math.inf, "none": math.nan, "ok": True,
            "big": 9007199254740993, "tags": ["x", "y"], "sizes": [1, 2], "oks": [True], "ratios": [0.5, 2.0],
            "born": "2000-01-02", "label": "a: caption", "empty": "",
        },
    ),
    "b": (("Person",), {"name": "Bob", "code": "A7"}),
    "c": ((), {"labels": "l"}),
    "d": (("a b",), {"odd <key>": 1}),
}  # fmt: skip
_WITHOUT_TYPES: Final[Mapping[str, Mapping[str, Any]]] = {
    "a": {
        "since": "1999", "score": "1.5", "top": "Infinity", "none": "NaN", "ok": "true", "big": "9007199254740993",
        "tags": '["x","y"]', "sizes": "[1,2]", "oks": "[true]", "ratios": "[0.5,2.0]",
    },
    "d": {"odd <key>": "1"},
}  # fmt: skip
_FOR_GEPHI: Final[Mapping[str, Mapping[str, Any]]] = {
    "a": {"TYPE": ":Admin:Person"},
    "b": {"TYPE": ":Person", "label": "Bob"},
    "d": {"TYPE": ":a b", "label": "1"},
}
_MODES: Final[Mapping[str, Mapping[str, Any]]] = {
    "with types": {"useTypes": True},
    "without types": {},
    "for Gephi": {"useTypes": True, "format": "gephi", "caption": ["name"]},
    "for TinkerPop": {"useTypes": True, "format": "tinkerpop"},
}
_EXPORT: Final = "CALL apoc.export.graphml.all(null, $options) YIELD data RETURN data"
_IMPORT: Final = "CALL apoc.import.graphml($file, {readLabels: $labels}) YIELD nodes, relationships"


def write_documents(settings: DatabaseSettings) -> Mapping[str, tuple[bytes, Told]]:
    """Let the library write two graphs in each of its modes; give documents with their graphs."""
    documents: dict[str, tuple[bytes, Told]] = {}
    with _open_session(settings) as session:
        session.run(_CREATE).consume()
        for name, options in _MODES.items():
            documents[name] = _export(session, options), _expected(options)
    with _open_session(settings) as session:
        captions = dict(zip("abc", session.run(_WITHOUT_KEYS).values()[0], strict=True))
        for name, options in _MODES.items():
            documents[f"{name}, of a graph without properties"] = _export(session, options), _bare(options, captions)
    return documents


def read_document(settings: DatabaseSettings, document: Path, *, read_labels: bool) -> Told:
    """Let the library read a document into the emptied database; tell what is there then."""
    with _open_session(settings) as session:
        counts = session.run(_IMPORT, file=str(document), labels=read_labels).single(strict=True)
        nodes = session.run("MATCH (n) RETURN elementId(n), labels(n), properties(n)").values()
        edges = session.run("MATCH (a)-[r]->(b) RETURN elementId(a), elementId(b), type(r), properties(r)").values()
    assert list(counts) == [len(nodes), len(edges)]
    return tell(((row[0], row[1], row[2]) for row in nodes), ((row[0], row[1], row[2], row[3]) for row in edges))


@contextmanager
def _open_session(settings: DatabaseSettings) -> Iterator[Session]:
    """Open a session on the emptied database."""
    wipe_database(settings)
    auth = (settings.user, settings.password.get_secret_value())
    silent = NotificationMinimumSeverity.OFF
    with (
        GraphDatabase.driver(settings.uri, auth=auth, notifications_min_severity=silent) as driver,
        driver.session() as session,
    ):
        yield session
    wipe_database(settings)


def _export(session: Session, options: Mapping[str, Any]) -> bytes:
    return "".join(session.run(_EXPORT, options={**options, "stream": True}).value()).encode()


def _expected(options: Mapping[str, Any]) -> Told:
    changes = [
        *([] if "useTypes" in options else [_WITHOUT_TYPES]),
        *([_FOR_GEPHI] if options.get("format") == "gephi" else []),
    ]
    nodes = [
        (name, labels, {**values, **{key: value for each in changes for key, value in each.get(name, {}).items()}})
        for name, (labels, values) in _NODES.items()
    ]
    times = 2 if "useTypes" in options else "2"
    edges: list[tuple[str, str, str, Mapping[str, Any]]] = [
        ("a", "b", "KNOWS", {"since": "school", "times": times, "name": "of old"}),
        ("a", "a", "KNOWS", {}),
        ("b", "c", "HAS A", {"label": "caption", "labels": "l", "type": "t"}),
    ]
    return tell(
        nodes, [(start, end, kind, {**values, **_type_again(options, kind)}) for start, end, kind, values in edges]
    )


def _bare(options: Mapping[str, Any], captions: Mapping[str, str]) -> Told:
    """A node without properties has its number as caption."""
    labels = {"a": ("A",), "b": ("A", "B"), "c": ()}
    shown = {name: {"TYPE": ":" + ":".join(labels[name]), "label": captions[name]} for name in "ab"}
    again = shown if options.get("format") == "gephi" else {}
    nodes = [(name, labels[name], again.get(name, {})) for name in labels]
    return tell(nodes, [("a", end, "R", _type_again(options, "R")) for end in "ab"])


def _type_again(options: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    return {"TYPE": kind} if options.get("format") == "gephi" else {}
