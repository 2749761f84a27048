"""The summary in the journal: the plan's as JSON, with what publishing finds out beside it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import orjson

from shared.jobs.summaries import LostReference, Summary
from shared.jobs.summary_json import from_json, to_json

LISTED_LOST = 100
"""References that could not be kept which a summary lists; it counts them all."""


def format_summary(summary: Summary) -> str:
    """Give a summary as the journal keeps it."""
    return orjson.dumps(to_json(summary)).decode()


def format_lost(reference: LostReference) -> str:
    """Give a lost reference as the journal lists it."""
    return orjson.dumps(to_json(reference)).decode()


def read_summary(properties: Mapping[str, Any]) -> Summary:
    """Read what the import reports from the journal's properties, with what publishing found out."""
    told = orjson.loads(properties["summary"])
    if "lost" not in properties:
        return from_json(told)
    lost = {"count": properties["lost"], "listed": [orjson.loads(each) for each in properties["lost_listed"]]}
    return from_json({**told, "references_lost": lost})
