"""Tests of measuring in turn."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from infra.bench.pairing import Side, compare
from infra.bench.results import Results
from infra.engines.process import EngineError


class _Log:
    """Sides that note what is asked of them."""

    def __init__(self) -> None:
        self.calls: list[str] = []

    def side(self, name: str, *figures: float) -> Side:
        remaining: Iterator[float] = iter(figures)

        async def measure() -> float:
            self.calls.append(name)
            figure = next(remaining)
            if figure < 0:
                raise EngineError(f"{name} cannot")
            return figure

        async def prepare() -> None:
            self.calls.append(f"prepare {name}")

        async def clear() -> None:
            self.calls.append(f"clear {name}")

        return Side(name=name, prepare=prepare, measure=measure, clear=clear)


async def test_sides_take_turns_and_medians_are_divided() -> None:
    log, results = _Log(), Results()
    await compare(results, "a_vs_b", log.side("a", 1, 9, 2), log.side("b", 5, 4, 40), rounds=3)
    assert log.calls == ["prepare a", "a", "clear a", "prepare b", "b", "clear b"] * 3
    assert results.comparisons["a_vs_b"].ratio == 2 / 5
    assert results.failures == {}


async def test_processor_time_is_that_of_the_work_alone() -> None:
    results, spent = Results(), {"worker": 0.0}

    def side(name: str, seconds: float) -> Side:
        async def work() -> float:
            spent["worker"] += seconds
            return 1

        async def prepare() -> None:
            spent["worker"] += 100

        return Side(name=name, prepare=prepare, measure=work, clear=prepare)

    await compare(results, "a_vs_b", side("a", 2), side("b", 3), rounds=2, read_spent=spent.copy)
    assert results.comparisons["a_vs_b"].ours_spent == [{"worker": 2}] * 2
    assert results.comparisons["a_vs_b"].peer_spent == [{"worker": 3}] * 2


async def test_a_failed_peer_is_told_and_not_tried_again() -> None:
    log, results = _Log(), Results()
    await compare(results, "a_vs_b", log.side("a", 1, 3, 2), log.side("b", 5, -1), rounds=3)
    assert log.calls[-3:] == ["prepare a", "a", "clear a"]
    assert log.calls.count("b") == 2
    assert results.failures == {"a_vs_b (b)": "b cannot"}
    assert results.comparisons["a_vs_b"].ours == [1, 3, 2]


async def test_a_side_that_cannot_be_prepared_has_no_figure() -> None:
    log, results = _Log(), Results()

    async def fail() -> None:
        raise EngineError("no file")

    await compare(results, "a_vs_b", log.side("a", 1), replace(log.side("b", 2), prepare=fail), rounds=1)
    assert log.calls == ["prepare a", "a", "clear a", "clear b"]
    assert results.failures == {"a_vs_b (b)": "no file"}


async def test_work_that_was_not_done_as_it_should_has_no_figure() -> None:
    log, results = _Log(), Results()

    async def fail() -> None:
        raise EngineError("b loses nodes: 1 of 2")

    await compare(results, "a_vs_b", log.side("a", 1), replace(log.side("b", 2), check=fail), rounds=1)
    assert results.comparisons["a_vs_b"].ratio is None
    assert results.failures == {"a_vs_b (b)": "b loses nodes: 1 of 2"}


async def test_a_peer_that_never_works_leaves_no_ratio() -> None:
    log, results = _Log(), Results()
    await compare(results, "a_vs_b", log.side("a", 1, 3), log.side("b", -1), rounds=2)
    assert results.comparisons["a_vs_b"].ratio is None
    assert results.failures == {"a_vs_b (b)": "b cannot"}
