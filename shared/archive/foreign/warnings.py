"""What was changed or passed over of a foreign archive, counted."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from typing import Final

MOST_KINDS: Final = 100
"""Warnings of one application: names in a hostile document could make any number of them."""
FURTHER: Final = "further things changed or passed over"
_SHOWN_CHARACTERS: Final = 100


class Warnings(Counter[str]):
    """Counts by what is said of them."""

    def note(self, what: str, name: str) -> None:
        """Count something whose words hold a name out of a document, where they have `{}`."""
        shown = name if len(name) <= _SHOWN_CHARACTERS else f"{name[:_SHOWN_CHARACTERS]}…"
        self._count(what.format(shown))

    def add_all(self, others: Mapping[str, int]) -> None:
        """Count those of a document."""
        for what, times in others.items():
            self._count(what, times)

    def _count(self, what: str, times: int = 1) -> None:
        self[what if what in self or len(self) < MOST_KINDS else FURTHER] += times

    def lines(self) -> list[str]:
        """Return them in order, with their counts."""
        return [f"{what}: {count}." for what, count in sorted(self.items())]
