"""The options that many commands share."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Final

from cyclopts import Group, Parameter
from cyclopts.completion import CompletionContext
from cyclopts.validators import Number

from shared.cli.errors import CommandError
from shared.cli.profiles import Profiles

_WAITING: Final = Group("Waiting", sort_key=10)
COMMON: Final = Group("Connection and output", sort_key=20)


def _list_profiles(_: CompletionContext) -> Sequence[str]:
    """List the stored profiles, for a shell that completes."""
    try:
        return sorted(Profiles.of(os.environ).read())
    except (CommandError, OSError):
        return []


@Parameter(name="*", group=COMMON)
@dataclass(frozen=True, slots=True, kw_only=True)
class OutputOptions:
    """In which form results are shown."""

    json: Annotated[bool, Parameter(negative="", show_default=False)] = False
    """Print JSON Lines: one object a line."""
    quiet: Annotated[bool, Parameter(name=["--quiet", "-q"], negative="", show_default=False)] = False
    """Show no progress and no messages but errors."""
    utc: Annotated[bool, Parameter(negative="", show_default=False)] = False
    """Show times in UTC; else in the zone of TZ, or of this machine. JSON has them in UTC always."""


@Parameter(name="*", group=COMMON)
@dataclass(frozen=True, slots=True, kw_only=True)
class Options(OutputOptions):
    """Which gateway is asked, for whom, and in which form its answers are shown."""

    url: str | None = None
    """The gateway's address; else GRAPHFERRY_URL, else the profile's."""
    tenant: str | None = None
    """The tenant to act for, where the key has none or several; else GRAPHFERRY_TENANT, else the profile's."""
    profile: Annotated[str | None, Parameter(completer=_list_profiles)] = None
    """A profile that `login` has stored; else GRAPHFERRY_PROFILE, else `default`."""


@Parameter(name="*", group=_WAITING)
@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long a command stays with its job."""

    wait: bool = True
    """Stay until the job has ended, and show its progress; else its id is printed at once."""
    timeout: Annotated[float | None, Parameter(validator=Number(gt=0))] = None
    """Stay for so many seconds at the most; the job itself goes on."""
    cancel_on_interrupt: Annotated[bool, Parameter(negative="", show_default=False)] = False
    """At Ctrl-C or SIGTERM have the job cancelled, which goes on otherwise."""


OUTPUT: Final = OutputOptions()
OPTIONS: Final = Options()
PATIENCE: Final = Patience()

Web = Annotated[bool, Parameter(name=["--web", "-w"], negative="", show_default=False)]
"""Whether the page's address is wanted instead."""

Flag = Annotated[bool, Parameter(negative="", show_default=False)]
"""A switch that is off unless it is named."""

Force = Annotated[bool, Parameter(name=["--force", "-f"], negative="", show_default=False)]
"""Whether a file may be replaced."""

ArchiveFirst = Annotated[bool | None, Parameter(show_default=False)]
"""Whether what goes is written into an archive first; None: where a person is at a terminal."""

Confirmed = Annotated[bool, Parameter(name=["--yes", "-y"], negative="", show_default=False)]
"""Whether the question that a command asks first is answered already."""

Names = Annotated[tuple[str, ...], Parameter(negative="", show_default=False)]
"""Several names, each after an option of its own: what follows it may be another argument."""

Words = Annotated[tuple[str, ...], Parameter(negative="", show_default=False, consume_multiple=True)]
"""Several of a few known words, after one option or each after its own."""


def one_of(words: type[StrEnum]) -> Parameter:
    """Take the wire's own words, and no others."""
    return Parameter(choices=[str(word) for word in words])
