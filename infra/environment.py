"""The virtual environment in the checkout, made with the standard library alone."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import subprocess
import sys
from collections import deque
from pathlib import Path

from infra.console import begin, say
from infra.files import held

_NEEDED_BYTES = 2 * 1024**3
"""The installed set takes 900 MB, and as much again passes through the temporary folder."""

_KEPT_LINES = 12
"""Of pip's output, for the report of a failure."""


class EnvironmentBroken(Exception):  # noqa: N818 - reads as what it says
    """The environment cannot be made; the message says why and what to do."""


class Environment:
    """`.venv` with exactly the set that requirements.lock names."""

    def __init__(self, checkout: Path) -> None:
        self._checkout = checkout
        self.folder = checkout / ".venv"
        self._lock = checkout / "requirements.lock"
        self._stamp = self.folder / "requirements.sha256"
        self.python = self.folder / "bin" / "python"

    def is_entered(self) -> bool:
        """Return whether this very process runs in the environment."""
        return Path(sys.prefix).resolve() == self.folder.resolve()

    def ensure(self) -> None:
        """Make or refresh the environment unless it fits the lock file. Raises: EnvironmentBroken."""
        if self._is_fresh():
            return
        with held(self._checkout):  # another start may have made it meanwhile
            if not self._is_fresh():
                self._require_room()
                self._ensure_interpreter()
                self._install()

    def _is_fresh(self) -> bool:
        return self._stamp.exists() and self._stamp.read_text() == self._fingerprint() and self.python.exists()

    def _fingerprint(self) -> str:
        return hashlib.sha256(self._lock.read_bytes()).hexdigest()

    def _require_room(self) -> None:
        free = shutil.disk_usage(self._checkout).free
        if free < _NEEDED_BYTES:
            raise EnvironmentBroken(
                f"{self._checkout} has {free // 1024**2} MB of free disk space; "
                f"the environment needs {_NEEDED_BYTES // 1024**2} MB."
            )

    def _ensure_interpreter(self) -> None:
        if self._has_pip():
            return
        if importlib.util.find_spec("ensurepip") is None:
            raise EnvironmentBroken(
                f"This Python ({sys.executable}) cannot make virtual environments: its module ensurepip is missing.\n"
                "Install it (Debian, Ubuntu: apt install python3-venv), then try again."
            )
        begin(f"Making the environment {self.folder} (the first time only)")
        made = subprocess.run(
            [sys.executable, "-m", "venv", "--clear", self.folder], capture_output=True, text=True, check=False
        )
        if made.returncode != 0:
            raise EnvironmentBroken(f"{self.folder} could not be made:\n{made.stdout}{made.stderr}")

    def _has_pip(self) -> bool:
        if not self.python.exists():
            return False
        asked = subprocess.run([self.python, "-m", "pip", "--version"], capture_output=True, check=False)
        return asked.returncode == 0

    def _install(self) -> None:
        self._stamp.unlink(missing_ok=True)
        total = sum(1 for line in self._lock.read_text().splitlines() if line[:1].isalnum())
        begin(f"Installing the {total} packages of {self._lock.name}")
        lines = _follow_pip(self._pip_command(), total)
        if lines is not None:
            raise EnvironmentBroken(
                f"pip could not install {self._lock.name}:\n{lines}\n"
                "Check the network (a proxy is taken from HTTPS_PROXY, another index from PIP_INDEX_URL) "
                "and the disk space, then try again: what is downloaded already is kept."
            )
        self._add_project()
        self._stamp.write_text(self._fingerprint())

    def _add_project(self) -> None:
        """Make the rooms importable and give the command `graphferry`, without building anything."""
        for packages in self.folder.glob("lib/python3*/site-packages"):
            (packages / "graphferry.pth").write_text(f"{self._checkout}\n")
        command = self.python.with_name("graphferry")
        command.write_text(f"#!{self.python}\nfrom shared.cli.__main__ import main\n\nmain()\n")
        command.chmod(0o755)

    def _pip_command(self) -> list[str]:
        options = ["--require-hashes", "--disable-pip-version-check", "--no-input", "--progress-bar", "off"]
        return [str(self.python), "-m", "pip", "install", *options, "-r", str(self._lock)]


def _follow_pip(command: list[str], total: int) -> str | None:
    """Show how far pip has come; return None when it succeeds, else the last lines of what it said."""
    last: deque[str] = deque(maxlen=_KEPT_LINES)
    begun = 0
    environ = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=environ) as pip:
        for line in pip.stdout or ():
            last.append(line.rstrip())
            if (package := _find_package(line)) is not None:
                begun += 1
                say(f"  {begun}/{total} {package}")
            elif line.startswith("Installing collected packages"):
                say("  unpacking …")
    return None if pip.returncode == 0 else "\n".join(f"  {line}" for line in last)


def _find_package(line: str) -> str | None:
    """Return the package, or the file, that this line of pip's output begins with."""
    for opening in ("Collecting ", "Processing ", "Requirement already satisfied: "):
        if line.startswith(opening):
            return Path(line.removeprefix(opening).split()[0]).name
    return None
