"""Asks the person at the terminal."""

from __future__ import annotations

import getpass
import signal
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TextIO


def confirm(question: str, *, source: TextIO, messages: TextIO) -> bool:
    """Return whether the answer is yes; nothing is no."""
    with _interruptible():
        messages.write(f"{question} [y/N] ")
        messages.flush()
        return source.readline().strip().lower() in {"y", "yes"}


def read_secret(question: str, *, source: TextIO, messages: TextIO) -> str:
    """Return what is typed unseen, or where no terminal is there the first line that comes in."""
    with _interruptible():
        return (getpass.getpass(question, messages) if source.isatty() else source.readline()).strip()


@contextmanager
def _interruptible() -> Iterator[None]:
    """Let Ctrl-C end the reading: the event loop's own handler would wait for the line to end."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    former = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        yield
    finally:
        signal.signal(signal.SIGINT, former)
