"""The path prefix of this dialect."""

from __future__ import annotations

from typing import Final

BASE_PATH: Final = "/darwin"
API: Final = f"{BASE_PATH}/api/2.0/exportimport"
