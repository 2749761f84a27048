"""Fetches what the tests' databases are made of, while the code is compiled and checked."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from infra.bench.peers.procedures import download_procedures
from infra.engines.maven import download_server
from infra.engines.versions import CURRENT, LTS

_DOWNLOADS: Final[Mapping[str, Callable[[], Path]]] = {
    "current": lambda: download_server(CURRENT),
    "long-term": lambda: download_server(LTS),
    "procedures": download_procedures,
}


@contextmanager
def fetching(checkout: Path) -> Iterator[None]:
    """Fetch, inside the context, whatever is not on this machine yet: all at once, each in a process of its own.

    Whoever needs one meanwhile waits for it. What fails is not told here: whoever needs it tries again, and says why.
    """
    started = [
        subprocess.Popen(
            [sys.executable, "-m", "infra.downloads", name],
            cwd=checkout,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        for name in _DOWNLOADS
    ]
    try:
        yield
    finally:
        for process in started:
            process.kill()
            process.wait()


if __name__ == "__main__":
    _DOWNLOADS[sys.argv[1]]()
