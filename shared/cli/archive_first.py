"""Writes what is about to be deleted or overwritten into an archive, so that it can be taken back."""

from __future__ import annotations

import shlex
import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

from shared.cli.errors import CommandError, UsageError
from shared.cli.options import Patience
from shared.cli.shell import Session, Shell
from shared.cli.submitting import submit
from shared.cli.waiting import wait_for_job
from shared.spelling import fold

_ADD_VERSION: Final = ("--on-conflict", "add_version")
_OVERWRITE: Final = ("--on-conflict", "overwrite")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """What was written into an archive before it went."""

    archive: str
    database: str

    def tell_way_back(self, session: Session, *options: str) -> None:
        """Say in one line how to have it again."""
        words = "import", self.archive, "--stored", "--database", self.database, *options
        session.display.say(f"{self.archive} holds what was there; to take it back: {session.hint(shlex.join(words))}")

    def tell_after_deletion(self, session: Session, *, has_others: bool) -> None:
        """Say so of what was deleted; beside other versions of it, it comes back under a new version."""
        self.tell_way_back(session, *(_ADD_VERSION if has_others else ()))

    def tell_after_overwriting(self, session: Session) -> None:
        """Say so of what was overwritten."""
        self.tell_way_back(session, *_OVERWRITE)


def wants_archive(shell: Shell, given: bool | None, patience: Patience, *, key: str | None = None) -> bool:
    """Return whether an archive is written first: what is said counts, else whether a person is at a terminal.

    Raises: UsageError where it is said beside options that it does not go with.
    """
    if given and not patience.wait:
        raise UsageError("--archive-first waits for its export: leave out --no-wait.")
    if given and key is not None:
        raise UsageError("--archive-first does not go with --idempotency-key: export by a command of its own before.")
    if given is not None:
        return given
    return patience.wait and key is None and shell.input.isatty() and shell.messages.isatty()


async def find_present(
    session: Session, database: str, names: Iterable[str], version: str | None = None
) -> Sequence[Mapping[str, Any]]:
    """List the versions of these applications that the database holds now, or the one version of them."""
    wanted = {fold(name) for name in names}
    answer = await session.gateway.ask("GET", "databases", database, "applications")
    found = [each for each in answer["applications"] if fold(each["name"]) in wanted]
    return [each for each in found if version is None or each["version"] == version]


async def keep(
    session: Session, database: str, present: Sequence[Mapping[str, Any]], patience: Patience
) -> tuple[Kept | None, Patience]:
    """Export versions of applications and wait for it; return what holds them, and the patience that is left.

    None: there is nothing to keep. Raises: CommandError where they could not be written: nothing else is done then.
    """
    if not present:
        return None, patience
    began = time.monotonic()
    listed = ", ".join(f"{each['name']} {each['version']}" for each in present)
    session.display.say(f"First an archive of {listed} is written (--no-archive-first: without).")
    versions = [{"name": each["name"], "version": each["version"]} for each in present]
    try:
        body = {"database": database, "applications": versions}
        job = await submit(session, "POST", "exports", body=body, patience=patience)
        closed = await wait_for_job(session, job, patience)
    except CommandError as error:
        message = f"{error.message} Without an archive nothing was changed; --no-archive-first does without."
        raise CommandError(message, exit_code=error.exit_code, details=error.details) from error
    return Kept(archive=closed["archive"]["name"], database=database), _take_off(patience, time.monotonic() - began)


def _take_off(patience: Patience, seconds: float) -> Patience:
    if patience.timeout is None:
        return patience
    return replace(patience, timeout=max(patience.timeout - seconds, 0.0))
