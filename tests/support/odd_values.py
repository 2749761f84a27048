"""Values at the edges of what an archive's text can be."""

from __future__ import annotations

from typing import Any, Final

from shared.graph import Date, Point
from tests.support.values import EXTREMES

ODD_VALUES: Final[list[Any]] = [
    *(0.1, 1e22, 1 / 3, 1e15, 123456789012345.0, 1e-4, 1e-5, 5e-324, 1.7976931348623157e308, 0.0, -0.0, -2.5, 1e16),
    *([0.5, 1 / 3, 1e-7, 1e20], [0.1, -0.0], [float("inf")], [True, False], [], [1, -(2**63), 2**63 - 1]),
    *(['a"\\\n\t\b\f\r\x01\x7fü<&>', "\uffff", ""], "\r", "\ufffe", "\x01", "<&>" * 9, "\U0001f600" * 3, "", b"\0"),
    *(-1, -17, 127, 128, 2**31, -(2**31) - 1, "a" * 70_000, ["b" * 300] * 300),
    *([Date(1), Date(2)], [Point(7203, (0.0, 1.5))], *EXTREMES),
]
