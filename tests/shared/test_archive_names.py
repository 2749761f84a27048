"""Archive names from callers are safe; those that we make are too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archive_names import (
    MAX_NAME_BYTES,
    job_of_upload,
    name_for_export,
    name_for_upload,
    numbered,
    require_archive_name,
)
from shared.errors import InvalidFileNameError

AT = datetime(2025, 10, 1, 14, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize("name", ["App (1).zip", "ä.zip", "a..zip", "x" * 196 + ".zip"])
def test_safe_names_are_returned(name: str) -> None:
    assert require_archive_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", r"end in \.zip"),
        ("a.ZIP", r"end in \.zip"),
        ("a/b.zip", "segment"),
        ("..\\b.zip", "segment"),
        ("a\x00.zip", "control"),
        ("a\x1b.zip", "control"),
        ("a\u2028.zip", "control"),
        ("a\udc80.zip", "control"),
        ("x" * 197 + ".zip", "200 bytes"),
        ("ä" * 99 + ".zip", "200 bytes"),
        ("a\u0308.zip", "normal form C"),
    ],
)
def test_unsafe_names_are_refused_with_the_reason(name: str, reason: str) -> None:
    with pytest.raises(InvalidFileNameError, match=reason):
        require_archive_name(name)


@pytest.mark.parametrize(
    ("application", "name"),
    [
        ("MyApp", "MyApp-20251001-143012.zip"),
        ("My App_1.2-x", "My App_1.2-x-20251001-143012.zip"),
        ("../etc/päss", "..etcpss-20251001-143012.zip"),
        ("名前", "application-20251001-143012.zip"),
        (" ", "application-20251001-143012.zip"),
    ],
)
def test_the_name_of_an_export(application: str, name: str) -> None:
    assert name_for_export(application, AT) == name


@given(st.text(max_size=400))
def test_the_name_of_an_export_is_always_safe(application: str) -> None:
    name = require_archive_name(name_for_export(application, AT))
    assert len(numbered(name, 99_999).encode()) <= MAX_NAME_BYTES


def test_the_name_of_an_upload_tells_its_job() -> None:
    job_id = "0199f0c2-0000-7000-8000-000000000001"
    name = require_archive_name(name_for_upload(job_id))
    assert job_of_upload(name) == job_id
    assert job_of_upload(numbered(name, 2)) is None
    assert job_of_upload("upload-mine.zip") is None


def test_numbers_stand_before_the_ending() -> None:
    assert [numbered("a.zip", number) for number in (1, 2, 10)] == ["a.zip", "a-2.zip", "a-10.zip"]
