"""The command that compares two archives of this machine."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from cyclopts import App

from shared.archive.digests.difference import KINDS
from shared.cli.comparing import compare_archives
from shared.cli.exit_codes import ExitCode
from shared.cli.local_archives import open_archive
from shared.cli.options import OUTPUT, OutputOptions
from shared.cli.screen.display import Display
from shared.cli.shell import Shell

_COLUMNS: Final = {
    "APPLICATION": "name",
    "VERSION": "version",
    "RESULT": "result",
    "NODES": "nodes.a",
    "IN B": "nodes.b",
    "RELATIONSHIPS": "relationships.a",
    "THERE": "relationships.b",
}
_COUNTS: Final = {"LABEL OR TYPE": "name", "IN A": "a", "IN B": "b"}
_ELEMENTS: Final = {"CHANGE": "change", "ELEMENT": "element"}


def add_diff_command(app: App, shell: Shell) -> None:
    """Add `diff`."""

    @app.command
    async def diff(a: Path, b: Path, /, *, options: OutputOptions = OUTPUT) -> ExitCode:
        """Compare two files, each inspected as an import would; no gateway is needed.

        The exit code is 0 where they are equal, 1 where they differ.

        Parameters
        ----------
        a
            The old archive.
        b
            The new one.
        """
        async with open_archive(a) as old, open_archive(b) as new:
            reports = await compare_archives(old, new)
        display = shell.show(options)
        display.show_all(reports, _COLUMNS)
        if not display.as_json:
            for report in reports:
                _show_details(display, report)
        return ExitCode.OK if all(report["result"] == "equal" for report in reports) else ExitCode.FAILED


def _show_details(display: Display, report: Mapping[str, Any]) -> None:
    counts = [{"name": name, **both} for part in ("labels", "types") for name, both in report[part].items()]
    elements = list(_list_elements(report["elements"] or {}))
    for items, columns in ((counts, _COUNTS), (elements, _ELEMENTS)):
        if items and report["result"] == "different":
            display.conclude("")
            display.conclude(f"{report['name']} {report['version']}:")
            display.show_all(items, columns)


def _list_elements(elements: Mapping[str, Any]) -> Iterator[Mapping[str, str]]:
    for kind in KINDS:
        found = elements.get(kind, {"count": 0, "listed": []})
        for each in found["listed"]:
            yield {"change": kind.replace("_", " "), "element": _describe(each)}
        if (more := found["count"] - len(found["listed"])) > 0:
            yield {"change": kind.replace("_", " "), "element": f"and {more} more"}


def _describe(element: Mapping[str, Any]) -> str:
    if "before" in element:
        return f"{_describe(element['before'])} is now {_describe(element['after'])}"
    name = element["type"] if "type" in element else ":".join(element["labels"])
    values = ", ".join(f"{key}: {value['text']}" for key, value in element["properties"].items())
    return f":{name} {{{values}}}"
