"""What the darwin surface says of a shop that uses a service, which uses a task."""

from __future__ import annotations

from typing import Any

VERSIONS = [
    ("Application", "APPLICATION", "Shop", "1.0.0"),
    ("Service", "SERVICE", "Payment", "2.1.0"),
    ("Script task", "SCRIPT_TASK", "Clean", "1.0.0-rc1"),
]


def message(kind: str, text: str, key: str | None) -> dict[str, Any]:
    return {"messageType": kind, "message": text, "messageKey": key, "property": None}


SUCCESS = message("INFO", "Import succeeded.", "IMPORT_SUCCESS")
FAILED = message("ERROR", "Import failed.", "IMPORT_FAILED")


def told(said: str, ending: str, *, suffix: str = "") -> list[dict[str, Any]]:
    """Give the messages that all versions get."""
    return [
        each
        for noun, kind, name, version in VERSIONS
        for each in (
            message("INFO", f"{noun} {said}.", None),
            message("INFO", f"{name}{suffix}:{version}", f"{kind}_VERSION_{ending}"),
        )
    ]


def pending(count: int) -> dict[str, Any]:
    """Give the warning of relationships to other applications that could not be made."""
    text = "Relationships to other applications that were not created, for their far node was not found"
    return message("WARN", f"{text}: {count}.", "REFERENCES_PENDING")


def succeeded(*messages: dict[str, Any]) -> dict[str, Any]:
    """Give the body of an import that succeeded."""
    return {"errors": False, "messageList": [*messages, SUCCESS]}


def conflicting(suffix: str) -> dict[str, Any]:
    """Give the body of an import whose versions are all there already."""
    conflicts = [
        message("ERROR", f"{name}{suffix}:{version}", f"{kind}_VERSION_CONFLICT") for _, kind, name, version in VERSIONS
    ]
    return {"errors": True, "messageList": [*conflicts, FAILED]}
