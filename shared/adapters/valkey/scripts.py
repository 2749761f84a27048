"""Runs the Lua transitions, each one script file."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from redis.asyncio import Redis
from redis.exceptions import NoScriptError

from shared import failpoints
from shared.adapters.valkey.addresses import NOT_NOW_SECONDS
from shared.adapters.valkey.client import send, store_errors
from shared.adapters.valkey.client_internals import NotNowError
from shared.adapters.valkey.keeping import Keepers

SCRIPTS_DIR = Path(__file__).parent / "lua"
PRELUDE = "prelude.lua"

_LOOK_SECONDS = 0.2
"""Between two looks for the next master."""


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

    def __init__(self, client: Redis, shared_arguments: Sequence[str | int], keepers: Keepers | None = None) -> None:
        self._client = client
        self._keepers = keepers or Keepers()
        self._shared = tuple(shared_arguments)
        self._scripts = load_scripts()

    async def call(self, name: str, *arguments: str | int) -> Any:
        """Run a script. Raises: StoreUnavailableError."""
        with store_errors(), failpoints.around(name):
            try:
                return await send(self._client, "EVALSHA", self._scripts[name].sha, 0, *self._shared, *arguments)
            except NoScriptError:
                # The text itself, which the server then knows: another connection may lead to another server.
                return await send(self._client, "EVAL", self._scripts[name].text, 0, *self._shared, *arguments)

    async def call_durably(self, name: str, *arguments: str | int) -> tuple[Any, bool | None]:
        """Run a script that writes, then wait until that is kept; give its answer, and whether it is.

        None: nobody says. Replicas may be late after a failover, and what a server took that is the master no more is
        forgotten: for some seconds the script is sent again, as after a lost answer. Raises: StoreUnavailableError.
        """
        with store_errors(), failpoints.around(name):
            first, end = None, time.monotonic() + (NOT_NOW_SECONDS if self._keepers.replicas else 0)
            while True:
                answer, *kept = await self._send_by_name(name, arguments)
                if isinstance(answer, Exception):
                    raise answer
                first, durable = first or answer, self._keepers.judge(kept)
                if await self._keepers.is_deposed(self._client, kept):
                    await self._leave_server(is_over=time.monotonic() > end)
                    first = None
                elif durable is not False or time.monotonic() > end:
                    return first, durable
                await asyncio.sleep(_LOOK_SECONDS)

    async def _leave_server(self, *, is_over: bool) -> None:
        """Have the next command ask anew which server is the master. Raises: NotNowError once the time is over."""
        if is_over:
            raise NotNowError("another server has become the master")
        await self._client.connection_pool.disconnect(inuse_connections=False)

    async def _send_by_name(self, name: str, arguments: Sequence[str | int]) -> Sequence[Any]:
        answers = await self._send_durably("EVALSHA", self._scripts[name].sha, arguments)
        if not isinstance(answers[0], NoScriptError):
            return answers
        return await self._send_durably("EVAL", self._scripts[name].text, arguments)

    async def call_for_good(self, name: str, *arguments: str | int) -> Any:
        """Run a script whose answer others act on, and wait as long for replicas, so that no failover takes it back.

        The write counts all the same when they are late. Raises: StoreUnavailableError.
        """
        if not self._keepers.replicas:
            return await self.call(name, *arguments)
        answer, _ = await self.call_durably(name, *arguments)
        return answer

    async def confirms_writes(self) -> bool:
        """Whether the server can confirm that a write is on disk. Raises: StoreUnavailableError."""
        with store_errors():
            async with self._client.pipeline(transaction=False) as pipeline:
                pipeline.execute_command("WAITAOF", 1, 0, 1)
                (synced,) = await pipeline.execute(raise_on_error=False)
        return not isinstance(synced, Exception)

    async def _send_durably(self, way: str, script: str, arguments: Sequence[str | int]) -> Sequence[Any]:
        async with self._client.pipeline(transaction=False) as pipeline:
            for command in ((way, script, 0, *self._shared, *arguments), *self._keepers.commands):
                pipeline.execute_command(*command)
            answers: Sequence[Any] = await pipeline.execute(raise_on_error=False)
        return answers
