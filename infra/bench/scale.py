"""How large and how often."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Self

_MILLION = 1_000_000
_SMALL_IMPORT = 60_000
_SMALL_OVERWRITE = 6_000


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
    small_import: int
    """Elements of the larger of two small graphs."""
    small_overwrite: int
    requests: int
    """Of one round of status reads."""
    dispatches: int
    """Jobs whose wait for a handler is taken."""
    reading_seconds: float
    """Of another tenant's reads in each state."""
    cancels: int
    """Of exports; of imports half as many."""
    cancelled_elements: int
    """Of the graph whose moves are cancelled: less is done before it can be."""
    heavy_nodes: int
    beside_neighbour: int
    """Elements of the application whose neighbour is ten times as large."""
    growth: tuple[int, ...]
    """Elements of the graphs whose time for each element is compared, growing."""
    growth_more: tuple[int, ...]
    """The same, too large for a first impression, which has none."""
    history: History
    heap_megabytes: int
    """Of each server."""
    page_cache_megabytes: int

    @classmethod
    def full(cls, elements: int | None = None, *, is_large: bool = False) -> Self:
        """As the goals are stated."""
        elements = elements or 1_200_000
        return cls(
            elements=elements,
            rounds=3,
            slow_rounds=2,
            short_rounds=5,
            small_import=min(elements, _SMALL_IMPORT),
            small_overwrite=min(elements, _SMALL_OVERWRITE),
            requests=20_000,
            dispatches=50,
            reading_seconds=10,
            cancels=8,
            cancelled_elements=max(elements, 200_000),
            heavy_nodes=30,
            beside_neighbour=elements // 4,
            growth=(_MILLION // 10, _MILLION),
            growth_more=(5 * _MILLION, *((20 * _MILLION,) if is_large else ())),
            history=History(jobs=200_000, archives=5000, tenants=3000, reads=100),
            heap_megabytes=2048,
            page_cache_megabytes=4096 if is_large else 1024,
        )

    @classmethod
    def quick(cls, elements: int | None = None) -> Self:
        """A first impression, in minutes."""
        small, elements = elements or _SMALL_IMPORT, elements or 30_000
        return cls(
            elements=elements,
            rounds=2,
            slow_rounds=1,
            short_rounds=3,
            small_import=min(small, _SMALL_IMPORT),
            small_overwrite=min(small, _SMALL_OVERWRITE),
            requests=2000,
            dispatches=20,
            reading_seconds=1.5,
            cancels=4,
            cancelled_elements=max(elements, 100_000),
            heavy_nodes=8,
            beside_neighbour=elements // 8,
            growth=(elements // 10, elements),
            growth_more=(),
            history=History(jobs=10_000, archives=500, tenants=300, reads=10),
            heap_megabytes=1024,
            page_cache_megabytes=256,
        )
