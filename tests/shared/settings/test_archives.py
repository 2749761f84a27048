"""Where archives are is judged when a process starts."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from shared.settings.buckets import BucketAddress
from shared.settings.process import Settings, SettingsError

VARIABLE = "GRAPHFERRY_ARCHIVES"


@pytest.mark.parametrize(
    ("given", "taken"),
    [
        ("", None),
        ("s3://ferry", BucketAddress(bucket="ferry")),
        ("s3://ferry/", BucketAddress(bucket="ferry")),
        ("s3://ferry/one/two/?region=eu-west-1", BucketAddress(bucket="ferry", prefix="one/two", region="eu-west-1")),
        (
            "s3://ferry?endpoint=http://[::1]:9000&path_style=yes",
            BucketAddress(bucket="ferry", endpoint="http://[::1]:9000", is_path_style=True),
        ),
    ],
)
def test_a_bucket_may_have_a_prefix_and_options(given: str, taken: BucketAddress | None) -> None:
    assert Settings.from_environ({VARIABLE: given}).bucket == taken


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ("/archives", "must begin with s3://"),
        ("gs://ferry", "must begin with s3://"),
        ("s3://", "names no bucket"),
        ("s3:///prefix", "names no bucket"),
        ("s3://Ferry_1", "no bucket may be called"),
        ("s3://ferry/a b", "no spaces"),
        ("s3://ferry/../other", "has the prefix"),
        ("s3://ferry#x", "nothing after a #"),
        ("s3://AKIA:hush@ferry", "must hold no credentials"),
        ("s3://ferry?secret_key=hush", "none of endpoint, region, path_style, ca_file"),
        ("s3://ferry?endpoint=http://me:hush@host", "must hold no credentials"),
        ("s3://ferry?endpoint=host:9000", "the option endpoint must begin with http://"),
        ("s3://ferry?endpoint=http://host:99999", "a port is a number"),
        ("s3://ferry?region=eu/west", "the option region"),
        ("s3://ferry?region=", "the option region"),
        ("s3://ferry?region=a&region=b", "an option twice"),
        ("s3://ferry?path_style=perhaps", "the option path_style must be yes or no"),
        ("s3://ferry?ca_file=/none.pem", "the option ca_file ./none.pem. cannot be read"),
        ("s3://ferry?endpoint=http://host&ca_file=/none.pem", "the option ca_file, which is for TLS"),
    ],
)
def test_a_wrong_address_is_named(given: str, told: str) -> None:
    with pytest.raises(SettingsError, match=f"{VARIABLE}: .*{told}") as caught:
        Settings.from_environ({VARIABLE: given})
    assert "hush" not in str(caught.value)


def test_a_package_that_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "aiobotocore.session", None)
    with pytest.raises(SettingsError, match=rf"{VARIABLE}: .*pip install 'graphferry\[s3\]'"):
        Settings.from_environ({VARIABLE: "s3://ferry"})
    assert Settings.from_environ({}).bucket is None


def test_scratch_is_where_it_is_said_to_be(tmp_path: Path) -> None:
    assert Settings.from_environ({"GRAPHFERRY_SCRATCH_DIR": str(tmp_path)}).scratch_dir == tmp_path


def test_a_folder_gives_no_presigned_addresses() -> None:
    wanted = {"GRAPHFERRY_PRESIGNED_DOWNLOADS": "true"}
    assert Settings.from_environ({**wanted, VARIABLE: "s3://ferry"}).presigned_downloads
    assert not Settings.from_environ({VARIABLE: "s3://ferry"}).presigned_downloads
    for given in ({}, {VARIABLE: ""}):
        with pytest.raises(SettingsError, match=r"GRAPHFERRY_PRESIGNED_DOWNLOADS.*needs archives in an object store"):
            Settings.from_environ({**wanted, **given})
