"""Settings of archives: where they are kept."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import AfterValidator, BaseModel, ConfigDict, ValidationInfo

from shared.settings.buckets import BucketAddress, parse_bucket_address
from shared.settings.packages import require_installed


def _require_archives(url: str | None) -> str | None:
    if not url:
        return None
    parse_bucket_address(url)
    require_installed("s3", "aiobotocore.session")
    return url


def _require_bucket(wanted: bool, info: ValidationInfo) -> bool:
    if wanted and not info.data.get("archives", True):
        raise ValueError("needs archives in an object store (GRAPHFERRY_ARCHIVES): a folder has no addresses to give")
    return wanted


class ArchiveSettings(BaseModel):
    """Where archives are kept."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    archives: Annotated[str | None, AfterValidator(_require_archives)] = None
    """An object store, `s3://bucket/prefix?endpoint=…&region=…&path_style=…&ca_file=…`; absent or empty: all is in
    the data folder."""
    scratch_dir: Path | None = None
    """Where archives of an object store are written and read, for a while; None: the system's temporary folder."""
    presigned_downloads: Annotated[bool, AfterValidator(_require_bucket)] = False
    """Whether whole archives are sent by the object store itself, at an address that is good for a minute."""

    @property
    def bucket(self) -> BucketAddress | None:
        """Where in an object store archives are; None: they are in a folder."""
        return None if self.archives is None else parse_bucket_address(self.archives)
