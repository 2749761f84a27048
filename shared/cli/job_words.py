"""Says of a job what it does, and how long it took, in the words of the page."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import Any

from shared.cli.following import Record
from shared.cli.screen.text import duration


def tell_work(job: Record) -> str:
    """Return kind and applications, from where and to where: `import Shop: shop.zip -> target`."""
    request = _request(job)
    kind = "dry run" if request.get("dry_run") else str(job["kind"])
    subject = ", ".join(_list_subjects(job))
    places = " -> ".join(filter(None, _places(job, request)))
    return f"{' '.join(filter(None, (kind, subject)))}{f': {places}' if places else ''}"


def tell_seconds(job: Record, now: datetime) -> str:
    """Return how long a job took, or takes up to now; `-` for one that has not started."""
    if job.get("started") is None:
        return "-"
    ended = job.get("ended")
    return duration(((now if ended is None else _time(ended)) - _time(job["started"])).total_seconds())


def tell_progress(job: Record) -> str:
    """Return how far a running job has come: `nodes 45%`; `-` for any other."""
    if job["status"] != "in_progress":
        return "-"
    done, total = count_elements(job)
    return f"{job['phase']} {min(100, 100 * done // total)}%" if total else str(job["phase"])


def tell_turn(job: Record) -> str | None:
    """Return a waiting job's place in the queue, and the job it waits behind; None: it is not told."""
    queue = job.get("queue")
    if queue is None:
        return None
    running = queue["running"]
    return f"place {queue['place']}{f', behind job {running}' if running else ''}"


def count_elements(job: Record) -> tuple[int, int | None]:
    """Return how many nodes and relationships are done, and how many there are where that is known."""
    progress = job["progress"]
    totals = progress["nodes_total"], progress["relationships_total"]
    return progress["nodes_done"] + progress["relationships_done"], None if None in totals else sum(totals)


def list_words(job: Record) -> Iterator[str]:
    """List the names that a job is looked for by: those of its work and of its user."""
    request = _request(job)
    yield from _list_subjects(job)
    yield from _list_names(request.get("applications"))
    yield from _list_names(request.get("choices"))
    yield from filter(None, _places(job, request))
    yield from filter(None, (request.get("archive_name"), request.get("import_as"), job["created_by"]))


def _request(job: Record) -> Mapping[str, Any]:
    """Return the request's fields; none of one that a later version wrote in another form."""
    request = job.get("request")
    return request if isinstance(request, Mapping) else {}


def _list_subjects(job: Record) -> Sequence[str]:
    """List the applications that were moved, else those that shall be."""
    request, summary = _request(job), job.get("summary") or {}
    named = [str(request["name"])] if request.get("name") else []
    done = _list_names(summary.get("applications"))
    wanted = _list_names(request.get("applications") or request.get("choices"))
    alias = [str(request["import_as"])] if request.get("import_as") else []
    others = summary.get("others") or 0
    hidden = [f"{others} hidden application{'' if others == 1 else 's'}"] if others else []
    return list(dict.fromkeys([*(named or done or wanted or alias), *hidden]))


def _list_names(applications: Any) -> Sequence[str]:
    if not isinstance(applications, Sequence):
        return []
    return [str(each["name"]) for each in applications if isinstance(each, Mapping) and each.get("name")]


def _places(job: Record, request: Mapping[str, Any]) -> tuple[str | None, str | None]:
    database, archive = job["database"] or None, request.get("archive_name")
    match job["kind"]:
        case "export":
            return database, (job.get("archive") or {}).get("name")
        case "import" | "inspect":
            return archive, database
        case "copy":
            return request.get("from_database"), database
        case _:
            return database, None


def _time(text: str) -> datetime:
    return datetime.fromisoformat(text)
