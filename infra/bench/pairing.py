"""Measures two sides in turn, A B A B, so that a machine's moods meet both."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from infra.bench.results import Comparison, Results
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
    clear: Callable[[], Awaitable[None]] = _nothing
    """Takes away what the work left behind; not measured."""


async def compare(results: Results, name: str, ours: Side, peer: Side, *, rounds: int) -> None:
    """Measure both so often; a side that fails is not tried again, and the reason is kept in its place."""
    samples: Mapping[str, list[float]] = {ours.name: [], peer.name: []}
    for number in range(rounds):
        for side in (ours, peer):
            if len(samples[side.name]) == number:
                await _measure(results, f"{name} ({side.name})", side, samples[side.name])
    results.comparisons[name] = Comparison(ours=samples[ours.name], peer=samples[peer.name], peer_name=peer.name)


async def _measure(results: Results, name: str, side: Side, samples: list[float]) -> None:
    try:
        await side.prepare()
        samples.append(await side.measure())
        say(f"  {name}: {samples[-1]:,.3f}")
    except EngineError as error:
        results.failures[name] = str(error)
        say(f"  {name}: {error}")
    finally:
        await side.clear()
