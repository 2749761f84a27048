"""Measures two sides in turn, A B A B, so that a machine's moods meet both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from infra.bench.results import Comparison, Results, Spent
from infra.console import say
from infra.engines.process import EngineError

Measure = Callable[[], Awaitable[float]]
"""Does the work once; returns its figure. Raises: EngineError when it cannot be done."""


async def _nothing() -> None:
    pass


@dataclass(frozen=True, slots=True, kw_only=True)
class Side:
    """One of the two."""

    name: str
    measure: Measure
    prepare: Callable[[], Awaitable[None]] = _nothing
    """Makes the state before the work; not measured."""
    check: Callable[[], Awaitable[None]] = _nothing
    """Raises: EngineError when the work was not done as it should; then it has no figure. Not measured."""
    clear: Callable[[], Awaitable[None]] = _nothing
    """Takes away what the work left behind; not measured."""


async def compare(
    results: Results, name: str, ours: Side, peer: Side, *, rounds: int, read_spent: Callable[[], Spent] = dict
) -> None:
    """Measure both so often; a side that fails is not tried again, and the reason is kept in its place."""
    ours_taken, peer_taken = _Taken(), _Taken()
    for number in range(rounds):
        for side, taken in ((ours, ours_taken), (peer, peer_taken)):
            if len(taken.figures) == number:
                await _measure(results, f"{name} ({side.name})", side, taken, read_spent)
    results.comparisons[name] = Comparison(
        ours=ours_taken.figures,
        peer=peer_taken.figures,
        peer_name=peer.name,
        ours_spent=ours_taken.spent,
        peer_spent=peer_taken.spent,
    )


@dataclass(frozen=True, slots=True)
class _Taken:
    """What was measured of a side so far."""

    figures: list[float] = field(default_factory=list)
    spent: list[Spent] = field(default_factory=list)


async def _measure(results: Results, name: str, side: Side, taken: _Taken, read_spent: Callable[[], Spent]) -> None:
    try:
        await side.prepare()
        before = read_spent()
        figure = await side.measure()
        after = read_spent()
        await side.check()
        taken.figures.append(figure)
        taken.spent.append({each: after[each] - before[each] for each in before.keys() & after.keys()})
        say(f"  {name}: {figure:,.3f}")
    except EngineError as error:
        results.failures[name] = str(error)
        say(f"  {name}: {error}")
    finally:
        await side.clear()
