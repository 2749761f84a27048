"""The command that inspects an archive of this machine."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from cyclopts import App

from shared.archive.inspection.report import report_inspection
from shared.cli.local_archives import open_archive
from shared.cli.options import OUTPUT, OutputOptions
from shared.cli.screen.display import Display
from shared.cli.shell import Shell

_FIELDS: Final = {
    "Archive": "name",
    "Size": "bytes",
    "SHA-256": "sha256",
    "Kind": "kind",
    "Format": "format_version",
    "From database": "source.database",
    "Server": "source.engine",
    "Checked": "checks",
}
_COLUMNS: Final = {
    "APPLICATION": "name",
    "VERSION": "version",
    "NODES": "nodes",
    "RELATIONSHIPS": "relationships",
    "PROPERTIES": "properties",
    "SHARED": "shared_nodes",
    "GRAPHML OF": "dialects",
    "DIGEST": "digest",
}


def add_inspect_command(app: App, shell: Shell) -> None:
    """Add `inspect`."""

    @app.command
    async def inspect(archive: Path, /, *, options: OutputOptions = OUTPUT) -> None:
        """Inspect a file as an import would, and show what it holds; no gateway is needed.

        Parameters
        ----------
        archive
            An archive of Graphferry, a GraphML document (.graphml, .graphml.gz), or a ZIP of GraphML or CSV.
        """
        async with open_archive(archive) as inspected:
            show_inspection(shell.show(options), report_inspection(archive.name, inspected.inspection))


def show_inspection(display: Display, report: Mapping[str, Any]) -> None:
    """Print what a good archive holds."""
    display.show(report, _FIELDS)
    if not display.as_json:
        display.conclude("")
        display.show_all(report["applications"], _COLUMNS)
    for warning in report["warnings"]:
        display.say(f"warning: {warning}")
