"""The built files of the page, held in memory."""

from __future__ import annotations

import gzip
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Final

from aiohttp import web

DIST: Final = Path(__file__).parent / "dist"
"""What the build writes, and the repository holds: no Node is needed to serve it."""

INDEX: Final = "index.html"
ASSETS: Final = "assets"
"""Their names carry a hash of their content."""
MEDIA_TYPES: Final = MappingProxyType(
    {".js": "text/javascript", ".css": "text/css", ".svg": "image/svg+xml", ".html": "text/html"}
)
"""By the end of a file's name: the same on every machine."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PageFile:
    """One file of the page."""

    media_type: str
    content: bytes
    compressed: bytes
    """By gzip, once for all."""


@cache  # the files change with a build alone
def read_bundle(folder: Path = DIST) -> Mapping[str, PageFile]:
    """Read every file of the page, by its path below the folder. Raises: OSError."""
    paths = [folder / INDEX, *sorted((folder / ASSETS).iterdir())]
    return {path.relative_to(folder).as_posix(): _read(path) for path in paths}


def _read(path: Path) -> PageFile:
    content = path.read_bytes()
    return PageFile(media_type=MEDIA_TYPES[path.suffix], content=content, compressed=gzip.compress(content, mtime=0))


BUNDLE = web.AppKey("BUNDLE", Mapping[str, PageFile])
"""Of the Admin Center."""
