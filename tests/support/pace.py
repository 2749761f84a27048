"""Bounds on processor time that hold on a slow machine too."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

_YARDSTICK: Final = json.dumps([{"name": f"{at}", "labels": ["A", "B"], "counts": {"x": at}} for at in range(10_000)])
_YARDSTICK_SECONDS: Final = 0.012
"""What reading the yardstick takes on a machine of ordinary speed."""


@contextmanager
def takes_at_most(seconds: float) -> Iterator[None]:
    """Require that work takes no more processor time than so many seconds of a machine of ordinary speed.

    A fixed piece of work is timed before and after; the slower of the two says how fast the machine is meanwhile.
    """
    before = _time_yardstick()
    began = time.process_time()
    yield
    taken = time.process_time() - began
    slowness = max(1.0, before / _YARDSTICK_SECONDS, _time_yardstick() / _YARDSTICK_SECONDS)
    assert taken <= seconds * slowness, f"{taken:.2f} s on a machine {slowness:.1f} times as slow as others"


def _time_yardstick() -> float:
    began = time.process_time()
    json.loads(_YARDSTICK)
    return time.process_time() - began
