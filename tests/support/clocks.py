"""A process whose clock is not the one that the store and the tests go by."""

from __future__ import annotations

import sys
import time
from datetime import datetime, timedelta, tzinfo
from typing import Any

import pytest
from typing_extensions import override

_OURS = ("gateway", "handlers", "shared", "jwt")


def set_process_clock(monkeypatch: pytest.MonkeyPatch, ahead: timedelta) -> None:
    """Let all modules of ours, and the library that reads tokens, read a clock that is so much ahead."""

    class OddType(type):
        @override
        def __instancecheck__(cls, instance: object) -> bool:
            return isinstance(instance, datetime)

    class OddDatetime(datetime, metaclass=OddType):
        @override
        @classmethod
        def now(cls, tz: tzinfo | None = None) -> Any:
            return datetime.now(tz) + ahead

    class OddTime:
        time = staticmethod(lambda: time.time() + ahead.total_seconds())

        def __getattr__(self, name: str) -> Any:
            return getattr(time, name)

    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in _OURS:
            for attribute, odd in (("datetime", OddDatetime), ("time", OddTime())):
                if vars(module).get(attribute) in (datetime, time):
                    monkeypatch.setattr(module, attribute, odd)
