"""Tests of the embedded object stores: they differ in what tests need them to differ in."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from shared.adapters.s3.bucket import Bucket
from shared.adapters.s3.conditions import Conditional, Conditions
from shared.adapters.s3.failures import TakenError
from tests.support.object_stores import make_scene

pytestmark = pytest.mark.engines


async def test_one_knows_conditions_and_one_none(moto: Bucket, rclone: Bucket, tmp_path: Path) -> None:
    for store, knows in ((moto, True), (rclone, False)):
        found = await Conditional(make_scene(store, tmp_path).bucket).find()
        assert found == Conditions(put=knows, complete=knows, replace=knows)


async def test_of_many_that_race_for_a_key_one_wins(moto: Bucket, tmp_path: Path) -> None:
    bucket = make_scene(moto, tmp_path).bucket

    async def put(number: int) -> bool:
        try:
            await bucket.put("key", b"%d" % number, if_free=True)
        except TakenError:
            return False
        return True

    assert sum(await asyncio.gather(*map(put, range(16)))) == 1
