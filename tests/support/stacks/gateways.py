"""A gateway as a process of its own."""

from __future__ import annotations

import http.client
import signal
import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path

import psutil


class Gateway:
    """A gateway as a process of its own, that may be killed and started again."""

    def __init__(self, environ: Mapping[str, str], key: str, arguments: Sequence[str] = ("-m", "gateway")) -> None:
        self._environ = environ
        self._key = key
        self._arguments = arguments
        self.port = int(environ["GRAPHFERRY_PORT"])
        self.start()

    def start(self) -> None:
        command = [sys.executable, *self._arguments]
        self.process = subprocess.Popen(
            command, env=self._environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        end = time.monotonic() + 30
        while not self._lives():
            assert time.monotonic() < end, "the gateway does not start"
            time.sleep(0.05)

    def _lives(self) -> bool:
        with suppress(OSError):
            return self.ask("GET", "/livez")[0] == 200
        return False

    def kill(self) -> None:
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def memory(self) -> int:
        return int(psutil.Process(self.process.pid).memory_info().rss)

    def peak(self) -> int:
        """Give how much memory it has had at the most."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        (line,) = [line for line in status.splitlines() if line.startswith("VmHWM:")]
        return int(line.split()[1]) * 1024

    def connect(self) -> http.client.HTTPConnection:
        return http.client.HTTPConnection("127.0.0.1", self.port, timeout=60)

    def ask(
        self, method: str, path: str, headers: Mapping[str, str] | None = None, body: bytes | None = None
    ) -> tuple[int, http.client.HTTPMessage, bytes]:
        connection = self.connect()
        try:
            connection.request(method, path, body=body, headers={**self.headers, **(headers or {})})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    @property
    def headers(self) -> dict[str, str]:
        return {"X-API-KEY": self._key, "Tus-Resumable": "1.0.0"}
