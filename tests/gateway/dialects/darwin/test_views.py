"""The messages of closed imports, to the letter."""

from __future__ import annotations

from dataclasses import replace

import orjson
import pytest

from gateway.dialects.darwin.views import failure_of, view_import
from shared.jobs.record import Status, read_word
from shared.jobs.summaries import Summary
from tests.support.summaries import imported, read_recorded, record_of


@pytest.mark.parametrize("name", ["added", "replaced", "version_added"])
def test_an_import_answers_as_ever(name: str) -> None:
    assert orjson.dumps(view_import(record_of(name))) == orjson.dumps(read_recorded(f"darwin/{name}"))


def test_a_status_of_another_version_is_told_as_it_is() -> None:
    merged = replace(imported("Shop"), status="merged")
    told = view_import(replace(record_of("added"), summary=Summary(applications=(merged,))))
    assert told["messageList"][0]["message"].endswith(" merged.")
    assert told["messageList"][1]["messageKey"] == "APPLICATION_VERSION_MERGED"


@pytest.mark.parametrize(
    ("status", "code", "said"),
    [
        (Status.CANCELLED, "CANCELLED", "was cancelled"),
        (Status.CLOSED_BY_TIMEOUT, "CLOSED_BY_TIMEOUT", "ran longer than it may"),
        (read_word(Status, "expired"), "EXPIRED", "ended as expired"),
    ],
)
def test_an_ending_without_a_failure_is_told(status: Status, code: str, said: str) -> None:
    told = failure_of(replace(record_of("added"), status=status))
    assert (told.code, said in told.message) == (code, True)
