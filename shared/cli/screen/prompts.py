"""Asks the person at the terminal."""

from __future__ import annotations

import getpass
from typing import TextIO


def confirm(question: str, *, source: TextIO, messages: TextIO) -> bool:
    """Return whether the answer is yes; nothing is no."""
    messages.write(f"{question} [y/N] ")
    messages.flush()
    return source.readline().strip().lower() in {"y", "yes"}


def read_secret(question: str, *, source: TextIO, messages: TextIO) -> str:
    """Return what is typed unseen, or where no terminal is there the first line that comes in."""
    if source.isatty():
        return getpass.getpass(question, messages).strip()
    return source.readline().strip()
