"""Errors of a full volume get our name, others keep theirs."""

from __future__ import annotations

import errno

import pytest

from shared.archive.volume import disk_full_named
from shared.errors import DiskFullError


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EDQUOT, errno.EFBIG])
def test_every_word_for_a_full_volume_is_known(number: int) -> None:
    with (
        pytest.raises(DiskFullError, match=r"^it says: no$") as raised,
        disk_full_named(lambda error: f"it says: {error.strerror}"),
    ):
        raise OSError(number, "no")
    assert isinstance(raised.value.__cause__, OSError)


@pytest.mark.parametrize("error", [OSError(errno.EACCES, "denied"), ValueError("wrong")])
def test_other_errors_pass(error: Exception) -> None:
    with pytest.raises(type(error)) as raised, disk_full_named(str):
        raise error
    assert raised.value is error
