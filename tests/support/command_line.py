"""The command line as a script sees it: words in, an exit code and two streams out."""

from __future__ import annotations

import asyncio
import io
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import orjson

from shared.cli.__main__ import execute


@dataclass(frozen=True, slots=True, kw_only=True)
class Ending:
    """What became of a command."""

    code: int
    output: str
    messages: str

    @property
    def lines(self) -> list[Any]:
        """The output of `--json`."""
        return [orjson.loads(line) for line in self.output.splitlines()]


def call(environ: Mapping[str, str], *tokens: str, typed: str = "") -> Ending:
    """Execute a command line here; not inside a running loop."""
    output, messages = io.StringIO(), io.StringIO()
    code = execute(tokens, environ, source=io.StringIO(typed), output=output, messages=messages)
    return Ending(code=code, output=output.getvalue(), messages=messages.getvalue())


@dataclass(frozen=True, slots=True, kw_only=True)
class CommandLine:
    """Somebody at a shell, with a gateway in reach."""

    environ: Mapping[str, str]

    @classmethod
    def at(cls, url: str, key: str | None, home: Path) -> CommandLine:
        """Sit down; what the command line keeps goes into this home."""
        places = {"HOME": str(home), "GRAPHFERRY_URL": url}
        return cls(environ={**places, **({} if key is None else {"GRAPHFERRY_KEY": key})})

    async def __call__(self, *tokens: str, typed: str = "") -> Ending:
        """Execute a command line beside the running loop, which may serve it."""
        return await asyncio.to_thread(call, self.environ, *tokens, typed=typed)
