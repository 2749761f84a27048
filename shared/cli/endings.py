"""Says what is left of a job that did not do what it should, as far as its record tells."""

from __future__ import annotations

from typing import Final

from shared.cli.following import Record
from shared.jobs.record import JobKind, Status

_WRITING: Final = frozenset({JobKind.IMPORT, JobKind.COPY})
_UNDONE: Final = frozenset({Status.FAILED, Status.CANCELLED, Status.CLOSED_BY_TIMEOUT})


def tell_left(job: Record) -> str | None:
    """Say what was removed, and whether anything is left; None for a job of which this is no question."""
    return _tell(job, job["status"], job["summary"].get("undone"), job["attempt"])


def tell_left_by_receipt(receipt: Record) -> str | None:
    """Say the same by the receipt of a job."""
    return _tell(receipt, receipt["outcome"], receipt["undone"], receipt["attempts"])


def _tell(job: Record, status: str, undone: Record | None, attempts: int) -> str | None:
    if job["kind"] not in _WRITING or status not in _UNDONE:
        return None
    database = job["database"]
    if undone is None:
        if job["started"] is None:
            return f"It had not begun: nothing of it is in {database}."
        return f"Whether anything of it is left in {database} is not known."
    nodes, relationships, left = (undone[each] for each in ("nodes_removed", "relationships_removed", "nodes_left"))
    removed = f"{nodes:,} nodes and {relationships:,} relationships removed"
    if left:
        return f"{removed}, {left:,} nodes of it are still in {database}."
    if not nodes and not relationships:
        earlier = "; what earlier attempts removed was not kept" if attempts > 1 else ", for nothing had been written"
        return f"Nothing of it is left in {database}{earlier}."
    return f"{removed}, nothing of it is left in {database}."
