"""The compiled codec: rows as they travel over Bolt, and lines of a document, without an object for an element.

Written in Cython, compiled when the project is set up: see docs/codec.md. `packstream` reads the wire, `packing` writes
it; `shapes` finds how a row is written; `texts` writes values, `lines` whole elements; `parsing` reads the texts of
values, `elements` whole lines; `tables` find what was learnt; `hashing` finds ordinals and adds hashes up; `buffers`
hold what is written. Where nothing could be compiled everything goes the way of plain Python.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec


@cache
def is_compiled() -> bool:
    """Return whether this Python has the codec."""
    return find_spec("shared.native.lines") is not None
