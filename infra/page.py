"""Builds the bundle of the Admin Center out of its source."""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import tempfile
from pathlib import Path
from typing import Final

from infra.console import complain, say
from infra.documents.wire_types import TYPES, read_document, write_types
from infra.node import INSTALL, run_npm

PAGE: Final = Path(__file__).resolve().parent.parent / "gateway" / "admin_center"
DIST: Final = PAGE / "dist"
STAMP: Final = DIST / "sources.sha256"
"""The hash of what the bundle was built from: so that a stale bundle shows without Node."""

_SOURCES: Final = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "src")
_WRITE: Final = "write it with: python3 -m infra page"


def run_page(arguments: argparse.Namespace) -> int:
    """Build the bundle after the types that it is built from, or see that both are current; return the exit code."""
    if not (PAGE / "node_modules").exists():
        _run(*INSTALL)
    types = write_types(read_document())
    if arguments.check:
        return _compare() if _are_current(types) else 1
    TYPES.write_text(types)
    _build(DIST)
    STAMP.write_text(f"{hash_sources()}\n")
    say(f"Built {DIST}.")
    return 0


def _are_current(types: str) -> bool:
    if TYPES.read_text() != types:
        complain(f"{TYPES.name} is not what the API's document gives; {_WRITE}")
        return False
    if STAMP.read_text().strip() != hash_sources():
        complain(f"{STAMP.name} names other sources than there are; {_WRITE}")
        return False
    return True


def hash_sources() -> str:
    """Return the hash of all that a build reads."""
    digest = hashlib.sha256()
    for path in sorted(each for name in _SOURCES for each in _files(PAGE / name)):
        digest.update(
            f"{path.relative_to(PAGE).as_posix()}\0{hashlib.sha256(path.read_bytes()).hexdigest()}\n".encode()
        )
    return digest.hexdigest()


def _files(path: Path) -> list[Path]:
    return [each for each in path.rglob("*") if each.is_file()] if path.is_dir() else [path]


def _build(folder: Path) -> None:
    _run("run", "--silent", "build", "--", "--logLevel", "warn", "--emptyOutDir", "--outDir", str(folder))


def _run(*words: str) -> None:
    run_npm(*words, folder=PAGE).check_returncode()


def _compare() -> int:
    with tempfile.TemporaryDirectory() as folder:
        _build(Path(folder))
        built = {path.relative_to(folder) for path in _files(Path(folder))}
        there = {path.relative_to(DIST) for path in _files(DIST)} - {STAMP.relative_to(DIST)}
        names = sorted(str(path) for path in built | there)
        _, different, missing = filecmp.cmpfiles(folder, DIST, names, shallow=False)
    if different or missing:
        complain(f"The bundle is not what its source gives: {', '.join(different + missing)}; {_WRITE}")
        return 1
    say("The bundle is what its source gives.")
    return 0
