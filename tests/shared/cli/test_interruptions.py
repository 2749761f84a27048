"""What becomes of a job whose command is interrupted, where no terminal is: in a script, in the background."""

from __future__ import annotations

import asyncio
import io
import signal
import sys
from typing import Any

import pytest

from shared.cli.errors import CommandError
from shared.cli.options import Options, Patience
from shared.cli.screen.display import Display
from shared.cli.shell import Session
from shared.cli.submitting import submit
from shared.cli.waiting import wait_for_job
from tests.shared.cli.conftest import Desk

IGNORING = """
import signal, sys
signal.signal(signal.SIGINT, signal.SIG_IGN)
from shared.cli.__main__ import main
main()
"""
"""As shells start what is to run in the background."""


async def test_sigterm_ends_a_command_in_the_background(desk: Desk) -> None:
    admin = desk.as_("admin")
    await admin("export", "MyApp", "--database", "source", "--no-wait")
    words = ("-c", IGNORING, "jobs", "watch", desk.jobs[0].id, "--cancel-on-interrupt")
    process = await asyncio.create_subprocess_exec(
        sys.executable, *words, env=dict(admin.environ), stderr=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(30):
        while not any("/events" in each for each in desk.proxy.requests):  # noqa: ASYNC110 - nothing tells
            await asyncio.sleep(0.05)
        process.send_signal(signal.SIGINT)
        process.terminate()
        _, messages = await process.communicate()
    assert process.returncode == 143
    assert b"is to be cancelled" in messages
    assert desk.jobs[0].cancel is not None


JOB = {"id": "7", "kind": "export", "database": "source", "status": "created"}
CANCELLING = Patience(cancel_on_interrupt=True)


def open_session(gateway: Any, messages: io.StringIO) -> Session:
    display = Display(output=io.StringIO(), messages=messages, environ={}, as_json=False, is_quiet=True)
    return Session(gateway=gateway, display=display, options=Options(), tenant=None)


class Refusing:
    """A gateway that says nothing of a job, and does not cancel it."""

    async def ask(self, method: str, *_: str, **__: Any) -> None:
        if method == "PATCH":
            raise CommandError("It has ended.", details=["a minute ago"])
        await asyncio.sleep(60)


async def test_a_job_that_cannot_be_cancelled_is_told_of() -> None:
    messages = io.StringIO()
    waiting = asyncio.create_task(wait_for_job(open_session(Refusing(), messages), JOB, CANCELLING))
    await asyncio.sleep(0)
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert messages.getvalue() == "graphferry: It has ended.\n  a minute ago\n"


class Accepting:
    """A gateway that accepts a job, and lets its answer wait."""

    def __init__(self) -> None:
        self.answers = asyncio.Event()
        self.asked: list[str] = []
        self.is_asked = asyncio.Event()

    async def ask(self, method: str, *path: str, **_: Any) -> Any:
        self.asked.append(" ".join((method, *path)))
        self.is_asked.set()
        if method == "POST":
            await self.answers.wait()
        return JOB


@pytest.mark.parametrize(
    ("patience", "asked", "told"),
    [
        (CANCELLING, ["PATCH jobs 7"], "The export 7 is to be cancelled."),
        (Patience(), [], "What was begun goes on; to watch it: graphferry jobs watch 7"),
    ],
)
async def test_a_job_is_minded_whose_answer_had_not_come(patience: Patience, asked: list[str], told: str) -> None:
    gateway, messages = Accepting(), io.StringIO()
    submitting = asyncio.create_task(submit(open_session(gateway, messages), "POST", "exports", patience=patience))
    await gateway.is_asked.wait()
    submitting.cancel()
    await asyncio.sleep(0)
    gateway.answers.set()
    with pytest.raises(asyncio.CancelledError):
        await submitting
    assert gateway.asked == ["POST exports", *asked]
    assert told in messages.getvalue()
