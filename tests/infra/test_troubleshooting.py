"""The page for those who look for a fault knows the codes that there are, and those that need somebody to act."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final

from infra.monitoring.alerts import ALERTS
from shared import errors

DOCS: Final = Path(__file__).parents[2] / "docs"
PAGE: Final = (DOCS / "troubleshooting.md").read_text(encoding="utf-8")

OF_OPERATORS: Final = (errors.UnavailableError, errors.TransferError)
"""Whatever is of these kinds somebody has to mend."""

SAID_BY_THE_MESSAGE: Final = {"UNAVAILABLE", "ARCHIVE_CHANGED", "CATALOGUE_CONTENT"}
"""Codes whose message says all that there is to do."""


def test_every_code_that_is_named_is_one() -> None:
    named = set(re.findall(r"`(?!GRAPHFERRY)([A-Z]+(?:_[A-Z]+)*)`", PAGE))
    known = (DOCS / "errors.md").read_text(encoding="utf-8")
    assert [code for code in named if f"`{code}`" not in known] == []


def test_every_code_that_somebody_must_act_on_is_named() -> None:
    kinds = [each for each in vars(errors).values() if isinstance(each, type) and issubclass(each, OF_OPERATORS)]
    missing = {each.code for each in kinds if f"`{each.code}`" not in PAGE}
    assert missing - SAID_BY_THE_MESSAGE == set()


def test_the_alerts_lead_to_what_is_there() -> None:
    for page in re.findall(r"docs/([a-z-]+\.md)", " ".join(each.action for each in ALERTS)):
        assert (DOCS / page).exists(), page
