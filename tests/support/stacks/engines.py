"""The engines of one test session."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from functools import cached_property
from pathlib import Path
from typing import Final, TypeAlias

from neo4j import GraphDatabase

from infra.bench.peers.procedures import with_procedures
from infra.engines.neo4j import Neo4jServer
from infra.engines.object_stores import ObjectStoreServer
from infra.engines.process import Process
from infra.engines.valkey import ValkeyServer
from infra.engines.versions import CURRENT, LTS
from infra.engines.versitygw import VersityServer, find_versitygw
from shared.settings.databases import DatabaseSettings
from shared.settings.process import PREFIX

_HEAP_MEGABYTES = 512

_CHECK_SECONDS = 300

_FOREIGN_CONSTRAINTS = "SHOW CONSTRAINTS YIELD name WHERE NOT name STARTS WITH '_ferry_' RETURN name"
_FOREIGN_INDEXES = """
SHOW INDEXES YIELD name, type WHERE type <> 'LOOKUP' AND NOT name STARTS WITH '_ferry_' RETURN name
"""
_DELETE_NODES = """
MATCH (n) CALL (n) { DETACH DELETE n } IN TRANSACTIONS OF 10000 ROWS
"""


_VERSITYGW: Final = find_versitygw()

OBJECT_STORES: Final = ("moto", "rclone", *(["versitygw"] if _VERSITYGW else []))
"""Those that are there: versitygw where somebody has built it."""

ARCHIVES: Final = f"{PREFIX}ARCHIVES"
"""The variable that says where archives are."""

_Server: TypeAlias = Neo4jServer | ValkeyServer | ObjectStoreServer


class SessionEngines:
    """Starts engines at the first use; the directory goes with the session."""

    def __init__(self, directory: Path, *, has_bucket: bool = False) -> None:
        """`has_bucket`: whether stacks keep archives in an object store, where they do not say themselves."""
        self._has_bucket = has_bucket
        self._valkey = ValkeyServer(directory=directory / "valkey")
        self._directory = directory
        self._object_stores = {name: _make_object_store(name, directory / name) for name in OBJECT_STORES}
        self._processes: dict[_Server, Process] = {}

    @cached_property
    def _neo4j(self) -> Mapping[str, Neo4jServer]:
        """The server of each line, with the procedure library where there is one."""
        return {
            version: with_procedures(
                Neo4jServer(
                    directory=self._directory / f"neo4j-{version}",
                    version=version,
                    password="secret-test",
                    name=f"neo4j {version}",
                    heap_megabytes=_HEAP_MEGABYTES,
                    is_short_lived=True,
                )
            )
            for version in (CURRENT, LTS)
        }

    def begin_neo4j(self) -> None:
        """Start a Neo4j of each version without waiting."""
        for server in self._neo4j.values():
            self._begin(server)

    def neo4j(self, version: str) -> DatabaseSettings:
        """Return how to reach the ready server of the version."""
        server = self._neo4j[version]
        server.wait_until_ready(self._begin(server))
        return server.settings

    def kill_neo4j(self, version: str) -> None:
        """End the server at once; the next use starts it again, on the same port and data."""
        self._processes.pop(self._neo4j[version]).kill()

    def check_neo4j(self, version: str) -> str:
        """Stop the server in its proper way and let its own checker judge the store; give what it found, or nothing."""
        server = self._neo4j[version]
        self.neo4j(version)  # what a killed server left is recovered by a start
        self._processes.pop(server).stop()
        environ = {**os.environ, "NEO4J_HOME": str(server.directory), "NEO4J_CONF": str(server.directory / "conf")}
        ended = subprocess.run(
            server.admin_command("database", "check", server.settings.database),
            cwd=server.directory,
            env=environ,
            capture_output=True,
            text=True,
            timeout=_CHECK_SECONDS,
            check=False,
        )
        return "" if ended.returncode == 0 else ended.stdout[-4000:] + ended.stderr[-4000:]

    def valkey_url(self) -> str:
        """Return the address of the ready Valkey."""
        self._valkey.wait_until_ready(self._begin(self._valkey))
        return self._valkey.url

    def object_store(self, name: str) -> ObjectStoreServer:
        """Return the ready object store of this name."""
        server = self._object_stores[name]
        is_new = server not in self._processes
        process = self._begin(server)
        if is_new:
            server.wait_until_ready(process)
        return server

    def archives_for(self, installation: str) -> Mapping[str, str]:
        """Give the variables that say where an installation's archives are."""
        if not self._has_bucket:
            return {}
        return {ARCHIVES: self.object_store(OBJECT_STORES[0]).address(installation)}

    def stop(self) -> None:
        """Kill all: nobody needs their data any more."""
        for process in self._processes.values():
            process.kill()

    def _begin(self, server: _Server) -> Process:
        if server not in self._processes:
            self._processes[server] = server.start()
        return self._processes[server]


def _make_object_store(name: str, directory: Path) -> ObjectStoreServer:
    if name == "versitygw" and _VERSITYGW is not None:
        return VersityServer(directory=directory, program=_VERSITYGW)
    return ObjectStoreServer(directory=directory, is_conditional=name == "moto")


def wipe_database(settings: DatabaseSettings) -> None:
    """Remove every node, constraint and index, but for those of the server and of our own journal.

    A change of the schema makes the server plan every statement anew, which takes most of a test's time.
    """
    auth = (settings.user, settings.password.get_secret_value())
    with GraphDatabase.driver(settings.uri, auth=auth) as driver, driver.session() as session:
        for name in session.run(_FOREIGN_CONSTRAINTS).value():
            session.run("DROP CONSTRAINT $name", name=name).consume()
        for name in session.run(_FOREIGN_INDEXES).value():
            session.run("DROP INDEX $name", name=name).consume()
        session.run(_DELETE_NODES).consume()
