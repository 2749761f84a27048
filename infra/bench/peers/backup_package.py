"""The package neo4j-backup, which reads a database over the driver into JSON files."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from infra.bench.database import BenchDatabase
from infra.console import say
from infra.engines.cache import make_once
from infra.engines.process import EngineError

_VERSION = "1.0.0"

_REQUIREMENTS = (f"neo4j-backup=={_VERSION}", "neo4j==5.28.2")
"""The driver is the last that still has what the package calls."""

_LONGEST_SECONDS = 1800.0

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
    python = make_once(f"neo4j-backup-{_VERSION}", _install) / "bin" / "python"
    settings = database.server.settings
    words = [settings.uri, settings.user, settings.database, str(folder)]
    environ = {**os.environ, "PASSWORD": settings.password.get_secret_value()}
    return float(_run([str(python), "-c", _SCRIPT, *words], environ).splitlines()[-1])


def _install(part: Path) -> Path:
    """Make an environment of its own: what the package needs is not what we need."""
    say(f"Installing neo4j-backup {_VERSION} into {part.parent} (the first time only) …")
    _run([sys.executable, "-m", "venv", str(part)], os.environ)
    options = ["--disable-pip-version-check", "--no-input", "--quiet"]
    _run([str(part / "bin" / "python"), "-m", "pip", "install", *options, *_REQUIREMENTS], os.environ)
    return part


def _run(command: list[str], environ: os._Environ[str] | dict[str, str]) -> str:
    try:
        ended = subprocess.run(
            command, env=environ, capture_output=True, text=True, check=False, timeout=_LONGEST_SECONDS
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        raise EngineError(f"neo4j-backup cannot be measured: {error}") from error
    if ended.returncode != 0:
        raise EngineError(f"neo4j-backup cannot be measured: {(ended.stderr or ended.stdout)[-500:]}")
    return ended.stdout
