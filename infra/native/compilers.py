"""C compilers: the system's, else the one that the package index has."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import sysconfig
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from infra.console import say

_LOCK = Path(__file__).with_name("ziglang.lock")
_USUAL = ("cc", "gcc", "clang")
_SHARED = ("-O2", "-g0", "-fPIC", "-w", "-shared")
_DARWIN = ("-undefined", "dynamic_lookup")
"""Without `-bundle`, with which zig 0.17 fails."""
_ANY_PROCESSOR = "-mcpu=baseline"
"""Else zig compiles for the very processor that it runs on."""


class BuildFailed(Exception):  # noqa: N818 - reads as what it says
    """Something could not be built; the message says why."""


@dataclass(frozen=True, slots=True)
class Compiler:
    """How a C compiler is called."""

    words: Sequence[str]
    environ: Mapping[str, str] = field(default_factory=dict)
    """What it needs besides this process's own."""
    options: Sequence[str] = ()
    """What it is told besides the usual, which this overrules."""

    def compile(self, source: Path, target: Path, *, include: Path) -> None:
        """Make a module of Python's. Raises: BuildFailed."""
        darwin = _DARWIN if sys.platform == "darwin" else ()
        headers = [f"-I{sysconfig.get_paths()['include']}", f"-I{include}"]
        run(
            [*self.words, *_SHARED, *self.options, *darwin, *headers, str(source), "-o", str(target)],
            environ=self.environ,
        )

    @property
    def name(self) -> str:
        """What it is called."""
        return "ziglang" if "ziglang" in self.words else " ".join(self.words)


def find_system_compiler(environ: Mapping[str, str]) -> Compiler | None:
    """Return the compiler that CC names, else a usual one on PATH."""
    if named := environ.get("CC"):
        return Compiler(tuple(named.split()))
    found = next((each for each in _USUAL if shutil.which(each, path=environ.get("PATH"))), None)
    return None if found is None else Compiler((found,))


def fetch_compiler(work: Path) -> Compiler:
    """Unpack ziglang from the package index into a folder, which may be dropped afterwards. Raises: BuildFailed."""
    say("  fetching a compiler, ziglang (100 MB) …")
    run([*PIP, "install", "--require-hashes", "--no-deps", "--no-compile", "--target", str(work), "-r", str(_LOCK)])
    return Compiler((sys.executable, "-m", "ziglang", "cc", _ANY_PROCESSOR), {"PYTHONPATH": str(work)})


PIP = (sys.executable, "-m", "pip", "--disable-pip-version-check", "--no-input", "--quiet")


def run(words: Sequence[str], *, folder: Path | None = None, environ: Mapping[str, str] | None = None) -> None:
    """Run a program. Raises: BuildFailed with the last of what it said."""
    full = {**os.environ, **(environ or {})}
    try:
        done = subprocess.run(words, cwd=folder, env=full, capture_output=True, text=True, check=False)
    except OSError as error:
        raise BuildFailed(f"{words[0]}: {error.strerror}") from error
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip().splitlines()[-6:]
        raise BuildFailed("\n".join([f"{' '.join(words[:4])} …", *(f"  {line}" for line in said)]))
