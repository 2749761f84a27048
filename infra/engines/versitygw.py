"""The object store versitygw, which keeps objects as files: built once on a machine, on demand alone."""

from __future__ import annotations

import os
import shutil
import subprocess
import time
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from typing_extensions import override

from infra.console import complain, say
from infra.engines.cache import cache_dir, make_once
from infra.engines.object_stores import CREDENTIALS, ObjectStoreServer
from infra.engines.ports import LOOPBACK, is_free
from infra.engines.process import EngineError, Process

VERSION: Final = "v1.8.0"
_MODULE: Final = f"github.com/versity/versitygw/cmd/versitygw@{VERSION}"
_FOLDER: Final = f"versitygw-{VERSION}"
_PROGRAM: Final = "versitygw"
_START_SECONDS: Final = 60.0
_POLL_SECONDS: Final = 0.05


def find_versitygw() -> Path | None:
    """Return where the program is; None where it was never built."""
    program = cache_dir() / _FOLDER / _PROGRAM
    return program if program.exists() else None


def build_versitygw() -> Path:
    """Build the program where it is missing, which takes 7 to 14 minutes; return where it is. Raises: EngineError."""
    return make_once(_FOLDER, _build) / _PROGRAM


def run_versitygw() -> int:
    """Build it for the tests; return the exit code."""
    try:
        say(f"versitygw {VERSION} is at {build_versitygw()}")
    except EngineError as error:
        complain(str(error))
        return 1
    return 0


def _build(part: Path) -> Path:
    go = shutil.which("go")
    if go is None:
        raise EngineError("versitygw is built by Go, which is not there: install it, or leave these tests out.")
    made = part / "made"
    made.mkdir(parents=True)
    ended = subprocess.run(
        [go, "install", _MODULE],
        env={**os.environ, "GOBIN": str(made)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
        check=False,
    )
    if ended.returncode != 0:
        raise EngineError(f"versitygw {VERSION} could not be built: {ended.stderr[-2000:]}")
    return made


@dataclass(frozen=True, slots=True, kw_only=True)
class VersityServer(ObjectStoreServer):
    """Such a server over the files of a folder."""

    program: Path
    is_conditional: bool = True

    @property
    @override
    def name(self) -> str:
        return _PROGRAM

    @override
    def _command(self) -> list[str | Path]:
        # Beside the objects, because not every file system keeps attributes of users.
        options: list[str | Path] = ["--sidecar", self.directory / "attributes"]
        (self.directory / "attributes").mkdir(exist_ok=True)
        return [self.program, "--port", f"{LOOPBACK}:{self.port}", "posix", *options, self.directory / "objects"]

    @override
    def _environ(self) -> Mapping[str, str]:
        return {
            "HOME": str(self.directory),
            "ROOT_ACCESS_KEY": CREDENTIALS["AWS_ACCESS_KEY_ID"],
            "ROOT_SECRET_KEY": CREDENTIALS["AWS_SECRET_ACCESS_KEY"],
        }

    @override
    def wait_until_ready(self, process: Process) -> None:
        """Wait until connections are taken. Raises: EngineError."""
        deadline = time.monotonic() + _START_SECONDS
        while is_free(self.port):
            if not process.is_alive or time.monotonic() > deadline:
                raise EngineError(f"{self.name} does not get ready:\n{process.read_log_tail()}")
            time.sleep(_POLL_SECONDS)
