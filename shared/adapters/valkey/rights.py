"""Which rights a user of the store lacks.

A server judges the rights to a command when it queues it in a transaction, which is discarded: nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import ExecAbortError, NoPermissionError

from shared.adapters.valkey.backups import escape_pattern
from shared.adapters.valkey.client import store_errors

_KEY: Final = object()
"""Stands for a key of the installation, or a channel."""

COMMANDS: Final[Mapping[str, Sequence[Any]]] = {
    "client|setinfo": ("lib-name", "x"),
    "client|setname": ("x",),
    "dbsize": (),
    "del": (_KEY,),
    "eval": ("return 1", 0),
    "evalsha": ("0" * 40, 0),
    "exists": (_KEY,),
    "expire": (_KEY, 1),
    "get": (_KEY,),
    "hdel": (_KEY, "x"),
    "hexists": (_KEY, "x"),
    "hget": (_KEY, "x"),
    "hgetall": (_KEY,),
    "hincrby": (_KEY, "x", 1),
    "hkeys": (_KEY,),
    "hmget": (_KEY, "x"),
    "hscan": (_KEY, 0),
    "hset": (_KEY, "x", "x"),
    "incr": (_KEY,),
    "incrby": (_KEY, 1),
    "info": (),
    "llen": (_KEY,),
    "lpop": (_KEY,),
    "lrange": (_KEY, 0, 0),
    "lrem": (_KEY, 0, "x"),
    "pexpire": (_KEY, 1),
    "ping": (),
    "psetex": (_KEY, 1, "x"),
    "pttl": (_KEY,),
    "publish": (_KEY, "x"),
    "rpush": (_KEY, "x"),
    "select": (0,),
    "set": (_KEY, "x"),
    "subscribe": (_KEY,),
    "time": (),
    "unsubscribe": (_KEY,),
    "wait": (0, 1),
    "waitaof": (0, 0, 1),
    "xadd": (_KEY, "*", "x", "x"),
    "xrevrange": (_KEY, "+", "-"),
    "zadd": (_KEY, 1, "x"),
    "zcard": (_KEY,),
    "zrange": (_KEY, 0, 0),
    "zrangebyscore": (_KEY, 0, 0),
    "zrem": (_KEY, "x"),
    "zremrangebylex": (_KEY, "-", "-"),
    "zremrangebyscore": (_KEY, 0, 0),
    "zscore": (_KEY, "x"),
}
"""What gateways and workers send, with arguments."""

_CHANNELS: Final = frozenset({"publish", "subscribe", "unsubscribe"})
"""All channels begin as the installation's own keys do."""

_AROUND: Final = ("watch", "unwatch", "multi", "exec")
"""What a transaction is made of."""

NOT_TRIED: Final = frozenset({"auth", "cluster|slots", "hello"})
"""Further commands, of a connection or a cluster: whoever lacks one is told so by the first question."""

_LACKS: Final = re.compile(r"no permissions to access (?:a|the) (key|channel)", re.IGNORECASE)


async def list_missing_rights(client: Redis, beginnings: Sequence[str]) -> Sequence[str]:
    """List what a user lacks for keys that begin so, as `ACL SETUSER` has it. Raises: StoreUnavailableError."""
    key = f"{beginnings[0]}probe"
    try:
        if lacking := await _try_all(client, [(name, (name, *([key] if name == "watch" else []))) for name in _AROUND]):
            return lacking  # without a transaction the others would be done
        probes = [
            (name, _spell(name, beginning))
            for beginning in beginnings
            for name in COMMANDS
            if name not in _CHANNELS or beginning == beginnings[0]
        ]
        return await _try_all(client, [("multi", ("multi",)), *probes, ("discard", ("discard",))])
    finally:
        # Nobody is to come by a connection on which a transaction is still open.
        await client.connection_pool.disconnect(inuse_connections=False)


async def _try_all(client: Redis, commands: Sequence[tuple[str, Sequence[Any]]]) -> Sequence[str]:
    with store_errors():
        async with client.pipeline(transaction=False) as pipeline:
            for _, (word, *rest) in commands:
                pipeline.execute_command(word.encode(), *rest)
            answers = await pipeline.execute(raise_on_error=False)
    told = zip(commands, answers, strict=True)
    lacking = [_tell(*command, answer) for command, answer in told if _is_refusal(answer)]
    return list(dict.fromkeys(lacking))


def _is_refusal(answer: Any) -> bool:
    """Whether a right is missing; that to EXEC is told as the reason why the transaction is given up."""
    is_of_exec = isinstance(answer, ExecAbortError) and "NOPERM" in str(answer)
    return is_of_exec or isinstance(answer, NoPermissionError)


def _spell(name: str, beginning: str) -> Sequence[Any]:
    arguments = (f"{beginning}probe" if each is _KEY else each for each in COMMANDS[name])
    return (*name.split("|"), *arguments)


def _tell(name: str, words: Sequence[Any], error: Exception) -> str:
    found = _LACKS.search(str(error))
    if found is None:
        return f"+{name}"
    beginning = next(each for each in words if isinstance(each, str) and each.endswith(":probe")).removesuffix("probe")
    return f"{'~' if found[1].lower() == 'key' else '&'}{escape_pattern(beginning)}*"
