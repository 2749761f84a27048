"""Which rights a user of the store lacks.

A server judges the rights to a command when it queues it in a transaction, which is discarded: nothing is done.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from redis.asyncio import Redis
from redis.exceptions import NoPermissionError

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

NOT_TRIED: Final = frozenset({"auth", "cluster|slots", "discard", "exec", "hello", "multi", "unwatch", "watch"})
"""Further commands, of a connection, a transaction or a cluster: whoever lacks one is told so by the first question."""

_LACKS: Final = re.compile(r"no permissions to access (?:a|the) (key|channel)", re.IGNORECASE)


async def list_missing_rights(client: Redis, beginnings: Sequence[str]) -> Sequence[str]:
    """List what a user lacks for keys that begin so, as `ACL SETUSER` has it. Raises: StoreUnavailableError."""
    probes = [(name, beginning) for beginning in beginnings for name in COMMANDS]
    with store_errors():
        async with client.pipeline(transaction=False) as pipeline:
            pipeline.execute_command("MULTI")
            for name, beginning in probes:
                pipeline.execute_command(*_spell(name, beginning))
            pipeline.execute_command("DISCARD")
            _, *answers, _ = await pipeline.execute(raise_on_error=False)
    told = zip(probes, answers, strict=True)
    return list(dict.fromkeys(_tell(*probe, answer) for probe, answer in told if isinstance(answer, NoPermissionError)))


def _spell(name: str, beginning: str) -> Iterator[Any]:
    yield from name.encode().split(b"|")  # in bytes: the client library reads no answer into what it is not yet
    for argument in COMMANDS[name]:
        yield f"{beginning}probe" if argument is _KEY else argument


def _tell(name: str, beginning: str, error: NoPermissionError) -> str:
    found = _LACKS.search(str(error))
    if found is None:
        return f"+{name}"
    return f"{'~' if found[1].lower() == 'key' else '&'}{beginning}*"
