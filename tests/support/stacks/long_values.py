"""A process whose threads have held long values, as a worker's do: it says what it still holds."""

from __future__ import annotations

import threading

import psutil

from handlers.worker.process import give_back_long_values

LONG = 15_000_000
KEPT: list[bytes] = []


def hold_for_a_while() -> None:
    """Hold some, then only something small that was made after them."""
    values = ["x" * LONG for _ in range(4)]
    KEPT.append(bytes(100_000))
    values.clear()


if __name__ == "__main__":
    give_back_long_values()
    BEFORE = psutil.Process().memory_info().rss
    THREADS = [threading.Thread(target=hold_for_a_while) for _ in range(4)]
    for each in THREADS:
        each.start()
    for each in THREADS:
        each.join()
    print(psutil.Process().memory_info().rss - BEFORE)
