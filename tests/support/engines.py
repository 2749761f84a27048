"""The engines of one test session."""

from __future__ import annotations

from pathlib import Path

from neo4j import GraphDatabase, Session

from infra.engines.neo4j import CURRENT, LTS, Neo4j, start_neo4j
from infra.engines.valkey import Valkey, start_valkey
from shared.settings import DatabaseSettings

_HEAP_MEGABYTES = 512

_DELETE_NODES = """
MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS
"""


class SessionEngines:
    """Starts engines at the first use; the directory goes with the session."""

    def __init__(self, directory: Path) -> None:
        self._directory = directory
        self._neo4j: dict[str, Neo4j] = {}
        self._valkey: Valkey | None = None

    def begin_all(self) -> None:
        """Start a Neo4j of each version without waiting."""
        for version in (CURRENT, LTS):
            self._begin(version)

    def neo4j(self, version: str) -> DatabaseSettings:
        """Return how to reach the ready server of the version."""
        engine = self._begin(version)
        engine.wait_until_ready()
        return engine.settings

    def valkey_url(self) -> str:
        """Return the address of the ready Valkey."""
        if self._valkey is None:
            self._valkey = start_valkey(self._directory / "valkey")
            self._valkey.wait_until_ready()
        return self._valkey.url

    def stop(self) -> None:
        """Kill all: nobody needs their data any more."""
        for engine in self._neo4j.values():
            engine.process.kill()
        if self._valkey is not None:
            self._valkey.process.kill()

    def _begin(self, version: str) -> Neo4j:
        if version not in self._neo4j:
            self._neo4j[version] = start_neo4j(
                self._directory / f"neo4j-{version}",
                version=version,
                password="secret-test",
                name=f"neo4j {version}",
                heap_megabytes=_HEAP_MEGABYTES,
            )
        return self._neo4j[version]


def wipe_database(settings: DatabaseSettings) -> None:
    """Remove every node, constraint and index."""
    auth = (settings.user, settings.password.get_secret_value())
    with GraphDatabase.driver(settings.uri, auth=auth) as driver, driver.session() as session:
        _drop_all(session, "CONSTRAINT")
        _drop_all(session, "INDEX")
        session.run(_DELETE_NODES).consume()


def _drop_all(session: Session, kind: str) -> None:
    found = session.run(f"SHOW {kind}ES YIELD name" if kind == "INDEX" else f"SHOW {kind}S YIELD name").value()
    for name in found:
        session.run(f"DROP {kind} $name IF EXISTS", name=name).consume()
