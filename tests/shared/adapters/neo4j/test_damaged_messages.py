"""What a server sends that cannot be read ends the job with a code; the worker goes on."""

from __future__ import annotations

import asyncio
import json
import sys
from typing import Any

import pytest

from shared.native import is_compiled
from tests.support.faults.lying_bolt import lying_server

_DATE = "a date of two parts"
_CONTENT = {
    "a text longer than its message": "918f41",
    "a list longer than its message": "d6ffffffff",
    "a list of such a list": "9191d6ffffffff",
    "a map longer than its message": "91daffffffff",
    "bytes longer than their message": "91ceffffffff",
    "a text in a row longer than its message": "9191930190a181618f41",
    "lists nested deep": "91" * 100_000 + "01",
    "maps nested deep": "91" + "a18161" * 100_000 + "01",
    "structures nested deep": "91" + "b144" * 100_000 + "01",
    "no such marker": "91c4",
    "a text that is none": "9181ff",
    "nothing": "",
}
_LIES = {
    **{f"record: {name}": f"b171{content}" for name, content in _CONTENT.items()},
    **{f"summary: {name}": f"b170a18161{content}" for name, content in _CONTENT.items()},
    **{f"failure: {name}": f"b17fa18161{content}" for name, content in _CONTENT.items()},
    "one byte": "b1",
    "a structure of nothing": "b0",
    "no structure": "8161",
    "a record that is a map": "b171a0",
    "a summary that is a list": "b17090",
    _DATE: "b17191b2440102",
}


async def ask(*options: str) -> dict[str, dict[str, list[str]]]:
    """Ask in a process of its own; return what became of each lie."""
    async with lying_server() as address:
        words = [sys.executable, "-m", "tests.support.faults.lied_to", address, *options]
        pipes: Any = dict.fromkeys(("stdin", "stdout", "stderr"), asyncio.subprocess.PIPE)
        process = await asyncio.create_subprocess_exec(*words, **pipes)
        told, complaints = await process.communicate(json.dumps(_LIES).encode())
    assert process.returncode == 0, complaints.decode()[-1000:]
    outcomes: dict[str, dict[str, list[str]]] = json.loads(told)
    return outcomes


@pytest.mark.parametrize("codec", ["with", "without"])
async def test_a_process_survives_every_lie_and_says_what_it_was(codec: str) -> None:
    if codec == "with" and not is_compiled():
        pytest.skip("the codec is not compiled")
    outcomes = await ask(*(["--without-codec"] if codec == "without" else []))
    told = {(name, place): each for name, places in outcomes.items() for place, each in places.items()}
    assert len(told) == (4 if codec == "with" else 3) * len(_LIES)
    others = {at: each for at, each in told.items() if each[0] != "TRANSFER_FAILED" or "cannot be read" not in each[1]}
    assert set(others) == {(_DATE, "to log on")}, "which has no values of ours yet"
