"""What callers prefer, as RFC 7240 lets them say it."""

from __future__ import annotations

import re
from types import MappingProxyType
from typing import Final

from aiohttp import web

_ASYNC: Final = "respond-async"
PREFER: Final = MappingProxyType(
    {"Prefer": f"`{_ASYNC}`: what takes long is answered 202 and becomes a job; `wait=10`: after so many seconds."}
)
PREFERENCE_APPLIED: Final = MappingProxyType({"Preference-Applied": _ASYNC})
_SECONDS: Final = re.compile(r"[0-9]{1,9}")


def read_patience(request: web.Request, most: int) -> int | None:
    """Return after how many seconds the caller prefers a job to an answer; None: never."""
    preferences: dict[str, str] = {}
    for each in ",".join(request.headers.getall("Prefer", ())).split(","):
        name, _, value = each.partition(";")[0].partition("=")
        preferences.setdefault(name.strip().lower(), value.strip().strip('"'))
    if _ASYNC not in preferences:
        return None
    wait = preferences.get("wait", "")
    return min(int(wait), most) if _SECONDS.fullmatch(wait) else most
