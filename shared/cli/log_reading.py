"""Prints a job's log, and what is added to it while the job runs."""

from __future__ import annotations

import asyncio
import codecs
from functools import partial
from typing import Final, TextIO

from shared.cli.client.retrying import repeat
from shared.cli.errors import AnswerError
from shared.cli.following import has_ended
from shared.cli.shell import Session

_LOOK_SECONDS: Final = 1.0
_NOTHING_NEW: Final = 416


async def print_log(session: Session, job_id: str, *, follows: bool, output: TextIO) -> None:
    """Print what is there, and where that is wanted what follows, until the job has ended."""
    decoder = codecs.getincrementaldecoder("utf-8")(errors="replace")
    done = 0
    while True:
        is_last = not follows or has_ended(await session.gateway.ask("GET", "jobs", job_id))
        news = await repeat(partial(_read, session, job_id, done))
        done += len(news)
        output.write(decoder.decode(news))
        output.flush()
        if is_last:
            return
        await asyncio.sleep(_LOOK_SECONDS)


async def _read(session: Session, job_id: str, done: int) -> bytes:
    """Return what the log has beyond these bytes."""
    headers = {"Range": f"bytes={done}-"} if done else {}
    try:
        async with session.gateway.open("GET", "jobs", job_id, "log", headers=headers) as answer:
            content = b"".join([chunk async for chunk in answer.chunks()])
            return content if answer.status == 206 else content[done:]
    except AnswerError as error:
        if error.status == _NOTHING_NEW:
            return b""
        raise
