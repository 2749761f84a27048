"""Reads an application's references to others, with a fingerprint of them."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field

from shared.archive.digests.border import BorderDigest
from shared.catalogue import CatalogueEntry
from shared.ports.graph_source import GraphSource
from shared.references import ExternalReference


@dataclass(slots=True, kw_only=True)
class BorderReading:
    """One reading: the shared nodes, then the references."""

    source: GraphSource
    label: str
    inside: int
    """How many relationships the application has within it."""
    is_secured: Callable[[str], bool]
    batch_size: int
    hidden: Sequence[CatalogueEntry]
    """References to these applications are only counted."""
    others: int = 0
    """How many there were so far."""
    _digest: BorderDigest = field(default_factory=BorderDigest)

    async def shared_nodes(self) -> AsyncGenerator[Sequence[int], None]:
        """Stream the ids of nodes that other applications carry too."""
        async with aclosing(self.source.read_shared_nodes(self.label, batch_size=self.batch_size)) as batches:
            async for ids in batches:
                self._digest.add_shared(ids)
                yield ids

    async def references(self) -> AsyncGenerator[Sequence[ExternalReference], None]:
        """Stream the relationships between the application and other nodes, but for those that are hidden."""
        found = self.source.read_references(
            self.label, inside=self.inside, batch_size=self.batch_size, hidden=self.hidden
        )
        async with aclosing(found) as batches:
            async for references in batches:
                self._digest.add_references(references, self.is_secured)
                told = [each for each in references if not each.is_hidden]
                self.others += len(references) - len(told)
                yield told

    async def pass_over(self) -> str:
        """Read everything for its fingerprint alone."""
        async for _ in self.shared_nodes():
            pass
        async for _ in self.references():
            pass
        return self.fingerprint

    @property
    def fingerprint(self) -> str:
        """What was read so far, whatever its order: without what is secured."""
        return self._digest.hexdigest()
