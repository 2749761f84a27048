"""Inspects an archive of the gateway, and shows what an import of it would meet."""

from __future__ import annotations

import uuid
from collections.abc import Mapping
from contextlib import aclosing
from typing import Any, Final

from shared.cli.client.gateway import READING_SECONDS, Query
from shared.cli.following import Record, follow
from shared.cli.options import Patience
from shared.cli.screen.display import Display
from shared.cli.screen.text import size
from shared.cli.shell import Session
from shared.cli.waiting import minding_interruption, require_closed

APPLICATION_COLUMNS: Final = {
    "APPLICATION": "name",
    "VERSION": "version",
    "NODES": "nodes",
    "RELATIONSHIPS": "relationships",
}
_CONFLICT_COLUMNS: Final = {**APPLICATION_COLUMNS, "ALREADY THERE": "present_versions"}


async def inspect_stored(session: Session, archive: str, wanted: Query) -> Mapping[str, Any]:
    """Have the gateway inspect an archive, by a job where that takes long. Raises: CommandError."""
    gateway = session.gateway
    answer: Mapping[str, Any] = await gateway.ask(
        "GET",
        "archives",
        archive,
        "inspect",
        query=wanted,
        idempotency_key=str(uuid.uuid4()),
        prefer="respond-async",
        silence=READING_SECONDS,
    )
    if "applications" in answer:
        return answer
    session.display.say(f"That takes long, so job {answer['id']} does it.")
    await _see_closed(session, answer)
    found: Mapping[str, Any] = await gateway.ask("GET", "jobs", answer["id"], "inspection")
    return found


async def _see_closed(session: Session, job: Record) -> None:
    """Wait for a job that nobody needs who does not wait for it. Raises: CommandError where it ends otherwise."""
    async with (
        minding_interruption(session, [job], Patience(cancel_on_interrupt=True)),
        aclosing(follow(session.gateway, job["id"])) as records,
    ):
        async for record in records:
            job = record
    require_closed(job)


async def show_inspected(session: Session, archive: str, wanted: Query) -> Mapping[str, Any]:
    """Tell a person what would arrive, what is in its way and how much room it needs; return what was found."""
    found = await inspect_stored(session, archive, wanted)
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
    return found


def tell_conflicts(display: Display, found: Mapping[str, Any]) -> None:
    """Tell what the database lacks, what an import would refuse, and do with nodes whose keys are taken in it."""
    for each in found["conflicts"]:
        if each["missing_schema"]:
            names = ", ".join(str(lacking["name"]) for lacking in each["missing_schema"])
            display.say(f"warning: {each['name']}: the database lacks these indexes and constraints: {names}")
        for refusal in filter(None, (each["catalogue_content"], each.get("refusal"))):
            display.say(f"warning: an import would be refused: {refusal}")
        joins = each["joins"] or {}
        if joins.get("joined"):
            labels = ", ".join(f"{count} {label}" for label, count in joins["labels"].items())
            display.say(
                f"{each['name']}: {joins['joined']} nodes would be joined to those that have their keys ({labels})."
            )
        if joins.get("message"):
            display.say(f"warning: an import would be refused: {joins['message']}")
