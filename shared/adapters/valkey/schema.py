"""Which versions may work with a store: it says by a number what each must know at least."""

from __future__ import annotations

from typing import Final

from shared.errors import StoreTooNewError

SCHEMA: Final = 2
"""What this version knows. Raise it with a form of keys or records that the version before would misread."""

NEEDED: Final = 2
"""What a store with tagged keys needs. Raise it a version later than SCHEMA: both run side by side."""

NEEDED_BARE: Final = 1
"""What a store with bare keys needs, which versions before may work with."""

UNFINISHED: Final = "moving"
"""What a store says instead, while keys are being moved into it."""


def require_known(key: str, needed: str) -> None:
    """Compare what a store needs, by this key, with what this version knows. Raises: StoreTooNewError."""
    if not needed.isdecimal() or int(needed) > SCHEMA:
        raise StoreTooNewError(key, needed, SCHEMA)
