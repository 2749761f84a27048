"""Runs the Lua transitions, each one script file."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from shared import failpoints
from shared.adapters.valkey.client import send, store_errors

SCRIPTS_DIR = Path(__file__).parent / "lua"
PRELUDE = "prelude.lua"
WAITAOF_MS = 1500
"""How long a submitter waits for the disk: several times a slow fsync, well inside an HTTP client's patience."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script's text and the name that the server caches it under."""

    text: str
    sha: str


def load_scripts() -> Mapping[str, Script]:
    """Read every script by its file's stem, each with the shared part before it."""
    prelude = (SCRIPTS_DIR / PRELUDE).read_text(encoding="utf-8")
    return {
        path.stem: make_script(prelude + path.read_text(encoding="utf-8"))
        for path in SCRIPTS_DIR.glob("*.lua")
        if path.name != PRELUDE
    }


def make_script(text: str) -> Script:
    """Give a script the name under which the server caches it."""
    # The server names a script by the SHA-1 of its text; nothing is protected by it.
    return Script(text=text, sha=hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Scripts:
    """Calls scripts with the arguments that all of them share put first."""

    def __init__(self, client: Redis, shared_arguments: Sequence[str | int]) -> None:
        self._client = client
        self._shared = tuple(shared_arguments)
        self._scripts = load_scripts()

    async def call(self, name: str, *arguments: str | int) -> Any:
        """Run a script. Raises: StoreUnavailableError."""
        with store_errors(), failpoints.around(name):
            try:
                return await send(self._client, *self._command(name, arguments))
            except NoScriptError:
                await self._load(name)
                return await send(self._client, *self._command(name, arguments))

    async def call_durably(self, name: str, *arguments: str | int) -> tuple[Any, bool | None]:
        """Run a script that writes, then wait until that is on disk; give its answer, and whether it is.

        None: the server keeps no append-only file, or is too old to say. Both commands travel together, since the
        server waits for what this very connection wrote. Raises: StoreUnavailableError.
        """
        with store_errors(), failpoints.around(name):
            answer, synced = await self._send_durably(name, arguments)
            if isinstance(answer, NoScriptError):
                await self._load(name)
                answer, synced = await self._send_durably(name, arguments)
            if isinstance(answer, Exception):
                raise answer
        return answer, None if isinstance(synced, Exception) else synced[0] >= 1

    async def confirms_writes(self) -> bool:
        """Whether the server can confirm that a write is on disk. Raises: StoreUnavailableError."""
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.execute_command("WAITAOF", 1, 0, 1)
                (synced,) = await pipeline.execute(raise_on_error=False)
        return not isinstance(synced, Exception)

    async def _send_durably(self, name: str, arguments: Sequence[str | int]) -> Sequence[Any]:
        async with self._client.pipeline(transaction=False) as pipeline:
            pipeline.execute_command(*self._command(name, arguments))
            pipeline.execute_command("WAITAOF", 1, 0, WAITAOF_MS)
            answers: Sequence[Any] = await pipeline.execute(raise_on_error=False)
        return answers

    def _command(self, name: str, arguments: Sequence[str | int]) -> Sequence[str | int]:
        return ("EVALSHA", self._scripts[name].sha, 0, *self._shared, *arguments)

    async def _load(self, name: str) -> None:
        await send(self._client, "SCRIPT LOAD", self._scripts[name].text)
