"""The server's own GraphML procedures, from the procedure library for the long-term line."""

from __future__ import annotations

import shutil
import time
from dataclasses import replace
from pathlib import Path

from infra.bench.database import BenchDatabase
from infra.engines.maven import download_jars
from infra.engines.neo4j import Neo4jServer
from infra.engines.process import EngineError
from infra.engines.versions import LTS

LIBRARY = "5.26.19"
"""The newest for 5.26; there is none for the servers of 2026."""

_PROCEDURES = "apoc-core"
"""The jar that the server searches for procedures; the others it finds as any class of its own."""

_JARS = (
    f"org.neo4j.procedure:{_PROCEDURES}:{LIBRARY}",
    f"org.neo4j.procedure:apoc-common:{LIBRARY}",
    "com.opencsv:opencsv:5.7.1",
    "org.roaringbitmap:RoaringBitmap:0.7.17",
    "com.jayway.jsonpath:json-path:2.9.0",
    "net.minidev:json-smart:2.5.0",
    "net.minidev:accessors-smart:2.5.0",
    "com.fasterxml.woodstox:woodstox-core:6.5.1",
    "org.codehaus.woodstox:stax2-api:4.2.1",
    "org.apache.commons:commons-collections4:4.4",
    "org.apache.commons:commons-csv:1.9.0",
    "org.apache.hadoop.thirdparty:hadoop-shaded-guava:1.1.1",
)

_CONFIGURATION = """\
apoc.export.file.enabled=true
apoc.import.file.enabled=true
apoc.import.file.use_neo4j_config=false
"""

_EXPORT = "CALL apoc.export.graphml.all($file, {useTypes: true}) YIELD nodes, relationships"
_IMPORT = "CALL apoc.import.graphml($file, {readLabels: true}) YIELD nodes, relationships"


def download_procedures() -> Path:
    """Return the folder of the library's jars. Raises: EngineError when it cannot be downloaded."""
    return download_jars(f"apoc-{LIBRARY}", _JARS)


def with_procedures(server: Neo4jServer) -> Neo4jServer:
    """Return the server with the library, or as it is where there is none for its version.

    Raises: EngineError when the library cannot be downloaded.
    """
    if server.version != LTS:
        return server
    jars = download_procedures()
    plugins = server.directory / "plugins"
    plugins.mkdir(parents=True, exist_ok=True)
    shutil.copy(next(jars.glob(f"{_PROCEDURES}-*.jar")), plugins)
    configuration = server.directory / "conf" / "apoc.conf"
    configuration.parent.mkdir(exist_ok=True)
    configuration.write_text(_CONFIGURATION)
    settings = {"server.directories.plugins": str(plugins), "dbms.security.procedures.unrestricted": "apoc.*"}
    return replace(server, further_jars=jars, further_settings={**server.further_settings, **settings})


def export_graphml(database: BenchDatabase, file: Path, *, expected: tuple[int, int]) -> float:
    """Write all of the database into a file, without ZIP; as import_graphml."""
    file.unlink(missing_ok=True)
    return _call(database, _EXPORT, file, expected=_with_entry(expected))


def import_graphml(database: BenchDatabase, file: Path, *, expected: tuple[int, int]) -> float:
    """Create what the file holds; return the seconds.

    Raises: EngineError, also when these are not the expected numbers of nodes, the catalogue's left out, and
    relationships.
    """
    return _call(database, _IMPORT, file, expected=_with_entry(expected))


def import_archived(database: BenchDatabase, file: Path, *, expected: tuple[int, int]) -> float:
    """Create what a document out of an archive of ours holds, which has no catalogue; as import_graphml."""
    return _call(database, _IMPORT, file, expected=expected)


def _with_entry(counts: tuple[int, int]) -> tuple[int, int]:
    nodes, relationships = counts
    return nodes + 1, relationships


def _call(database: BenchDatabase, statement: str, file: Path, *, expected: tuple[int, int]) -> float:
    if database.server.further_jars is None:
        raise EngineError(f"There is no procedure library for Neo4j {database.server.version}.")
    began = time.perf_counter()
    [(nodes, relationships)] = database.run(statement, file=str(file))
    seconds = time.perf_counter() - began
    if (nodes, relationships) != expected:
        raise EngineError(f"The procedure moved {nodes} nodes and {relationships} relationships of {expected}.")
    return seconds
