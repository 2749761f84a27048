"""A pseudo-terminal with a command in it."""

from __future__ import annotations

import codecs
import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field

SECONDS = 30.0
"""How long a command may keep us waiting."""

_ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")
CTRL_C = "\x03"

_PROGRAM = """
import os, signal
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests in the background ignores it
os.close(os.open(os.ttyname(0), os.O_RDWR))  # a session without a terminal takes the first that it opens
from shared.cli.__main__ import main
main()
"""


@dataclass(slots=True, kw_only=True)
class Terminal:
    """What a person sees, and the keys."""

    process: subprocess.Popen[bytes]
    master: int
    raw: str = ""
    decoder: codecs.IncrementalDecoder = field(default_factory=codecs.getincrementaldecoder("utf-8"))

    def see(self, text: str) -> None:
        """Wait until a text has been shown."""
        end = time.monotonic() + SECONDS
        while text not in self.raw:
            assert time.monotonic() < end, self.raw
            if not self._read():
                assert text in self.raw, self.raw
                return

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self.master, keys.encode())

    def end(self) -> int:
        """Read on until the command has ended; give its exit code."""
        end = time.monotonic() + SECONDS
        while self._read():
            assert time.monotonic() < end, self.raw
        return self.process.wait(SECONDS)

    @property
    def lines(self) -> list[str]:
        """All that was ever a line, without what moves or colours."""
        return re.split(r"[\r\n]+", _ESCAPE.sub("", self.raw))

    def _read(self) -> bool:
        """Take what comes; return whether more may come."""
        if not select.select([self.master], [], [], 0.2)[0]:
            return True
        try:
            news = os.read(self.master, 65536)
        except OSError:  # the other side is closed
            return False
        self.raw += self.decoder.decode(news)
        return bool(news)


@contextmanager
def open_terminal(
    environ: Mapping[str, str], *words: str, columns: int = 100, term: str = "xterm-256color"
) -> Iterator[Terminal]:
    """Start our command line in a terminal of this width."""
    master, slave = pty.openpty()
    fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 40, columns, 0, 0))
    process = subprocess.Popen(
        [sys.executable, "-c", _PROGRAM, *words],
        env={**environ, "TERM": term, "PATH": os.environ["PATH"], "LANG": "C.UTF-8"},
        stdin=slave,
        stdout=slave,
        stderr=slave,
        start_new_session=True,
    )
    os.close(slave)
    try:
        yield Terminal(process=process, master=master)
    finally:
        with suppress(ProcessLookupError):
            process.kill()
        process.wait()
        os.close(master)
