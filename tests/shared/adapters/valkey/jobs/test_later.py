"""A record of a later version is read whatever it holds; one that is wholly known is read once."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from shared.adapters.valkey.jobs import records
from shared.adapters.valkey.jobs.later import MOST_TOLD, read_later
from shared.adapters.valkey.jobs.records import parse_job
from shared.jobs.record import Cancellation, Failure, Phase, Status, Surface, read_word
from shared.jobs.requests import UnknownRequest
from shared.jobs.summaries import ArchiveFacts
from tests.shared.adapters.valkey.jobs.test_records import FIELDS
from tests.support.later_records import LATER, REQUEST, LaterRecord

EXPORT = {**FIELDS, "kind": "export", "database": "source", "request": orjson.dumps(REQUEST).decode()}

WHOLE = {
    **FIELDS,
    "archive": '{"name":"a.zip","bytes":1,"sha256":"ab"}',
    "failure": '{"code":"X","message":"why","details":["d"]}',
    "cancel": '{"reason":null,"by":"ann","at":"2026-01-02T03:04:05Z"}',
    "submitter": '{"home":null,"roles":["ADMIN"]}',
    "archive_identity": '{"inode":1,"bytes":2,"modified_ns":3}',
    "counts": '{"phase":"nodes","nodes_done":3,"nodes_total":null,"bytes_done":1}',
    "ended": "1760000000000",
    "depends_on": '["a"]',
    "retry_of": "b",
    "traceparent": "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01",
    "tracestate": "vendor=1",
    "unknown_to": "1",
}


def test_what_is_wholly_known_is_read_the_same_both_ways() -> None:
    assert parse_job(WHOLE) == read_later(WHOLE)
    assert (parse_job(WHOLE).unknown, parse_job(WHOLE).unsupported) == ({}, ())


def test_what_is_wholly_known_is_read_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_: object) -> None:
        raise AssertionError("was read again")

    monkeypatch.setattr(records, "read_later", refuse)
    assert parse_job(WHOLE).retry_of == "b"


@pytest.mark.parametrize("record", LATER.values(), ids=LATER.keys())
def test_what_is_not_known_is_named(record: LaterRecord) -> None:
    job = parse_job({**EXPORT, "status": "created", **record.texts})
    assert job.unsupported[: len(record.unknown)] == record.unknown
    assert bool(job.unsupported) == bool(record.unknown) or record.has_ended
    assert job.has_ended == record.has_ended


@pytest.mark.parametrize("name", sorted(WHOLE.keys() - {"id"}))
@pytest.mark.parametrize("value", [None, "", "?", "null", "{}", "[]", "7", "-1e99", "99999999999999999999", '{"a":{}}'])
def test_nothing_that_a_field_holds_is_refused(name: str, value: str | None) -> None:
    fields = {key: text for key, text in {**WHOLE, name: value}.items() if text is not None}
    job = parse_job(fields)
    assert job.id == FIELDS["id"]
    assert job.submitter is not None or name == "submitter"
    if name == "submitter" and value is not None:
        assert job.unsupported == ("the field 'submitter'",)


def test_what_is_known_of_a_part_is_kept() -> None:
    changes: dict[str, Any] = {
        "archive": {"name": "a.zip", "codec": "zstd"},
        "failure": {"code": 7, "message": "why"},
        "cancel": {"reason": "r", "at": "never"},
        "counts": {"nodes_done": 3, "nodes_total": None, "bytes_done": "many", "labels_done": 1},
    }
    job = parse_job({**EXPORT, **{name: orjson.dumps(value).decode() for name, value in changes.items()}})
    assert job.archive == ArchiveFacts(name="a.zip", bytes=0, sha256="")
    assert job.failure == Failure(code="UNKNOWN", message="why")
    assert isinstance(job.cancel, Cancellation)
    assert (job.cancel.reason, job.progress.nodes_done) == ("r", 3)
    assert job.unknown == {
        "archive": {"codec": "zstd"},
        "failure": {"code": 7},
        "cancel": {"at": "never"},
        "progress": {"bytes_done": "many", "labels_done": 1},
    }


def test_of_many_unknown_options_some_are_named() -> None:
    request = {**REQUEST, **{f"option_{number}": 1 for number in range(100)}}
    job = parse_job({**EXPORT, "request": orjson.dumps(request).decode()})
    assert job.request == UnknownRequest(content=request)
    assert len(job.unsupported) == MOST_TOLD


def test_a_word_of_a_later_version_equals_itself_alone() -> None:
    word = read_word(Phase, "dreaming")
    assert word == read_word(Phase, "dreaming") == "dreaming"
    assert (str(word), word.value, repr(word), orjson.dumps(word)) == (
        "dreaming",
        "dreaming",
        "<Phase.dreaming: 'dreaming'>",
        b'"dreaming"',
    )
    assert word not in set(Phase)
    assert read_word(Surface, "spark") is Surface.SPARK
    with pytest.raises(ValueError, match="dreaming"):
        Phase("dreaming")
    with pytest.raises(ValueError, match="expired"):
        Status("expired")
