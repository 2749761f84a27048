"""Records as a later version may write them into the store that it shares with this one."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import orjson
from redis.asyncio import Redis

from shared.adapters.valkey.client import send

REQUEST = {"database": "source", "applications": [{"name": "MyApp"}], "archive_name": "MyApp.zip"}
"""What this version knows."""

_ENDED = {"status": "closed", "phase": "ended", "ended": "1760000000000"}


@dataclass(frozen=True, slots=True, kw_only=True)
class LaterRecord:
    """A record of an export, changed."""

    fields: Mapping[str, Any]
    """What is written into its hash: texts, or what is written as JSON."""
    shown: Mapping[str, Any] = field(default_factory=dict)
    """What the answer says at least."""
    unknown: tuple[str, ...] = ()
    """Why a worker of this version does not run it."""
    has_ended: bool = False

    async def write(self, client: Redis, namespace: str, job_id: str) -> None:
        """Change the record of a job in the store."""
        flat = [part for name, value in self.texts.items() for part in (name, value)]
        await send(client, "HSET", f"{namespace}:job:{job_id}", *flat)

    @property
    def texts(self) -> Mapping[str, str]:
        """The fields as the store has them."""
        return {
            name: value if isinstance(value, str) else orjson.dumps(value).decode()
            for name, value in self.fields.items()
        }


def _ended(shown: Mapping[str, Any] | None = None, **fields: Any) -> LaterRecord:
    return LaterRecord(fields={**_ENDED, **fields}, shown=shown or {}, has_ended=True)


def _with_option(**options: Any) -> Mapping[str, Any]:
    return {**REQUEST, **options}


_ARCHIVE = {"name": "MyApp.zip", "bytes": 7, "sha256": "ab", "codec": "zstd"}
_FAILURE = {"code": "LATER", "message": "why", "details": ["d"], "hint": {"more": 1}}
_CANCEL = {"reason": "r", "by": "ann", "at": "2026-01-02T03:04:05.006Z", "channel": "chat"}
_IDENTITY = {"inode": 1, "bytes": 2, "modified_ns": 3}

LATER: Mapping[str, LaterRecord] = {
    "phase": LaterRecord(fields={"phase": "dreaming"}, shown={"phase": "dreaming"}),
    "kind": LaterRecord(
        fields={"kind": "mirror", "request": {"of": "source"}},
        shown={"kind": "mirror", "request": {"of": "source"}},
        unknown=("the kind of job 'mirror'",),
    ),
    "kind without a request": LaterRecord(
        fields={"kind": "undo"}, shown={"kind": "undo"}, unknown=("the kind of job 'undo'",)
    ),
    "surface": LaterRecord(fields={"surface": "graphql"}, shown={"surface": "graphql"}),
    "status": LaterRecord(fields={"status": "paused"}, shown={"status": "paused", "ended": None}),
    "ended status": LaterRecord(fields={**_ENDED, "status": "expired"}, shown={"status": "expired"}, has_ended=True),
    "count": LaterRecord(
        fields={"counts": {"nodes_done": 3, "labels_done": 4}},
        shown={
            "progress": {
                "nodes_done": 3,
                "nodes_total": None,
                "relationships_done": 0,
                "relationships_total": None,
                "bytes_done": 0,
                "labels_done": 4,
            }
        },
    ),
    "option": LaterRecord(
        fields={"request": _with_option(encrypt=True)},
        shown={"request": _with_option(encrypt=True)},
        unknown=("the option 'encrypt'",),
    ),
    "nested option": LaterRecord(
        fields={"request": _with_option(applications=[{"name": "MyApp", "depth": 3}])},
        shown={"request": _with_option(applications=[{"name": "MyApp", "depth": 3}])},
        unknown=("the option 'applications.0.depth'",),
    ),
    "value of an option": LaterRecord(
        fields={"request": _with_option(file_filter="cloud")},
        shown={"request": _with_option(file_filter="cloud")},
        unknown=("the form of the option 'file_filter'",),
    ),
    "request of another form": LaterRecord(
        fields={"request": ["export", "MyApp"]},
        shown={"request": ["export", "MyApp"]},
        unknown=("the form of the request",),
    ),
    "request that is no JSON": LaterRecord(
        fields={"request": "<export/>"}, shown={"request": "<export/>"}, unknown=("the form of the request",)
    ),
    "option of an ended job": _ended({"request": _with_option(encrypt=True)}, request=_with_option(encrypt=True)),
    "archive": _ended({"archive": _ARCHIVE}, archive=_ARCHIVE),
    "archive of another form": _ended({"archive": {"name": "x", "bytes": 0, "sha256": ""}}, archive={"name": "x"}),
    "archive that is a list": _ended({"archive": ["a", "b"]}, archive=["a", "b"]),
    "failure": _ended({"failure": _FAILURE, "status": "failed"}, status="failed", failure=_FAILURE),
    "failure of another form": _ended(
        {"failure": {"code": ["A"], "message": "m", "details": []}}, failure={"code": ["A"], "message": "m"}
    ),
    "cancel": _ended({"cancel": _CANCEL, "status": "cancelled"}, status="cancelled", cancel=_CANCEL),
    "submitter": LaterRecord(
        fields={"submitter": {"home": "acme", "roles": ["ADMIN"], "scope": "read"}}, unknown=("the field 'submitter'",)
    ),
    "submitter of another form": LaterRecord(fields={"submitter": {"acts": "ann"}}, unknown=("the field 'submitter'",)),
    "archive identity": LaterRecord(
        fields={"archive_identity": {**_IDENTITY, "sha256": "ab"}}, unknown=("the field 'archive_identity'",)
    ),
    "summary": LaterRecord(fields={"summary": {"more": [1]}}, shown={"summary": {"more": [1]}}),
    "summary of another form": LaterRecord(fields={"summary": ["later"]}, shown={"summary": {}}),
    "field": LaterRecord(fields={"priority": "9"}),
    "trace of another form": LaterRecord(fields={"traceparent": {"id": 1}, "tracestate": [1]}),
    "everything": LaterRecord(
        fields={
            "kind": "mirror",
            "surface": "graphql",
            "status": "paused",
            "phase": "dreaming",
            "counts": {"labels_done": 4},
            "request": [1],
            "archive": "a.zip",
            "failure": 7,
        },
        shown={"kind": "mirror", "surface": "graphql", "status": "paused", "phase": "dreaming", "request": [1]},
        unknown=("the kind of job 'mirror'",),
    ),
}
"""By what a later version does otherwise."""
