"""Finds the proxies that tests put in front of gateways."""

from __future__ import annotations

import os
import shutil
from collections.abc import Sequence
from typing import Final

_PROGRAMS: Final = ("nginx", "haproxy", "curl")
"""With what speaks HTTP/2 to them."""

HOW_TO_INSTALL: Final = (
    "The tests of proxies need nginx, haproxy and curl, and not all of them are there.\n"
    "Install them (Debian, Ubuntu: apt-get install -y nginx-light haproxy curl), "
    "or leave these tests out: python3 -m infra test --no-proxies"
)

_PATH: Final = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/local/sbin", "/usr/sbin"])
"""Servers are often where only the administrator looks."""


def find_program(name: str) -> str | None:
    """Return where a program is; None where it is not."""
    return shutil.which(name, path=_PATH)


def list_missing() -> Sequence[str]:
    """List the programs that are not there."""
    return [name for name in _PROGRAMS if find_program(name) is None]
