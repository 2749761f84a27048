"""Users of the store that may do no more than the documentation says.

What tests start of the product reaches the store as one of them. Tests themselves look at it, and plant faults in it,
as its owner.
"""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final
from urllib.parse import quote, urlsplit, urlunsplit

from redis import Redis
from redis.exceptions import ResponseError

from shared.adapters.valkey.backups import escape_pattern

_PAGE: Final = Path(__file__).parents[2] / "docs" / "operations.md"
_PASSWORD: Final = "s3cret"
_LINE: Final = "ACL SETUSER graphferry "
_ALONE: Final = ("on", ">PASSWORD")
"""What the documented line says of a user, and not of its rights."""

INSTALLATIONS: Final = ("ours", "theirs", "test", "another", "graphferry")
"""Whose keys tests of adapters use, in one server."""


def read_rights(installation: str) -> list[str]:
    """Return what the documentation gives a user, for an installation of this name."""
    return _name(_read_line(f"{_LINE}on "), installation)


def read_rights_of_commands() -> list[str]:
    """Return what backups, restores and moves of keys need besides."""
    return _read_line(f"{_LINE}+")


def read_patterns_of_before(installation: str) -> list[str]:
    """Return the patterns for a store whose keys are an earlier version's."""
    return _name(_read_line("~graphferry:* "), installation)


def _read_line(beginning: str) -> list[str]:
    line = next(line for line in _PAGE.read_text(encoding="utf-8").splitlines() if line.startswith(beginning))
    return line.removeprefix(_LINE).split()


def _name(rights: Sequence[str], installation: str) -> list[str]:
    name = escape_pattern(installation)
    return [each.replace("graphferry", name) if each[0] in "~&" else each for each in rights]


def make_user(
    url: str,
    *installations: str,
    without: Sequence[str] = (),
    for_commands: bool = False,
    of_before: bool = False,
) -> str:
    """Have a user in a server, and return the address with it; see `give_user`."""
    return log_in(url, give_user(url, *installations, without=without, for_commands=for_commands, of_before=of_before))


def give_user(
    url: str,
    *installations: str,
    without: Sequence[str] = (),
    for_commands: bool = False,
    of_before: bool = False,
) -> str:
    """Have a user in a server, and return its name.

    For several installations it has the rights of each one apart: no command reaches keys of two. `for_commands` adds
    what backups and moves of keys need, `of_before` the keys of earlier versions.
    """
    kinds = {"commands": for_commands, "before": of_before}
    user = "-".join(("ferry", *installations, *(name for name, is_wanted in kinds.items() if is_wanted)))
    own, *others = (
        [
            *(each for each in read_rights(name) if each not in (*_ALONE, *without)),
            *(read_patterns_of_before(name) if of_before else []),
            *(read_rights_of_commands() if for_commands else []),
        ]
        for name in installations
    )
    selectors = [f"({' '.join(each)})" for each in others]
    with Redis.from_url(as_owner(url)) as client:
        client.execute_command("ACL", "SETUSER", user, "reset", "on", f">{_PASSWORD}", *own, *selectors)
        client.execute_command("ACL", "LOG", "RESET")
        with suppress(ResponseError):  # a server that is not started again keeps no file of them
            client.execute_command("ACL", "SAVE")
    return user


def log_in(url: str, user: str) -> str:
    """Put a user that was made into an address."""
    parts = urlsplit(url)
    hosts = parts.netloc.rpartition("@")[2]
    return urlunsplit(parts._replace(netloc=f"{quote(user, safe='')}:{_PASSWORD}@{hosts}"))


def lead_to(url: str, port: int) -> str:
    """Give the address of whoever leads to the same server from another port, with the same user."""
    parts = urlsplit(url)
    login = parts.netloc.rpartition("@")[0]
    return urlunsplit(parts._replace(netloc=f"{login}{'@' if login else ''}{parts.hostname}:{port}"))


def as_owner(url: str) -> str:
    """Give the address without its user, for a test's own looking."""
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=parts.netloc.rpartition("@")[2]))


def read_users(url: str) -> set[str]:
    """Give the users of all connections that a server has but this one."""
    with Redis.from_url(as_owner(url), decode_responses=True) as client:
        own = client.client_id()
        return {each["user"] for each in client.client_list() if int(each["id"]) != own}
