"""Streams applications from a source into an archive."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import aclosing
from dataclasses import replace

from handlers.attempts.context import Context
from handlers.exports.border import BorderReading
from handlers.exports.guard import SourceGuard
from shared.archive.canonical.renderer import nothing_is_secured
from shared.archive.export_writer import ApplicationSink, ExportWriter, WrittenFile
from shared.archive.writing.secured import secured_by
from shared.catalogue import CatalogueEntry
from shared.errors import SourceChangedError
from shared.graph import GraphCounts
from shared.jobs.record import Phase, Progress
from shared.jobs.requests import ApplicationReference, ExportRequest


class ExportReading:
    """One try at reading all applications of a request."""

    def __init__(self, request: ExportRequest, context: Context, *, told_as: Phase | None = None) -> None:
        """`told_as` is the phase of a job for which reading is but a part of its work."""
        self._request = request
        self._context = context
        self._told_as = told_as
        self.progress = Progress(phase=Phase.STARTING, nodes_total=0, relationships_total=0)

    async def write(self, writer: ExportWriter) -> WrittenFile:
        """Write every application, then what describes them.

        Raises: UnknownApplicationError, SourceChangedError, UnsupportedValueError, DiskFullError; as advance.
        """
        engine = await self._context.source(self._request.database).engine_version()
        guards = [await self._open_guard(each) for each in self._request.applications]
        self.progress = replace(
            self.progress,
            nodes_total=sum(each.counts.nodes for each in guards),
            relationships_total=sum(each.counts.relationships for each in guards),
        )
        for guard in guards:
            await self._write_application(writer, guard)
        await self._advance(Phase.PACKING)
        return await writer.finish(source_engine=engine, database=self._request.database)

    async def _open_guard(self, reference: ApplicationReference) -> SourceGuard:
        database = reference.database or self._request.database
        source, hidden = self._context.source(database), await self._context.list_hidden(database)
        return await SourceGuard.open(source, reference, self._context.limits, hidden=hidden)

    async def _write_application(self, writer: ExportWriter, guard: SourceGuard) -> None:
        source, label, batch_size = guard.source, guard.entry.label, self._request.batch_size
        stripper = self._stripper_of(guard.entry)
        application = await writer.begin(guard.entry, guard.schema, stripper, tells_all=not guard.hidden)
        await self._advance(Phase.NODES)
        async with aclosing(source.read_nodes(label, batch_size=batch_size)) as node_batches:
            async for nodes in node_batches:
                await application.write_nodes(nodes)
                self._context.lease.spans.read(len(nodes))
                self.progress = replace(self.progress, nodes_done=self.progress.nodes_done + len(nodes))
                await self._advance(Phase.NODES)
        await self._advance(Phase.RELATIONSHIPS)
        async with aclosing(source.read_relationships(label, batch_size=batch_size)) as relationship_batches:
            async for relationships in relationship_batches:
                await application.write_relationships(relationships)
                self._context.lease.spans.read(len(relationships))
                done = self.progress.relationships_done + len(relationships)
                self.progress = replace(self.progress, relationships_done=done)
                await self._advance(Phase.RELATIONSHIPS)
        border = guard.read_border(stripper, batch_size=batch_size)
        await self._write_border(application, border)
        facts = await application.finish()
        read = GraphCounts(nodes=facts.nodes, relationships=facts.relationships)
        if read != guard.counts:
            raise SourceChangedError(f"Application {facts.name!r} had {guard.counts}, but {read} were read.")
        await guard.require_unchanged(facts.digest, border.fingerprint, stripper, batch_size=batch_size)

    def _stripper_of(self, entry: CatalogueEntry) -> Callable[[str], bool]:
        return secured_by(entry) if self._request.strip_secured else nothing_is_secured

    async def _write_border(self, application: ApplicationSink, border: BorderReading) -> None:
        async with aclosing(border.shared_nodes()) as shared_batches:
            async for ids in shared_batches:
                await application.write_shared_nodes(ids)
                await self._advance(Phase.RELATIONSHIPS)
        async with aclosing(border.references()) as reference_batches:
            async for references in reference_batches:
                await application.write_references(references)
                await self._advance(Phase.RELATIONSHIPS)
        application.note_others(border.others)

    async def _advance(self, phase: Phase) -> None:
        self.progress = replace(self.progress, phase=self._told_as or phase)
        await self._context.advance(self.progress)
