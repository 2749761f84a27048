"""A user of the store that may do no more than the documentation says."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

from redis import Redis

_PAGE: Final = Path(__file__).parents[2] / "docs" / "operations.md"
_USER, _PASSWORD = "ferry", "s3cret"
_LINE: Final = "ACL SETUSER graphferry "


def read_rights(installation: str) -> list[str]:
    """Return what the documentation gives a user, for an installation of this name."""
    line = next(line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(_LINE))
    return line.removeprefix(_LINE).replace("{graphferry}:", f"{{{installation}}}:").split()


def make_user(url: str, installation: str, *, without: Sequence[str] = ()) -> str:
    """Create the user in a server, and return the address with it."""
    rights = [each for each in read_rights(installation) if each not in ("on", ">PASSWORD", *without)]
    with Redis.from_url(url) as client:
        client.execute_command("ACL", "SETUSER", _USER, "reset", "on", f">{_PASSWORD}", *rights)
        client.execute_command("ACL", "LOG", "RESET")
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{_USER}:{_PASSWORD}@{parts.hostname}:{parts.port}"))
