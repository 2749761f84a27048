"""An attempt has a view of the databases that it asks for, and of no others."""

from __future__ import annotations

from handlers.attempts.views import Views
from tests.support.memory.graph.data import MemoryDatabase
from tests.support.memory.graph.source import MemorySource


def test_a_view_is_made_of_what_is_asked_for_and_once() -> None:
    made: list[str] = []

    def look(source: MemorySource) -> MemorySource:
        made.append(source.database)
        return MemorySource(MemoryDatabase("view"))

    views = Views({name: MemorySource(MemoryDatabase(name)) for name in ("left", "right")}, look)
    assert ("left" in views, "other" in views, list(views), len(views)) == (True, False, ["left", "right"], 2)
    assert made == []
    assert views["left"] is views["left"]
    assert made == ["left"]
