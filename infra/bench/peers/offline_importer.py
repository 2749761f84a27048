"""The server's own offline importer, which makes a new store from CSV while the server is stopped."""

from __future__ import annotations

import os
import subprocess
import time
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Self

from infra.bench.database import BenchDatabase
from infra.engines.neo4j import Neo4jServer
from infra.engines.ports import choose_port
from infra.engines.process import EngineError, Process

_COMMAND = ("database", "import", "full", "neo4j", "@arguments.txt", "--overwrite-destination=true")
"""As the README of the CSV says."""

_LONGEST_SECONDS = 1800.0


@dataclass(slots=True, kw_only=True)
class OfflineServer:
    """A server of which nothing is asked but to be stopped, loaded and started."""

    server: Neo4jServer
    process: Process
    csv: Path
    """The folder of an unpacked export."""

    @classmethod
    @contextmanager
    def open(cls, like: Neo4jServer, archive: Path, folder: Path) -> Iterator[Self]:
        """Start a server like another, without further jars; unpack the export. Raises: EngineError."""
        directory = folder / "neo4j-offline"
        server = replace(
            like, directory=directory, name="neo4j-offline", port=choose_port(), further_jars=None, further_settings={}
        )
        with zipfile.ZipFile(archive) as files:
            files.extractall(folder / "csv")
        process = server.start()
        opened = cls(server=server, process=process, csv=folder / "csv")
        try:
            server.wait_until_ready(process)
            yield opened
        finally:
            opened.process.stop()

    def replace_store(self) -> float:
        """Stop the server, import, start it; return the seconds until it answers. Raises: EngineError."""
        began = time.perf_counter()
        self.process.stop()
        self._import()
        self.process = self.server.start()
        self.server.wait_until_ready(self.process)
        return time.perf_counter() - began

    def count(self) -> tuple[int, int]:
        """Return the numbers of nodes and relationships."""
        with BenchDatabase.connect(self.server) as database:
            return database.count()

    def _import(self) -> None:
        home = self.server.directory
        environ = {**os.environ, "NEO4J_HOME": str(home), "NEO4J_CONF": str(home / "conf")}
        ended = subprocess.run(
            self.server.admin_command(*_COMMAND),
            cwd=self.csv,
            env=environ,
            capture_output=True,
            text=True,
            timeout=_LONGEST_SECONDS,
            check=False,
        )
        if ended.returncode != 0:
            raise EngineError(f"The offline importer failed: {(ended.stderr or ended.stdout)[-500:]}")
