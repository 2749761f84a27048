"""Runs the Lua transitions, each one script file."""

from __future__ import annotations

import hashlib
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, TypeVar

from redis.asyncio import Redis
from redis.exceptions import NoScriptError, ResponseError

from shared import failpoints
from shared.adapters.valkey.client import send, store_errors
from shared.adapters.valkey.keeping import Command, Keepers, Written
from shared.adapters.valkey.namespaces import Namespace

SCRIPTS_DIR = Path(__file__).parent / "lua"
PRELUDE = "prelude.lua"

_NEVER = "never"
"""A key that never exists. While a cluster moves the slot, its server refuses what names such a key; else a script
would run up to the first key that is not there."""

NO_JOBS: Final = (0, 0, 0)
"""The shared arguments of scripts that know nothing of leases of jobs, of records that are kept, and of crashes."""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """A script's text and the name that the server caches it under."""

    text: str
    sha: str


def load_transitions() -> Mapping[str, Script]:
    """Read every transition by its file's stem, each with the part before it that all share."""
    prelude = (SCRIPTS_DIR / PRELUDE).read_text(encoding="utf-8")
    return {
        path.stem: _make_script(prelude + path.read_text(encoding="utf-8"))
        for path in SCRIPTS_DIR.glob("*.lua")
        if path.name != PRELUDE
    }


def load_alone(stem: str) -> Script:
    """Read a script that stands alone: it is no transition, and has no part before it."""
    return _make_script((SCRIPTS_DIR / "alone" / f"{stem}.lua").read_text(encoding="utf-8"))


def _make_script(text: str) -> Script:
    """Give a script the name under which the server caches it."""
    # The server names a script by the SHA-1 of its text; nothing is protected by it.
    return Script(text=text, sha=hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


class Scripts:
    """Calls scripts with the arguments that all of them share put first."""

    def __init__(
        self,
        client: Redis,
        namespace: Namespace,
        shared_arguments: Sequence[str | int] = NO_JOBS,
        keepers: Keepers | None = None,
    ) -> None:
        """`shared_arguments`: those after the namespace."""
        self._client = client
        self._namespace = namespace
        self._keepers = keepers or Keepers()
        self._shared = tuple(shared_arguments)
        self._scripts = load_transitions()

    async def call(self, name: str, *arguments: str | int) -> Any:
        """Run a script. Raises: StoreUnavailableError."""
        with store_errors(), failpoints.around(name):
            return await self._follow(lambda: self._call(name, arguments))

    async def _call(self, name: str, arguments: Sequence[str | int]) -> Any:
        script = self._scripts[name]
        try:
            return await send(self._client, *self._format("EVALSHA", script.sha, arguments))
        except NoScriptError:
            # The text itself, which the server then knows: another connection may lead to another server.
            return await send(self._client, *self._format("EVAL", script.text, arguments))

    def _format(self, way: str, script: str, arguments: Sequence[str | int]) -> Command:
        namespace = self._namespace
        keys = (1, namespace.key(_NEVER)) if namespace.is_tagged else (0,)
        return (way, script, *keys, namespace.text, *self._shared, *arguments)

    async def _follow(self, do: Callable[[], Awaitable[_Answer]]) -> _Answer:
        """Run a script, and again where it says that the keys have moved."""
        try:
            return await do()
        except ResponseError as error:
            if not self._namespace.follow(error):
                raise
            return await do()

    async def call_durably(self, name: str, *arguments: str | int) -> tuple[Any, bool | None]:
        """Run a script that writes, then wait until that is kept; give its answer, and whether it is.

        None: nobody says. Replicas may be late after a failover, and what a server took that is the master no more is
        forgotten: for some seconds the script is sent again, as after a lost answer. Raises: StoreUnavailableError.
        """
        with store_errors(), failpoints.around(name):
            written = await self._keepers.write_until_kept(
                self._client, lambda: self._follow(lambda: self._write(name, arguments))
            )
        return written.answers[0], written.kept

    async def _write(self, name: str, arguments: Sequence[str | int]) -> Written:
        script = self._scripts[name]
        for way, text in (("EVALSHA", script.sha), ("EVAL", script.text)):
            written = await self._keepers.write(self._client, self._format(way, text, arguments))
            if not isinstance(written.answers[0], NoScriptError):
                break
        if isinstance(written.answers[0], Exception):
            raise written.answers[0]
        return written

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
