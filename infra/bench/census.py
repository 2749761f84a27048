"""Whether two databases hold the same, as far as counting tells."""

from __future__ import annotations

from collections.abc import Mapping

from infra.bench import statements
from infra.bench.database import BenchDatabase
from infra.engines.process import EngineError

_MOST_NAMED = 5


def require_equal(found: BenchDatabase, expected: BenchDatabase, *, scope: str, who: str) -> None:
    """Count nodes, relationships, labels, but for the scope's own, types, and property keys of both.

    Raises: EngineError that tells what is lost, or too much, where one wrote something else than was there.
    """
    here, there = (_count(each, scope) for each in (found, expected))
    differing = sorted(name for name in here.keys() | there.keys() if here.get(name) != there.get(name))
    if differing:
        told = "; ".join(f"{name}: {here.get(name, 0)} of {there.get(name, 0)}" for name in differing[:_MOST_NAMED])
        more = len(differing) - _MOST_NAMED
        raise EngineError(f"{who} loses or adds {told}{f', and {more} more' if more > 0 else ''}")


def _count(database: BenchDatabase, scope: str) -> Mapping[str, int]:
    nodes, relationships = database.count()
    counted = [database.run(statement, scope=scope) for statement in statements.CENSUS]
    named = {str(name): count for rows in counted for name, count in rows}
    return {"nodes": nodes, "relationships": relationships, **named}
