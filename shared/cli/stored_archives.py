"""Inspects an archive of the gateway, and shows what an import of it would meet."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.cli.client.gateway import READING_SECONDS, Gateway, Query
from shared.cli.screen.display import Display
from shared.cli.screen.text import size
from shared.cli.shell import Session

APPLICATION_COLUMNS: Final = {
    "APPLICATION": "name",
    "VERSION": "version",
    "NODES": "nodes",
    "RELATIONSHIPS": "relationships",
}
_CONFLICT_COLUMNS: Final = {**APPLICATION_COLUMNS, "ALREADY THERE": "present_versions"}


async def inspect_stored(gateway: Gateway, archive: str, wanted: Query) -> Mapping[str, Any]:
    """Have the gateway inspect an archive. Raises: UsageError, AnswerError, UnreachableError."""
    found: Mapping[str, Any] = await gateway.ask(
        "GET", "archives", archive, "inspect", query=wanted, silence=READING_SECONDS
    )
    return found


async def show_inspected(session: Session, archive: str, wanted: Query) -> None:
    """Tell a person what would arrive, what is in its way and how much room it needs."""
    found = await inspect_stored(session.gateway, archive, wanted)
    conflicts = {(each["name"], each["version"]): each for each in found["conflicts"]}
    rows = [{**each, **conflicts.get((each["name"], each["version"]), {})} for each in found["applications"]]
    session.display.say(f"{archive} holds, and is in order:")
    session.display.say_all(rows, _CONFLICT_COLUMNS)
    for warning in found["warnings"]:
        session.display.say(f"warning: {warning}")
    tell_conflicts(session.display, found)
    disk = found["disk"]
    session.display.say(
        f"It needs {size(disk['worker_bytes'])} for temporary files of {size(disk['free_bytes'])} that are free, "
        f"and at least {size(disk['database_bytes'])} in the database."
    )


def tell_conflicts(display: Display, found: Mapping[str, Any]) -> None:
    """Tell what the database lacks, what an import would refuse, and do with nodes whose keys are taken in it."""
    for each in found["conflicts"]:
        if each["missing_schema"]:
            names = ", ".join(str(lacking["name"]) for lacking in each["missing_schema"])
            display.say(f"warning: {each['name']}: the database lacks these indexes and constraints: {names}")
        if each["catalogue_content"]:
            display.say(f"warning: an import would be refused: {each['catalogue_content']}")
        joins = each["joins"] or {}
        if joins.get("joined"):
            labels = ", ".join(f"{count} {label}" for label, count in joins["labels"].items())
            display.say(
                f"{each['name']}: {joins['joined']} nodes would be joined to those that have their keys ({labels})."
            )
        if joins.get("message"):
            display.say(f"warning: an import would be refused: {joins['message']}")
