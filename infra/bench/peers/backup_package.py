"""The package neo4j-backup, which reads a database over the driver into JSON files."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from infra.bench.database import BenchDatabase
from infra.bench.peers.package import Package

BACKUP: Final = Package(name="neo4j-backup", version="1.0.0", beside=("neo4j==5.28.2",))
"""The driver is the last that still has what the package calls."""

_SCRIPT = """
import os, sys, time
from neo4j import GraphDatabase
from neo4j_backup import Extractor
uri, user, database, folder = sys.argv[1:]
with GraphDatabase.driver(uri, auth=(user, os.environ["PASSWORD"]), notifications_min_severity="OFF") as driver:
    began = time.perf_counter()
    Extractor(folder, driver, database=database, input_yes=True).extract_data()
    print(time.perf_counter() - began)
"""


def export_with_package(database: BenchDatabase, folder: Path) -> float:
    """Write all of the database into a folder; return the seconds, the package's start not among them.

    Raises: EngineError.
    """
    settings = database.server.settings
    words = [settings.uri, settings.user, settings.database, str(folder)]
    return float(BACKUP.run(_SCRIPT, words, {"PASSWORD": settings.password.get_secret_value()}).splitlines()[-1])
