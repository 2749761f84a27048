"""The secret is made once, whole, for its owner alone."""

from __future__ import annotations

import stat
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import jwt
import pytest

from gateway.access.secret_following import follow_secret
from gateway.access.signing import Purpose, Signer, propose_secret, read_secret


def test_gateways_that_start_together_share_one_secret(tmp_path: Path) -> None:
    path = tmp_path / "data" / "signing.key"
    with ThreadPoolExecutor(8) as pool:
        secrets = set(pool.map(read_secret, [path] * 32))
    assert {len(secret) for secret in secrets} == {32}
    assert len(secrets) == 1
    assert [each.name for each in path.parent.iterdir()] == ["signing.key"]
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_what_is_signed_is_read_for_its_purpose_alone() -> None:
    signer = Signer(b"s" * 32, issuer="here")
    text = signer.sign(Purpose.FILE, {"name": "ä"}, seconds=60)
    claims = signer.read(Purpose.FILE, text)
    assert claims is not None
    assert claims["name"] == "ä"
    assert signer.read(Purpose.ACCESS, text) is None
    assert Signer(b"s" * 32, issuer="there").read(Purpose.FILE, text) is None
    assert Signer(b"t" * 32, issuer="here").read(Purpose.FILE, text) is None
    assert signer.read(Purpose.FILE, signer.sign(Purpose.FILE, {}, seconds=-11)) is None
    assert signer.read(Purpose.FILE, "") is None


def signer_at(now: float) -> Signer:
    return Signer(b"s" * 32, issuer="here", clock=lambda: now)


@pytest.mark.parametrize(("ahead", "is_good"), [(-11, False), (-9, True), (9, True), (12, False)])
def test_a_clock_may_be_some_seconds_from_the_signers(ahead: int, is_good: bool) -> None:
    text = signer_at(1000).sign(Purpose.ACCESS, {"name": "a"}, seconds=1)
    assert (signer_at(1000 + ahead).read(Purpose.ACCESS, text) is not None) == is_good


@pytest.mark.parametrize("exp", [None, "soon", [], {}, 1e400, "9" * 5000])
def test_odd_times_are_no_good_ones(exp: object) -> None:
    frame = {"iss": "here", "aud": "access", "exp": exp}
    assert signer_at(1000).read(Purpose.ACCESS, jwt.encode(frame, b"s" * 32)) is None


def test_who_polls_gets_one_text_that_stays_good_long_enough() -> None:
    moment = 600.0
    signer = Signer(b"s" * 32, issuer="here", clock=lambda: moment)
    moment = 601
    first = signer.sign_for_poller(Purpose.FILE, {"name": "ä"}, seconds=30)
    moment = 659
    assert signer.sign_for_poller(Purpose.FILE, {"name": "ä"}, seconds=30) == first
    assert signer.sign_for_poller(Purpose.FILE, {"name": "b"}, seconds=30) != first
    claims = signer.read(Purpose.FILE, first)
    assert claims is not None
    assert claims["exp"] >= moment + 30
    moment = 660
    assert signer.sign_for_poller(Purpose.FILE, {"name": "ä"}, seconds=30) != first


class OneSecret:
    """Implements the SigningKeys port for gateways of one process."""

    def __init__(self) -> None:
        self.secret: bytes | None = None

    async def settle(self, own: bytes) -> bytes:
        self.secret = self.secret or own
        return self.secret


async def test_gateways_without_a_folder_come_to_one_secret_again() -> None:
    keys, one, other = OneSecret(), Signer(b"1" * 32, issuer="here"), Signer(b"2" * 32, issuer="here")
    for signer in (one, other):
        await follow_secret(signer, keys)
    text = one.sign_for_poller(Purpose.ACCESS, {}, seconds=60)
    assert other.read(Purpose.ACCESS, text) is not None
    keys.secret = None  # the store was emptied
    await follow_secret(other, keys)
    await follow_secret(one, keys)
    assert one.sign_for_poller(Purpose.ACCESS, {}, seconds=60) == text
    keys.secret = b"3" * 32  # set by hand
    for signer in (one, other):
        await follow_secret(signer, keys)
    assert one.read(Purpose.ACCESS, text) is None
    assert other.read(Purpose.ACCESS, one.sign_for_poller(Purpose.ACCESS, {}, seconds=60)) is not None


def test_an_earlier_versions_secret_is_proposed(tmp_path: Path) -> None:
    path = tmp_path / "signing.key"
    first, second = propose_secret(path), propose_secret(path)
    assert first != second
    assert len(first) == 32
    assert list(tmp_path.iterdir()) == []
    path.write_bytes(second)
    assert propose_secret(path) == second
