"""Finds the modules of the standard library."""

from __future__ import annotations

import ast
import sysconfig
import warnings
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

_LEFT_OUT = {"test", "tests", "idle_test", "site-packages", "dist-packages", "__pycache__", "_bundled", "lib-dynload"}
"""Tests are as large as all the rest; the others are not the library's own source."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceModule:
    """A parsed module."""

    name: str
    path: PurePosixPath
    """Relative to the library."""
    is_package: bool
    content: bytes
    tree: ast.Module


def read_modules(library: Path | None = None) -> Iterator[SourceModule]:
    """Read the modules in the order of their paths, without those that are no valid Python on purpose."""
    root = library or Path(sysconfig.get_path("stdlib"))
    for file in sorted(root.rglob("*.py")):
        path = file.relative_to(root)
        if _LEFT_OUT.isdisjoint(path.parts) and not path.parts[0].startswith("config-"):
            content = file.read_bytes()
            if (tree := _parse(content)) is not None:
                is_package = path.name == "__init__.py"
                yield SourceModule(
                    name=".".join((path.parent if is_package else path.with_suffix("")).parts),
                    path=PurePosixPath(path.as_posix()),
                    is_package=is_package,
                    content=content,
                    tree=tree,
                )


def _parse(content: bytes) -> ast.Module | None:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # old spellings in the library are no concern of ours
        try:
            return ast.parse(content)
        except SyntaxError:
            return None
