"""Turns a refusal of the gateway into an error with an exit code."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import orjson

from shared.cli.errors import AnswerError
from shared.cli.exit_codes import ExitCode

_TENANT_BUSY: Final = frozenset({"QUEUE_FULL", "JOB_LIMIT_REACHED", "TENANT_BUSY"})
_PASSING: Final = frozenset({429, 502, 503, 504})
"""Statuses of what may work later."""
_BY_STATUS: Final = {
    400: ExitCode.USAGE,
    401: ExitCode.NOT_AUTHORISED,
    403: ExitCode.NOT_AUTHORISED,
    **dict.fromkeys(_PASSING, ExitCode.RETRYABLE),
}
_SHOWN_CHARACTERS: Final = 300
"""Of a body that is none of ours, such as a proxy's page."""


def read_refusal(status: int, headers: Mapping[str, str], content: bytes) -> AnswerError:
    """Read problem details; where the answer has none, tell what it has."""
    problem = _parse(content)
    code = str(problem.get("code") or f"HTTP_{status}")
    exit_code = ExitCode.TENANT_BUSY if code in _TENANT_BUSY else _BY_STATUS.get(status, ExitCode.FAILED)
    return AnswerError(
        _describe(status, problem, content),
        status=status,
        code=code,
        exit_code=exit_code,
        details=[str(each) for each in problem.get("details") or ()],
        pause=_read_pause(headers) if exit_code is ExitCode.RETRYABLE else None,
    )


def _parse(content: bytes) -> Mapping[str, Any]:
    try:
        problem = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return problem if isinstance(problem, dict) else {}


def _describe(status: int, problem: Mapping[str, Any], content: bytes) -> str:
    if problem.get("detail"):
        return str(problem["detail"])
    text = content.decode(errors="replace").strip()[:_SHOWN_CHARACTERS]
    return f"The answer was {status}, and no word of Graphferry's{f': {text}' if text else ''}."


def _read_pause(headers: Mapping[str, str]) -> float:
    text = headers.get("Retry-After", "")
    return float(text) if text.isdecimal() else 0.0
