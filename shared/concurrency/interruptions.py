"""Signals for a handler to stop although nothing is wrong with its work; they are not errors."""

from __future__ import annotations


class Interruption(Exception):  # noqa: N818 - a signal, not an error
    """A handler must stop although nothing is wrong with its work."""


class JobCancelled(Interruption):
    """Somebody cancelled the job: undo, then report cancelled."""


class LeaseLost(Interruption):
    """Another worker owns the job, or may: stop at once, touch nothing."""


class DeadlineReached(Interruption):
    """The job's time is over: undo, then report closed_by_timeout."""


class ShutdownRequested(Interruption):
    """The worker is stopping: hand the job off as it stands."""
