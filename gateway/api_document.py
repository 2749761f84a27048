"""The document of the API, as it is sent."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from functools import cached_property
from typing import Any

from gateway.bodies.responses import to_json


class ApiDocument:
    """Made at the first request for it: drawing the schemas takes longer than starting all the rest."""

    def __init__(self, describe: Callable[[], Mapping[str, Any]]) -> None:
        self._describe = describe

    @cached_property
    def _content(self) -> bytes:
        return to_json(self._describe())

    def to_json(self) -> bytes:
        """Return it as JSON."""
        return self._content
