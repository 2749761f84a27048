r"""A label, and the one that nodes get instead of it, in one word: `LABEL=OTHER`.

A `=` in LABEL is written `\=`, and a `\` before `=` or `\` is written `\\`. OTHER is taken as it is.
"""

from __future__ import annotations

import re
from typing import Final

_PAIR: Final = re.compile(r"((?:\\[\\=]|[^=])++)=(.+)", re.DOTALL)
_ESCAPED: Final = re.compile(r"\\([\\=])")


def parse_label_pair(text: str) -> tuple[str, str]:
    """Return both labels. Raises: ValueError."""
    found = _PAIR.fullmatch(text)
    if found is None:
        raise ValueError(r"it needs the form LABEL=OTHER, where = in LABEL is written \=")
    return _ESCAPED.sub(r"\1", found[1]), found[2]
