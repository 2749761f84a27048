"""Failures are counted by address, or name, in a sliding window."""

from __future__ import annotations

from gateway.access.failed_logins import MAX_SUSPECTS, WINDOW_SECONDS, FailedLogins


def test_the_window_slides() -> None:
    failed = FailedLogins(2)
    failed.note("a", 0.0)
    failed.note("a", 10.0)
    assert failed.wait_seconds("a", 20.0) == WINDOW_SECONDS - 20.0
    assert failed.wait_seconds("b", 20.0) == 0
    assert failed.wait_seconds("a", WINDOW_SECONDS) == 0


def test_the_one_silent_for_longest_is_forgotten() -> None:
    failed = FailedLogins(1)
    for number in range(MAX_SUSPECTS + 1):
        failed.note(str(number), 0.0)
    assert failed.wait_seconds("0", 1.0) == 0
    assert failed.wait_seconds(str(MAX_SUSPECTS), 1.0) > 0
