"""A process that asks a lying server: `python -m tests.support.faults.lied_to ADDRESS`, the lies on standard input.

It prints what became of each, as the worker would learn it.
"""

from __future__ import annotations

import asyncio
import json
import sys
from collections.abc import Mapping, Sequence

from shared import native
from shared.adapters.neo4j import passing
from shared.adapters.neo4j.connection import open_connection
from shared.adapters.neo4j.packed import open_rows, reading_of
from shared.errors import GraphferryError
from shared.settings.databases import DatabaseSettings
from tests.support.faults.lying_bolt import PULL_WITH, RUN_WITH

Outcome = Sequence[str]


async def _ask(uri: str, *, user: str = "", statement: str = "", packed: bool = False) -> Outcome:
    settings = DatabaseSettings.model_validate({"uri": uri, "user": user, "password": "password"})
    try:
        async with open_connection("left", settings) as connection:
            if not packed:
                return ["rows", repr(await connection.run(statement))]
            reading = reading_of("left", lambda rows: None)
            records = connection.stream(statement, {}, packed=True)
            return ["rows", repr([list(open_rows(record, reading)) async for (record,) in records])]
    except GraphferryError as error:
        return [error.code, error.message]


async def _ask_all(uri: str, lies: Mapping[str, str]) -> Mapping[str, Mapping[str, Outcome]]:
    return {
        name: {
            "to log on": await _ask(uri, user=lie, statement="RETURN 1"),
            "to run": await _ask(uri, statement=RUN_WITH + lie),
            "to pull": await _ask(uri, statement=PULL_WITH + lie),
            **({"packed": await _ask(uri, statement=PULL_WITH + lie, packed=True)} if native.is_compiled() else {}),
        }
        for name, lie in lies.items()
    }


if __name__ == "__main__":
    if "--without-codec" in sys.argv:
        native.is_compiled = passing.is_compiled = lambda: False  # type: ignore[assignment, attr-defined]
    print(json.dumps(asyncio.run(_ask_all(sys.argv[1], json.load(sys.stdin)))))
