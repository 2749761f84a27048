"""What commands stand on: streams, environment and the gateway."""

from __future__ import annotations

import shlex
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TextIO

from shared.cli.access import find_access
from shared.cli.client.gateway import Gateway, open_gateway
from shared.cli.errors import UsageError
from shared.cli.options import Options, OutputOptions
from shared.cli.profiles import Profiles
from shared.cli.screen.display import Display
from shared.cli.screen.prompts import confirm


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """One command at work with one gateway."""

    gateway: Gateway
    display: Display
    options: Options
    tenant: str | None
    """The tenant that is named with every request."""

    def hint(self, command: str) -> str:
        """Return a command line that goes on where this one stops."""
        given = {"--url": self.options.url, "--tenant": self.options.tenant, "--profile": self.options.profile}
        options = [f" {name} {shlex.quote(value)}" for name, value in given.items() if value]
        return f"graphferry {command}{''.join(options)}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Shell:
    """Where the command line was given."""

    environ: Mapping[str, str]
    input: TextIO
    output: TextIO
    """For results alone."""
    messages: TextIO
    """For everything else."""

    @property
    def profiles(self) -> Profiles:
        """The stored profiles."""
        return Profiles.of(self.environ)

    def show(self, options: OutputOptions) -> Display:
        """Return how results and messages are shown."""
        return Display(
            output=self.output,
            messages=self.messages,
            environ=self.environ,
            as_json=options.json,
            is_quiet=options.quiet,
            is_utc=options.utc,
        )

    @asynccontextmanager
    async def connect(self, options: Options) -> AsyncIterator[Session]:
        """Open the way to the gateway that is meant. Raises: UsageError."""
        access = find_access(options, self.environ, self.profiles)
        async with open_gateway(access) as gateway:
            yield Session(gateway=gateway, display=self.show(options), options=options, tenant=access.tenant)

    def require_yes(self, question: str, *, is_confirmed: bool) -> None:
        """Have a person agree to what cannot be taken back. Raises: UsageError where nobody is there, or says no."""
        if is_confirmed:
            return
        if not self.input.isatty():
            raise UsageError(f"{question} Say so with --yes.")
        if not confirm(question, source=self.input, messages=self.messages):
            raise UsageError("Nothing was done.")
