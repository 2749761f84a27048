"""Background loops outlive whatever happens in them."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace

import pytest
import structlog
from structlog.typing import EventDict

from shared.concurrency import loops
from shared.concurrency.loops import Loop, background, cancel_all, every, growing, keep_going, repeat_forever
from shared.errors import StoreUnavailableError
from tests.support.rounds import do_rounds


class Panicked(BaseException):
    """What a library raises that wants nobody to catch it."""


@pytest.fixture(autouse=True)
def log() -> Iterator[Sequence[EventDict]]:
    with structlog.testing.capture_logs() as lines:
        yield lines


def make_loop(work: Callable[[], Awaitable[object]]) -> Loop:
    return Loop(name="mill", work=work, pauses=every(10.0), at_once=True, event="not milled")


class Moods:
    """Work that raises each of these errors once, then goes well."""

    def __init__(self, *errors: BaseException) -> None:
        self.errors = list(errors)
        self.done = 0

    async def work(self) -> None:
        if self.errors:
            raise self.errors.pop(0)
        self.done += 1


class TestPauses:
    def test_vary_by_half(self) -> None:
        pauses = every(30.0)
        drawn = [pauses(1000.0) for _ in range(2000)]
        assert 15.0 <= min(drawn) < 16.0
        assert 44.0 < max(drawn) <= 45.0

    def test_do_not_vary_where_they_must_not(self) -> None:
        pauses = every(5.0, spread=0.0)
        assert {pauses(0.0) for _ in range(10)} == {5.0}

    def test_grow_until_all_was_quiet(self) -> None:
        pauses = growing()
        lows = [loops.FIRST_PAUSE_SECONDS / 2 * 2**power for power in range(4)]
        for low in lows:
            assert low <= pauses(0.0) <= 2 * low
        assert all(pauses(0.0) <= loops.LONGEST_PAUSE_SECONDS for _ in range(20))
        assert pauses(0.0) >= loops.LONGEST_PAUSE_SECONDS / 2
        assert pauses(loops.QUIET_SECONDS + 1) <= loops.FIRST_PAUSE_SECONDS
        assert pauses(0.0) <= 2 * loops.FIRST_PAUSE_SECONDS

    async def test_come_before_the_first_round_where_that_is_wanted(self) -> None:
        moods = Moods()
        assert len((await do_rounds(make_loop(moods.work), 3)).pauses) == 3
        late = await do_rounds(replace(make_loop(moods.work), at_once=False), 3)
        assert len(late.pauses) == 4
        assert moods.done == 6
        assert all(5.0 <= pause <= 15.0 for pause in late.pauses)

    async def test_know_how_long_the_round_was(self) -> None:
        now, told = 0.0, list[float]()

        def pause(took: float) -> float:
            told.append(took)
            return 1.0

        async def work() -> None:
            nonlocal now
            now += 3.0

        async def stop(_: float) -> None:
            raise Panicked

        loop = Loop(name="mill", work=work, pauses=pause, at_once=True)
        with pytest.raises(Panicked):
            await repeat_forever(loop, sleep=stop, clock=lambda: now)
        assert told == [3.0]


class TestErrors:
    async def test_end_a_round_alone(self) -> None:
        moods = Moods(
            StoreUnavailableError("away"), ZeroDivisionError("odd"), Panicked("help"), asyncio.CancelledError()
        )
        rounds = await do_rounds(make_loop(moods.work), 6)
        assert moods.done == 2
        assert rounds.counted == ["mill"] * 4

    async def test_are_told_with_their_traceback_unless_expected(self) -> None:
        odd = ZeroDivisionError("odd")
        moods = Moods(StoreUnavailableError("away"), odd)
        rounds = await do_rounds(replace(make_loop(moods.work), fields={"database": "left"}), 3)
        here = {"event": "not milled", "loop": "mill", "database": "left"}
        assert rounds.logged == [
            {**here, "log_level": "warning", "errors": 1, "error": "away"},
            {**here, "log_level": "error", "errors": 2, "error": repr(odd), "exc_info": odd},
        ]

    async def test_that_come_again_are_told_with_one_traceback(self) -> None:
        odd = [ZeroDivisionError("odd"), ZeroDivisionError("odd"), ZeroDivisionError("odder")]
        lines = (await do_rounds(make_loop(Moods(*odd).work), 4)).logged
        assert [("exc_info" in line, line["errors"]) for line in lines] == [(True, 1), (False, 2), (True, 3)]

    async def test_are_told_as_the_loop_says(self) -> None:
        moods = Moods(OSError("full"))
        loop = replace(make_loop(moods.work), reason="reason", expected=(OSError,))
        (line,) = (await do_rounds(loop, 2)).logged
        assert (line["log_level"], line["reason"]) == ("warning", "full")
        assert "error" not in line

    async def test_do_not_end_the_loop_when_the_log_is_full(self, monkeypatch: pytest.MonkeyPatch) -> None:
        def refuse(*_: object, **__: object) -> None:
            raise OSError("no space left")

        monkeypatch.setattr(structlog.testing.LogCapture, "__call__", refuse)
        moods = Moods(ZeroDivisionError())
        assert (await do_rounds(make_loop(moods.work), 2)).counted == ["mill"]
        assert moods.done == 1

    @pytest.mark.parametrize("end", [SystemExit, KeyboardInterrupt])
    async def test_that_end_the_process_pass(self, end: type[BaseException]) -> None:
        with pytest.raises(end):
            await do_rounds(make_loop(Moods(end()).work), 2)


async def run(loop: Loop) -> asyncio.Task[None]:
    task = asyncio.create_task(keep_going(loop))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    return task


class TestCancellation:
    async def test_passes_from_the_work(self) -> None:
        begun = asyncio.Event()

        async def work() -> None:
            begun.set()
            await asyncio.sleep(60)

        task = asyncio.create_task(keep_going(make_loop(work)))
        await begun.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def test_passes_from_a_pause(self) -> None:
        moods = Moods()
        task = await run(make_loop(moods.work))
        assert moods.done == 1
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task

    async def test_that_the_work_has_taken_for_its_own_passes_all_the_same(self) -> None:
        begun = asyncio.Event()

        async def work() -> None:
            begun.set()
            with suppress(asyncio.CancelledError):
                await asyncio.sleep(60)

        task = asyncio.create_task(keep_going(make_loop(work)))
        await begun.wait()
        task.cancel()
        async with asyncio.timeout(20):
            with pytest.raises(asyncio.CancelledError):
                await task

    async def test_is_repeated_for_a_task_that_loses_it(self) -> None:
        async def lose_two() -> None:
            for _ in range(2):
                with suppress(asyncio.CancelledError):
                    await asyncio.sleep(60)
            await asyncio.sleep(60)

        tasks = [asyncio.create_task(lose_two()), asyncio.create_task(asyncio.sleep(60))]
        await asyncio.sleep(0)
        async with asyncio.timeout(20):
            await cancel_all(tasks)
        assert all(each.cancelled() for each in tasks)
        await cancel_all([])


async def test_a_loop_that_ended_is_told_of_and_started_again(log: Sequence[EventDict]) -> None:
    moods, counted, broken = Moods(), list[str](), [True]

    def pause_wrongly(_: float) -> float:
        if broken:
            broken.clear()
            raise LookupError("no pause")
        return 0.01

    loop = Loop(name="mill", work=moods.work, pauses=pause_wrongly, fields={"database": "left"}, at_once=True)
    async with background(loop, count=counted.append), asyncio.timeout(20):
        while moods.done < 3:  # noqa: ASYNC110 - the loop tells nobody
            await asyncio.sleep(0.01)
    assert counted == ["mill"]
    (line,) = log
    assert (line["event"], line["loop"], line["database"]) == ("loop ended; starting it again", "mill", "left")
    assert isinstance(line["exc_info"], LookupError)


async def test_loops_in_the_background_end_with_the_context() -> None:
    moods, before = Moods(), asyncio.all_tasks()
    async with background(make_loop(moods.work), make_loop(moods.work)):
        await asyncio.sleep(0)
        await asyncio.sleep(0)
        assert len(asyncio.all_tasks() - before) == 2
    assert moods.done == 2
    assert asyncio.all_tasks() == before
