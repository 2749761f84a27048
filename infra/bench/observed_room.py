"""Runs a room as `python -m` would, with a watch on its event loop.

A beat comes every few milliseconds; what it comes late is how long the loop was kept from its work, by code of ours or
by a machine that had no processor to give. The processor time of the loop's thread since the last beat tells them
apart. Each lateness worth telling is added to a file named after the process.
"""

from __future__ import annotations

import os
import runpy
import struct
import sys
import time
from typing import Any

import uvloop

FOLDER_VARIABLE = "BENCH_GAPS"
"""Names the folder of the files."""

GAP = "=ddd"
"""A file's record, in seconds: when the beat came, by the machine's monotonic clock, how late it was, and how much of
that the loop's thread was at work."""

_BEAT_SECONDS = 0.005
_TOLD_SECONDS = 0.002


class _WatchedLoop(uvloop.Loop):
    def __init__(self, *arguments: Any) -> None:
        super().__init__(*arguments)
        folder = os.environ[FOLDER_VARIABLE]
        self._gaps = os.open(f"{folder}/{os.getpid()}", os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
        self._wait()

    def _wait(self) -> None:
        self.call_later(_BEAT_SECONDS, self._beat, time.monotonic() + _BEAT_SECONDS, time.thread_time())

    def _beat(self, due: float, worked: float) -> None:
        now = time.monotonic()
        if now - due > _TOLD_SECONDS:
            os.write(self._gaps, struct.pack(GAP, now, now - due, min(now - due, time.thread_time() - worked)))
        self._wait()


def main() -> None:
    """Run the room that the first word names, with the other words as its own."""
    uvloop.Loop = _WatchedLoop  # type: ignore[misc]
    module = sys.argv.pop(1)
    runpy.run_module(module, run_name="__main__", alter_sys=True)


if __name__ == "__main__":
    main()
