"""A job whose request can be read here finds a handler: any other kind counts as one of a later version."""

from __future__ import annotations

from handlers.table import HANDLERS
from shared.adapters.valkey.jobs.forms import REQUESTS


def test_each_kind_of_job_with_a_form_has_a_handler() -> None:
    assert HANDLERS.keys() == REQUESTS.keys()
