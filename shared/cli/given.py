"""What of a command's options was given."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def choose_given(fields: Mapping[str, Any]) -> dict[str, Any]:
    """Choose the fields that were given: all but None."""
    return {name: value for name, value in fields.items() if value is not None}
