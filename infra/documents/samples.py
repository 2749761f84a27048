"""Writes the small archives of docs/samples."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Final

from shared.archive.writing.writer import ArchiveWriter
from shared.catalogue import CatalogueEntry, service_id_of, version_id_of

FOLDER: Final = Path(__file__).resolve().parents[2] / "docs" / "samples"

_DATABASE: Final = "source"
_ENGINE: Final = "2026.08.1"

CALLS: Final[Mapping[str, Mapping[str, Sequence[str]]]] = {
    "Orders": {
        "Shop.open": ["Cart.add", "Cart.total"],
        "Cart.add": ["Stock.reserve"],
        "Cart.total": ["Prices.of"],
        "Checkout.pay": ["Cart.total", "Stock.reserve"],
        "Stock.reserve": [],
        "Prices.of": [],
    },
    "Billing": {
        "Invoice.write": ["Taxes.add", "Invoice.number"],
        "Invoice.number": [],
        "Taxes.add": [],
        "Reminder.send": ["Invoice.number"],
    },
}
"""By application: who calls whom."""


def file_of(application: str) -> Path:
    """Return where an application's archive is kept."""
    return FOLDER / f"{application.lower()}.zip"


def read_sample(application: str) -> bytes:
    """Return the content of the archive that `write_sample` writes."""
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "sample.zip"
        asyncio.run(write_sample(application, file))
        return file.read_bytes()


async def write_sample(application: str, file: Path) -> None:
    """Write one application."""
    calls = CALLS[application]
    ordinals = {name: ordinal for ordinal, name in enumerate(calls)}
    pairs = [(ordinals[caller], ordinals[called]) for caller, found in calls.items() for called in found]
    async with ArchiveWriter.open(file) as writer:
        written = await writer.begin(_describe(application), ())
        await written.write_nodes([(ordinal, ["Function"], {"name": name}) for name, ordinal in ordinals.items()])
        await written.write_relationships([(at, *ends, "CALLS", {}) for at, ends in enumerate(pairs)])
        await written.finish()
        await writer.finish(_ENGINE, _DATABASE)


def _describe(application: str) -> CatalogueEntry:
    return CatalogueEntry(
        database=_DATABASE,
        name=application,
        label=application,
        version="1.2.0",
        service_id=service_id_of(_DATABASE, application),
        version_id=version_id_of(_DATABASE, application, "1.2.0"),
    )
