"""Before a bad line to the store what is written and read is whole, or refused with a reason."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Iterator

import pytest

from shared.adapters.s3.bucket import Bucket
from shared.errors import UnavailableError
from tests.support.faults.object_line import NO_TROUBLE, ObjectLine, Trouble, open_object_line
from tests.support.object_stores import choose_prefix, open_test_bucket
from tests.support.stacks.engines import SessionEngines

pytestmark = pytest.mark.engines


@pytest.fixture
def line(session_engines: SessionEngines) -> Iterator[ObjectLine]:
    with open_object_line(session_engines.object_store("moto").port, random.Random(7)) as opened:
        yield opened


@pytest.fixture
async def bucket(session_engines: SessionEngines, line: ObjectLine) -> AsyncIterator[Bucket]:
    server = session_engines.object_store("moto")
    address = server.address(choose_prefix()).replace(f":{server.port}", f":{line.port}")
    async with open_test_bucket(address) as opened:
        yield opened


ALWAYS = {
    "busy": (Trouble(busy=1.0), "SlowDown"),
    "failing": (Trouble(failing=1.0), "InternalError"),
    "requests cut": (Trouble(cut_requests=1.0), "does not answer as it should"),
    "answers cut": (Trouble(cut_answers=1.0), "does not answer as it should"),
}


@pytest.mark.parametrize("trouble", ALWAYS)
async def test_trouble_that_lasts_is_told_and_passes(bucket: Bucket, line: ObjectLine, trouble: str) -> None:
    await bucket.put("key", b"content")
    line.trouble, told = ALWAYS[trouble]
    with pytest.raises(UnavailableError, match=told):
        await bucket.get("key")
    line.trouble = NO_TROUBLE
    assert await bucket.get("key") == b"content"


async def test_what_comes_through_is_whole(bucket: Bucket, line: ObjectLine) -> None:
    contents = {f"key-{number}": random.Random(number).randbytes(200_000) for number in range(12)}
    line.trouble = Trouble(busy=0.1, failing=0.05, cut_requests=0.1, cut_answers=0.1, bytes_per_second=20_000_000)
    written = set[str]()
    for key, content in contents.items():
        try:
            await bucket.put(key, content)
            written.add(key)
            assert await bucket.get(key) == content
        except UnavailableError:
            pass
    assert {"503", "cut request", "cut answer"} <= line.met.keys()
    line.trouble = NO_TROUBLE
    found = [each.key async for each in bucket.list("")]
    assert written <= set(found)
    for key in found:  # also of what was written without an answer
        assert await bucket.get(key) == contents[key]
