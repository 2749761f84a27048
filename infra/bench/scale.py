"""How large and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

_MILLION = 1_000_000


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """What has been done before."""

    jobs: int
    """Ended ones, of all tenants."""
    archives: int
    tenants: int
    reads: int
    """Of each kind by each user."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scale:
    """What a run costs; ratios of small graphs hold the fixed costs of a job as well."""

    elements: int
    """Nodes and relationships of what is moved."""
    rounds: int
    slow_rounds: int
    """For peers that take minutes."""
    short_rounds: int
    """Of what takes a second or less, whose figures scatter most."""
    requests: int
    """Of one round of status reads."""
    growth: tuple[int, ...]
    """Elements of the graphs whose time for each element is compared, growing."""
    growth_more: tuple[int, ...]
    """The same, too large for a first impression."""
    history: History
    heap_megabytes: int
    """Of each server."""
    page_cache_megabytes: int

    @classmethod
    def full(cls, elements: int | None = None, *, is_large: bool = False) -> Self:
        """As the goals are stated."""
        return cls(
            elements=elements or 1_200_000,
            rounds=3,
            slow_rounds=2,
            short_rounds=5,
            requests=20_000,
            growth=(_MILLION // 10, _MILLION),
            growth_more=(5 * _MILLION, *((20 * _MILLION,) if is_large else ())),
            history=History(jobs=200_000, archives=5000, tenants=3000, reads=100),
            heap_megabytes=2048,
            page_cache_megabytes=4096 if is_large else 1024,
        )

    @classmethod
    def quick(cls, elements: int | None = None) -> Self:
        """Done in five minutes."""
        elements = elements or 60_000
        return cls(
            elements=elements,
            rounds=2,
            slow_rounds=1,
            short_rounds=5,
            requests=2000,
            growth=(elements // 10, elements),
            growth_more=(2 * elements,),
            history=History(jobs=20_000, archives=500, tenants=300, reads=20),
            heap_megabytes=1024,
            page_cache_megabytes=256,
        )
