"""How large the parts are of what grows, so that they are never too small, nor too many."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from shared.adapters.s3.transfers import MOST_PARTS, PIECE_BYTES
from shared.errors import TooLargeError

LEAST_BYTES: Final = 5 * 1024**2
"""Stores refuse smaller parts, but for the last."""
_EARLY: Final = MOST_PARTS // 2
_LATE: Final = MOST_PARTS - _EARLY - 100


@dataclass(frozen=True, slots=True, kw_only=True)
class PartSizes:
    """Sizes by the number of a part, from 1.

    The first half of the numbers takes parts of one size, so that memory is small for what is; the second half what
    the largest archive needs.
    """

    most: int
    """What an archive may take."""
    usual: int = PIECE_BYTES
    least: int = LEAST_BYTES

    def of(self, number: int) -> int:
        """Return the size of a part. Raises: TooLargeError for one that there cannot be."""
        if number > MOST_PARTS:
            raise TooLargeError(f"The archive takes more than the {MOST_PARTS} parts that an object may have.")
        return self.usual if number <= _EARLY else max(self.usual, -(-self.most // _LATE))

    def least_of(self, number: int) -> int:
        """Return how small a part may be: among the late ones none is smaller than the others."""
        return self.least if number <= _EARLY else self.of(number)
