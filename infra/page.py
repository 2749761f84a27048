"""Builds the bundle of the Admin Center out of its source."""

from __future__ import annotations

import argparse
import filecmp
import hashlib
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import Final

from infra.console import complain, say

PAGE: Final = Path(__file__).resolve().parent.parent / "gateway" / "admin_center"
DIST: Final = PAGE / "dist"
STAMP: Final = DIST / "sources.sha256"
"""The hash of what the bundle was built from: so that a stale bundle shows without Node."""

_SOURCES: Final = ("index.html", "package.json", "package-lock.json", "tsconfig.json", "vite.config.ts", "src")


def run_page(arguments: argparse.Namespace) -> int:
    """Build the bundle, or see that what is there is what a build gives; return the exit code."""
    npm = shutil.which("npm")
    if npm is None:
        complain("Node.js 20.19 or newer with npm is needed to build the page; to serve it, it is not.")
        return 1
    if not (PAGE / "node_modules").exists():
        _run([npm, "ci", "--no-audit", "--no-fund"])
    if arguments.check:
        return _compare(npm)
    _build(npm, DIST)
    STAMP.write_text(f"{hash_sources()}\n")
    say(f"Built {DIST}.")
    return 0


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


def _build(npm: str, folder: Path) -> None:
    _run([npm, "run", "--silent", "build", "--", "--logLevel", "warn", "--emptyOutDir", "--outDir", str(folder)])


def _run(command: list[str]) -> None:
    subprocess.run(command, cwd=PAGE, check=True)


def _compare(npm: str) -> int:
    with tempfile.TemporaryDirectory() as folder:
        _build(npm, Path(folder))
        built = {path.relative_to(folder) for path in _files(Path(folder))}
        there = {path.relative_to(DIST) for path in _files(DIST)} - {STAMP.relative_to(DIST)}
        names = sorted(str(path) for path in built | there)
        _, different, missing = filecmp.cmpfiles(folder, DIST, names, shallow=False)
    if different or missing:
        complain(
            f"The bundle is not what its source gives: {', '.join(different + missing)}; write it with: infra page"
        )
        return 1
    say("The bundle is what its source gives.")
    return 0
