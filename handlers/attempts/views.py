"""The databases as one attempt sees them."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from typing import TypeVar

from typing_extensions import override

View = TypeVar("View")


class Views(Mapping[str, View]):
    """By name: a view of each database for one attempt, made when it is asked for first, and the same ever after."""

    def __init__(self, databases: Mapping[str, View], look: Callable[[View], View]) -> None:
        self._databases = databases
        self._look = look
        self._made: dict[str, View] = {}

    @override
    def __getitem__(self, name: str) -> View:
        """Give the view. Raises: KeyError."""
        if name not in self._made:
            self._made[name] = self._look(self._databases[name])
        return self._made[name]

    @override
    def __contains__(self, name: object) -> bool:
        """Whether there is such a database; no view is made."""
        return name in self._databases

    @override
    def __iter__(self) -> Iterator[str]:
        """Give the names."""
        return iter(self._databases)

    @override
    def __len__(self) -> int:
        """Count the databases."""
        return len(self._databases)
