"""Writes the documents that are generated from the code, or checks that they are what the code gives."""

from __future__ import annotations

import argparse
import io
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from infra.console import complain, say
from infra.documents import commands, errors, samples, snippets, wire_types
from infra.monitoring import dashboard, rules

WRITTEN_BY = "python3 -m infra documents"


@dataclass(frozen=True, slots=True, kw_only=True)
class Document:
    """A file that is generated from the code."""

    file: Path
    write: Callable[[], bytes]
    """Returns the content that the file should have."""

    def is_current(self, content: bytes) -> bool:
        """Return whether the file holds the content; of a ZIP its entries count, because deflated bytes may differ."""
        if not self.file.exists():
            return False
        kept = self.file.read_bytes()
        return _read_entries(kept) == _read_entries(content) if self.file.suffix == ".zip" else kept == content


def _read_entries(archive: bytes) -> Sequence[tuple[str, bytes]]:
    with zipfile.ZipFile(io.BytesIO(archive)) as entries:
        return [(name, entries.read(name)) for name in entries.namelist()]


def list_documents() -> Sequence[Document]:
    """List every generated document."""
    return [
        Document(file=errors.PAGE, write=lambda: errors.write_page().encode()),
        Document(file=commands.PAGE, write=lambda: commands.write_page().encode()),
        Document(file=wire_types.TYPES, write=lambda: wire_types.write_types(wire_types.read_document()).encode()),
        Document(file=rules.RULES, write=lambda: rules.write_rules().encode()),
        Document(file=dashboard.DASHBOARD, write=lambda: dashboard.write_dashboard().encode()),
        *(Document(file=page, write=partial(snippets.write_page, page)) for page in snippets.PAGES),
        *(
            Document(file=samples.file_of(application), write=partial(samples.read_sample, application))
            for application in samples.CALLS
        ),
    ]


def run_documents(checkout: Path, arguments: argparse.Namespace) -> int:
    """Write the documents that are not current; with `--check` only name them. Return 0 when all are current after."""
    return keep_current(checkout, list_documents(), check=arguments.check, written_by=WRITTEN_BY)


def keep_current(checkout: Path, documents: Sequence[Document], *, check: bool, written_by: str) -> int:
    """Write those that are not current, or with `check` only name them; return 0 when all are current after."""
    stale = [(each, content) for each in documents if not each.is_current(content := each.write())]
    for document, content in stale:
        name = document.file.relative_to(checkout)
        if check:
            complain(f"{name} is not what the code gives; write it with: {written_by}")
        else:
            document.file.parent.mkdir(exist_ok=True)
            document.file.write_bytes(content)
            say(f"Wrote {name}.")
    if not stale:
        say("The documents are what the code gives.")
    return 1 if stale and check else 0
