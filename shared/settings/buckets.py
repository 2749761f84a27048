"""Addresses of buckets in object stores. No message quotes what may be a part of a secret."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import parse_qsl, unquote, urlsplit

from typing_extensions import override

from shared.settings.addresses import require_endpoint
from shared.settings.given_files import require_certificates

SCHEME: Final = "s3"
_BUCKET: Final = re.compile(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]")
_PREFIX: Final = re.compile(r"[A-Za-z0-9._-]+(/[A-Za-z0-9._-]+)*")
_REGION: Final = re.compile(r"[A-Za-z0-9-]+")
_SWITCH: Final[Mapping[str, bool]] = {"yes": True, "true": True, "1": True, "no": False, "false": False, "0": False}
_BLANK: Final = re.compile(r"[\s\x00-\x1f\x7f]")


@dataclass(frozen=True, slots=True, kw_only=True)
class BucketAddress:
    """Where in which object store archives are."""

    bucket: str
    prefix: str = ""
    """What all keys begin with, without a slash at its end; empty: nothing."""
    endpoint: str | None = None
    """The store's own address; None: that of the region at Amazon."""
    region: str | None = None
    """None: what the environment says."""
    is_path_style: bool = False
    """Whether the bucket stands in the path instead of the host."""
    ca_file: Path | None = None

    @override
    def __str__(self) -> str:
        """Name the place as people do."""
        return f"{SCHEME}://{self.bucket}/{self.prefix}".rstrip("/")


def parse_bucket_address(url: str) -> BucketAddress:
    """Read `s3://bucket/prefix?endpoint=…&region=…&path_style=…&ca_file=…`. Raises: ValueError without secrets."""
    if _BLANK.search(url):
        raise ValueError("must have no spaces, line breaks or control characters")
    if not url.startswith(f"{SCHEME}://"):
        raise ValueError(f"must begin with {SCHEME}://, or be left out: then archives are in GRAPHFERRY_DATA_DIR")
    parts = urlsplit(url)
    if "@" in url:
        raise ValueError(
            "must hold no credentials: set AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY, or what else the chain of "
            "credentials reads"
        )
    if "#" in url:
        raise ValueError("must have nothing after a #")
    bucket, prefix = parts.netloc, unquote(parts.path).strip("/")
    if not bucket:
        raise ValueError("names no bucket: s3://bucket/prefix")
    if not _BUCKET.fullmatch(bucket):
        raise ValueError(f"names {bucket!r}, which no bucket may be called: 3 to 63 of a-z, 0-9, '.' and '-'")
    if prefix and (not _PREFIX.fullmatch(prefix) or {".", ".."} & set(prefix.split("/"))):
        raise ValueError(f"has the prefix {prefix!r}: letters, digits, '.', '_', '-', and '/' between them are allowed")
    return BucketAddress(bucket=bucket, prefix=prefix, **_read_options(parts.query))


def _read_options(query: str) -> dict[str, Any]:
    pairs = parse_qsl(query, keep_blank_values=True)
    given = dict(pairs)
    if not given.keys() <= _READERS.keys():  # whose values may be secrets, and their names too
        raise ValueError(f"has an option that is none of {', '.join(_READERS)}; credentials are never among them")
    if len(given) < len(pairs):
        raise ValueError("has an option twice")
    if "ca_file" in given and given.get("endpoint", "").startswith("http:"):
        raise ValueError("has the option ca_file, which is for TLS, with an endpoint of http://, which is without")
    return dict(_read_option(*each) for each in given.items())


def _read_option(name: str, value: str) -> tuple[str, Any]:
    field, read = _READERS[name]
    try:
        return field, read(value)
    except ValueError as error:
        raise ValueError(f"the option {name} {error}") from None


def _read_region(text: str) -> str:
    if not _REGION.fullmatch(text):
        raise ValueError("must be a name such as eu-west-1")
    return text


def _read_switch(text: str) -> bool:
    if text.lower() not in _SWITCH:
        raise ValueError("must be yes or no")
    return _SWITCH[text.lower()]


def _read_file(text: str) -> Path:
    require_certificates(Path(text))
    return Path(text)


_READERS: Final[Mapping[str, tuple[str, Callable[[str], Any]]]] = {
    "endpoint": ("endpoint", require_endpoint),
    "region": ("region", _read_region),
    "path_style": ("is_path_style", _read_switch),
    "ca_file": ("ca_file", _read_file),
}
"""By the option's name: the field that has it, and what reads it. Raises: ValueError."""
