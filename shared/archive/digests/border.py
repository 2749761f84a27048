"""A fingerprint of references to other applications, the same for every order."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

import xxhash

from shared.graph import Properties
from shared.references import ExternalReference

_MODULUS: Final = 2**128


class BorderDigest:
    """Tells readings of one database apart: nodes go by the database's ids. It stands in no archive."""

    def __init__(self) -> None:
        self._total = 0

    def add_shared(self, ids: Sequence[int]) -> None:
        """Add nodes that other applications carry too."""
        for each in ids:
            self._add(("shared", each))

    def add_references(self, references: Sequence[ExternalReference], is_secured: Callable[[str], bool]) -> None:
        """Add references without the properties that are secured."""
        for each in references:
            properties = {name: value for name, value in each.properties.items() if not is_secured(name)}
            key = None if each.key is None else (each.key.label, _sorted(each.key.properties))
            far = (each.application, each.version, key, each.far)
            self._add((each.node, each.direction.value, each.type, _sorted(properties), far))

    def hexdigest(self) -> str:
        """Return 32 hexadecimal digits."""
        return f"{self._total:032x}"

    def _add(self, content: object) -> None:
        self._total = (self._total + xxhash.xxh3_128_intdigest(repr(content).encode())) % _MODULUS


def _sorted(properties: Properties) -> object:
    return sorted(properties.items(), key=lambda item: item[0])
