"""The path prefix of this dialect."""

from __future__ import annotations

from typing import Final

API: Final = "/api/v1"
