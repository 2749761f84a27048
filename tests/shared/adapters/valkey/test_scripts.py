"""What scripts and Python both must know."""

from __future__ import annotations

import re

from shared.adapters.valkey.scripts import PRELUDE, SCRIPTS_DIR, load_transitions
from shared.ports.jobs import TIME_BUCKETS


def test_scripts_count_by_the_buckets_that_are_shown() -> None:
    prelude = (SCRIPTS_DIR / PRELUDE).read_text(encoding="utf-8")
    found = re.search(r"^local BUCKETS = \{(.+)\}$", prelude, re.MULTILINE)
    assert found is not None
    assert tuple(map(int, found[1].split(", "))) == TIME_BUCKETS


def test_only_transitions_have_the_shared_part_before_them() -> None:
    found = load_transitions()
    assert "submit" in found
    assert not {path.stem for path in SCRIPTS_DIR.glob("*/*.lua")} & set(found)
