"""Archive names from callers are safe; those that we make are too."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared.archive_names import (
    MAX_NAME_BYTES,
    is_spool,
    is_upload,
    job_of_archive,
    name_for_export,
    name_for_spool,
    name_for_upload,
    numbered,
    require_archive_name,
    require_free_choice,
    require_zip_name,
    stem_of,
)
from shared.errors import InvalidFileNameError

AT = datetime(2025, 10, 1, 14, 30, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    "name", ["App (1).zip", "ä.zip", "a..zip", "x" * 196 + ".zip", "a.ZIP", "a.GraphML.gz", "a.XML"]
)
def test_safe_names_are_returned(name: str) -> None:
    assert require_archive_name(name) == name


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("", r"end in \.zip"),
        ("a.gz", r"end in \.zip, \.graphml, \.xml, \.graphml\.gz"),
        ("a/b.zip", "segment"),
        ("..\\b.zip", "segment"),
        ("a\x00.zip", "control"),
        ("a\x1b.zip", "control"),
        ("a\u2028.zip", "control"),
        ("a\udc80.zip", "control"),
        ("x" * 197 + ".zip", "200 bytes"),
        ("ä" * 99 + ".zip", "200 bytes"),
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
    assert job_of_archive(name) == job_id
    assert job_of_archive(numbered(name, 2)) is None
    assert job_of_archive("upload-mine.zip") is None
    assert (is_upload(name), is_spool(name)) == (True, False)


def test_the_name_of_a_spool_tells_its_job() -> None:
    job_id = "0199f0c2-0000-7000-8000-000000000001"
    name = require_archive_name(name_for_spool(job_id))
    assert (job_of_archive(name), is_upload(name), is_spool(name)) == (job_id, False, True)
    assert not is_spool("copy-mine.zip")


def test_a_caller_chooses_any_name_but_those_that_go_with_jobs() -> None:
    job_id = "0199f0c2-0000-7000-8000-000000000001"
    assert require_free_choice("copy-mine.zip") == "copy-mine.zip"
    for name in (name_for_upload(job_id), name_for_spool(job_id).upper(), "a.txt"):
        with pytest.raises(InvalidFileNameError):
            require_free_choice(name)


def test_numbers_stand_before_the_ending() -> None:
    assert [numbered("a.zip", number) for number in (1, 2, 10)] == ["a.zip", "a-2.zip", "a-10.zip"]
    assert (numbered("a.Graphml.GZ", 2), stem_of("a.Graphml.GZ")) == ("a-2.Graphml.GZ", "a")


def test_what_we_write_is_a_zip() -> None:
    assert [require_zip_name(name) for name in ("a.zip", "a.ZIP")] == ["a.zip", "a.ZIP"]
    for name in ("a.graphml", "a.txt"):
        with pytest.raises(InvalidFileNameError):
            require_zip_name(name)
