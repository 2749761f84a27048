"""The secret is made once, whole, for its owner alone."""

from __future__ import annotations

import stat
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from gateway.access.signing import Purpose, Signer, read_secret


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


@pytest.mark.parametrize("ahead", [-9, 9])
def test_a_clock_may_be_some_seconds_from_the_signers(monkeypatch: pytest.MonkeyPatch, ahead: int) -> None:
    signer = Signer(b"s" * 32, issuer="here")
    now = time.time()
    monkeypatch.setattr(time, "time", lambda: now + ahead)
    text = signer.sign(Purpose.ACCESS, {"name": "a"}, seconds=1)
    assert signer.read(Purpose.ACCESS, text) is not None


def test_who_polls_gets_one_text_that_stays_good_long_enough(monkeypatch: pytest.MonkeyPatch) -> None:
    signer, now = Signer(b"s" * 32, issuer="here"), int(time.time()) // 60 * 60
    monkeypatch.setattr(time, "time", lambda: now + 1)
    first = signer.sign_for_poller(Purpose.FILE, {"name": "ä"}, seconds=30)
    monkeypatch.setattr(time, "time", lambda: now + 59)
    assert signer.sign_for_poller(Purpose.FILE, {"name": "ä"}, seconds=30) == first
    assert signer.sign_for_poller(Purpose.FILE, {"name": "b"}, seconds=30) != first
    claims = signer.read(Purpose.FILE, first)
    assert claims is not None
    assert claims["exp"] >= now + 59 + 30
    monkeypatch.setattr(time, "time", lambda: now + 60)
    assert signer.sign_for_poller(Purpose.FILE, {"name": "ä"}, seconds=30) != first
