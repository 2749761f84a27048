"""Does several things by one command, one after another, and goes on after failures."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TypeVar

from shared.cli.errors import CommandError, UsageError
from shared.cli.exit_codes import ExitCode
from shared.cli.screen.display import Display
from shared.cli.shell import Session

_Name = TypeVar("_Name")


@dataclass(slots=True, kw_only=True)
class Several:
    """How each of them ended."""

    display: Display
    done: int = 0
    failures: set[ExitCode] = field(default_factory=set)

    @contextmanager
    def step(self, *, ends: bool = True) -> Iterator[None]:
        """Do one of them, or a part that does not end it; a failure is told, and the next one follows."""
        try:
            yield
            self.done += ends
        except CommandError as error:
            tell(self.display, error)
            self.failures.add(error.exit_code)

    @property
    def exit_code(self) -> ExitCode:
        """The code for all of them together."""
        if not self.failures:
            return ExitCode.OK
        if self.done:
            return ExitCode.PARTIAL
        return self.failures.pop() if len(self.failures) == 1 else ExitCode.FAILED


async def delete_each(session: Session, names: Sequence[str], *path: str) -> ExitCode:
    """Delete what is called so below a path, one after another, and say so of each."""
    several = Several(display=session.display)
    for name in names:
        with several.step():
            await session.gateway.delete(*path, name)
            session.display.give(name, {"deleted": name})
    return several.exit_code


def tell(display: Display, error: CommandError) -> None:
    """Tell a person what went wrong."""
    display.warn("\n".join([f"graphferry: {error.message}", *(f"  {each}" for each in error.details)]))


def require_some(names: Sequence[_Name], what: str) -> Sequence[_Name]:
    """Return the names that a command was given. Raises: UsageError where there are none."""
    if not names:
        raise UsageError(f"Name at least one {what}.")
    return names
