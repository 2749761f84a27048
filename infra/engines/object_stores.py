"""Embedded object stores, for trials and tests: one writes on conditions, one passes over them in silence."""

from __future__ import annotations

import os
import sys
import urllib.request
from collections.abc import Mapping, MutableMapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from infra.engines.ports import LOOPBACK, choose_port
from infra.engines.process import Process, start_process

BUCKET: Final = "ferry"
CREDENTIALS: Final[Mapping[str, str]] = {
    "AWS_ACCESS_KEY_ID": "testing-ferry",
    "AWS_SECRET_ACCESS_KEY": "testing-ferry-secret",
    "AWS_DEFAULT_REGION": "us-east-1",
    "AWS_EC2_METADATA_DISABLED": "true",
}
"""Variables of who may use a store."""

_PREFIX: Final = "AWS_"
"""What variables begin with that the library of clients reads."""
_MOTO: Final = Path(__file__).with_name("moto_server.py")
_START_SECONDS: Final = 60.0
_REQUEST_SECONDS: Final = 60


def use_store_alone(environ: MutableMapping[str, str]) -> None:
    """Have a process, and those that it starts, use such a store with its credentials, and none of the user's."""
    for name in [each for each in environ if each.startswith(_PREFIX)]:
        del environ[name]
    environ.update(CREDENTIALS)


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectStoreServer:
    """A server with one bucket, whose objects go with it or stay in the directory."""

    directory: Path
    is_conditional: bool
    """Whether it knows conditions, as moto does; rclone does not."""
    port: int = field(default_factory=choose_port)

    @property
    def endpoint(self) -> str:
        """Its address."""
        return f"http://{LOOPBACK}:{self.port}"

    @property
    def name(self) -> str:
        """What it is."""
        return "moto" if self.is_conditional else "rclone"

    def address(self, prefix: str) -> str:
        """Return what GRAPHFERRY_ARCHIVES says of it."""
        return f"s3://{BUCKET}/{prefix}?endpoint={self.endpoint}&region=us-east-1&path_style=yes"

    def start(self) -> Process:
        """Start the server; it is not ready yet."""
        (self.directory / "objects" / BUCKET).mkdir(parents=True, exist_ok=True)
        environ = {**os.environ, **self._environ()}
        return start_process(
            self.name,
            self._command(),
            log=self.directory / "console.log",
            environ=environ,
            lock=self.directory / "lock",
        )

    def _command(self) -> list[str | Path]:
        return self._moto() if self.is_conditional else self._rclone()

    def _environ(self) -> Mapping[str, str]:
        return {"HOME": str(self.directory)}

    def wait_until_ready(self, process: Process) -> None:
        """Wait until requests are answered and there is the bucket. Raises: EngineError."""
        process.wait_for_line("Running on" if self.is_conditional else "Starting s3 server", seconds=_START_SECONDS)
        if self.is_conditional:
            request = urllib.request.Request(f"{self.endpoint}/{BUCKET}", method="PUT")
            urllib.request.urlopen(request, timeout=_REQUEST_SECONDS).close()

    def _moto(self) -> list[str | Path]:
        return [sys.executable, _MOTO, LOOPBACK, str(self.port)]

    def _rclone(self) -> list[str | Path]:
        key = ",".join([CREDENTIALS["AWS_ACCESS_KEY_ID"], CREDENTIALS["AWS_SECRET_ACCESS_KEY"]])
        options = ["--auth-key", key, "--addr", f"{LOOPBACK}:{self.port}", "--config", os.devnull]
        program = Path(sys.executable).with_name("rclone")
        return [program, "serve", "s3", *options, self.directory / "objects"]
