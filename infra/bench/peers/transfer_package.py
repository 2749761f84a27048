"""The package neo4j-transfer, which copies nodes of given labels from one database to another over the driver."""

from __future__ import annotations

from typing import Final

from infra.bench.database import BenchDatabase
from infra.bench.peers.package import Package

TRANSFER: Final = Package(name="neo4j-transfer", version="0.2.0", beside=("neo4j==5.28.8", "neo4j-rust-ext==5.28.8.0"))
"""The driver is the newest that the package takes."""

_SCRIPT = """
import os, sys, time
from neo4j_transfer import Neo4jCredentials, TransferSpec, transfer
source, target = (
    Neo4jCredentials(uri=uri, username=user, password=os.environ[variable], database=database)
    for uri, user, database, variable in (
        (*sys.argv[1:4], "SOURCE_PASSWORD"),
        (*sys.argv[4:7], "TARGET_PASSWORD"),
    )
)
spec = TransferSpec(node_labels=[sys.argv[7]], should_append_data=False)
began = time.perf_counter()
result = transfer(source, target, spec)
print(time.perf_counter() - began)
sys.exit(None if result.was_successful else f"neo4j-transfer failed: {result.error_message}")
"""


def copy_with_package(source: BenchDatabase, target: BenchDatabase, label: str) -> float:
    """Copy the nodes of a label, and all relationships between them, without the package's own marks.

    Returns the seconds, the package's start not among them. Raises: EngineError.
    """
    sides = [database.server.settings for database in (source, target)]
    words = [word for each in sides for word in (each.uri, each.user, each.database)]
    passwords = [each.password.get_secret_value() for each in sides]
    secrets = dict(zip(("SOURCE_PASSWORD", "TARGET_PASSWORD"), passwords, strict=True))
    return float(TRANSFER.run(_SCRIPT, [*words, label], secrets).splitlines()[-1])
