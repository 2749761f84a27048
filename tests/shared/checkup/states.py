"""What was found, without the words."""

from __future__ import annotations

from collections.abc import Sequence

from shared.checkup.findings import Finding, State


def states(found: Sequence[Finding]) -> dict[str, State]:
    return {each.part: each.state for each in found}
