"""Writes what the image installs: the pins of requirements.lock, with their hashes, that the product itself needs."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from infra.deploy.facts import CHECKOUT, FOLDER, HEAD

LOCK: Final = FOLDER / "runtime.lock"
EXTRAS: Final = ("s3", "tracing")
"""With which the image may keep archives in an object store, and send spans, where settings say so."""

_PIN: Final = re.compile(r"^(?P<name>[A-Za-z0-9][\w.-]*)==.*(?:\n[ #].*)*", re.MULTILINE)
_VIA: Final = re.compile(r"^    #(?: via)?\s+(\S+)$", re.MULTILINE)


def write_lock() -> str:
    """Return the file's text."""
    pins = {found["name"]: found[0] for found in _PIN.finditer((CHECKOUT / "requirements.lock").read_text())}
    needed = _close(_list_declared(CHECKOUT / "pyproject.toml"), pins)
    return HEAD + "".join(f"{text}\n" for name, text in pins.items() if name in needed)


def _list_declared(configuration: Path) -> set[str]:
    project = tomllib.loads(configuration.read_text())["project"]
    texts = [*project["dependencies"], *(each for name in EXTRAS for each in project["optional-dependencies"][name])]
    return {canonicalize_name(Requirement(text).name) for text in texts}


def _close(names: Iterable[str], pins: Mapping[str, str]) -> set[str]:
    """Add what they need, and what that needs: each pin says by whom it is needed."""
    needed = set(names)
    while further := {each for each, text in pins.items() if each not in needed and needed & set(_VIA.findall(text))}:
        needed |= further
    return needed
