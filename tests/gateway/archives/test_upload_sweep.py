"""Uploads that were left alone go, whatever was in the way before."""

from __future__ import annotations

from pathlib import Path

from typing_extensions import override

from gateway.archives.upload_sweep import make_upload_sweep
from shared.adapters.folders.uploads import UploadDirectory
from tests.support.rounds import do_rounds

ODD = ValueError("odd notes")


class OddUploads(UploadDirectory):
    asked = 0

    @override
    async def remove_expired(self) -> int:
        self.asked += 1
        if self.asked == 1:
            raise ODD
        return self.asked


async def test_no_error_ends_the_sweep(tmp_path: Path) -> None:
    uploads = OddUploads(tmp_path, keep_seconds=3600)
    rounds = await do_rounds(make_upload_sweep(uploads), 2)
    assert rounds.counted == ["uploads"]
    odd, removed = rounds.logged
    assert (odd["event"], odd["log_level"], odd["errors"]) == ("uploads could not be swept", "error", 1)
    assert odd["exc_info"] is ODD
    assert removed == {"event": "uploads removed", "log_level": "info", "removed": 2}
    assert all(150.0 <= pause <= 450.0 for pause in rounds.pauses)
