"""Which packages of an extra are installed."""

from __future__ import annotations

import importlib.util


def require_installed(extra: str, *packages: str) -> None:
    """Refuse a setting whose packages are missing. Raises: ValueError, which names the extra."""
    if not all(map(_is_installed, packages)):
        raise ValueError(f"needs packages that are not installed: pip install 'graphferry[{extra}]', or leave it out")


def _is_installed(package: str) -> bool:
    try:
        return importlib.util.find_spec(package) is not None
    except (ImportError, ValueError):  # of what it is in
        return False
