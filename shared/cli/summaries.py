"""Shows what a closed job did."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from shared.cli.errors import CommandError
from shared.cli.following import Record
from shared.cli.screen.display import Display

_COLUMNS: Final = {
    "APPLICATION": "name",
    "VERSION": "version",
    "STATUS": "status",
    "NODES": "nodes",
    "RELATIONSHIPS": "relationships",
}
_CONFLICT: Final = "conflict"


def show_summary(display: Display, job: Record) -> None:
    """Print what became of each application, then tell what else there is to know. Raises: CommandError."""
    summary = job["summary"]
    applications = summary.get("applications") or []
    if not display.as_json:
        display.show_all(applications, _COLUMNS)
    _tell_rest(display, summary)
    if summary.get("dry_run") and any(each["status"] == _CONFLICT for each in applications):
        raise CommandError("It would fail: the database holds an application of the name already.")
    if refused := (summary.get("joins") or {}).get("refused"):
        raise CommandError(f"It would fail: {refused} nodes have keys that are taken.")


def _tell_rest(display: Display, summary: Mapping[str, Any]) -> None:
    pending = (summary.get("references") or {}).get("pending")
    differing = (summary.get("shared") or {}).get("differing")
    foreseen = (summary.get("joins") or {}).get("joined")
    lost = (summary.get("references_lost") or {}).get("count")
    if pending:
        display.say(f"{pending} relationships to other applications are pending: their far nodes are not there.")
    if differing:
        display.say(f"{differing} shared nodes have other properties in the database, which were kept.")
    if foreseen:
        display.say(f"{foreseen} nodes would be joined to those in the database that have their keys.")
    if lost:
        display.say(f"{lost} relationships of other applications were lost with what is gone.")
