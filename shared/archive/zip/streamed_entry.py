"""Writes an entry of a ZIP before its size, or what it begins with, is known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

from shared.archive.zip.records import DEFLATED, EntryRecord, local_header_bytes
from shared.archive.zip.segments import END_OF_STREAM, Segment, SegmentCutter, StreamTotals, deflate_segment
from shared.ports.archive_sinks import ArchiveSink


class StreamedEntry:
    """One entry at the end of an archive; `close` it, whatever became of it."""

    def __init__(self, sink: ArchiveSink, name: str, check: Callable[[StreamTotals], None]) -> None:
        """`check` is called with the totals now and then; it raises where they are too much."""
        self._sink = sink
        self._name = name
        self._check = check
        self._body = sink.begin()
        self._cutter = SegmentCutter()
        self._totals = StreamTotals()
        self._storing: asyncio.Task[None] | None = None

    async def append(self, content: bytes) -> None:
        """Take content. Raises: DiskFullError, UnavailableError, what `check` raises."""
        self._cutter.append(content)
        while self._cutter.is_full:
            await self._store(self._cutter.take())

    async def _store(self, content: bytes) -> None:
        """Deflate in a thread while the next segment is rendered; one at a time, in order."""
        await self._stored()
        self._check(self._totals)
        self._storing = asyncio.create_task(self._deflate(content))

    async def _deflate(self, content: bytes) -> None:
        segment = await asyncio.to_thread(deflate_segment, content)
        await self._body.append(segment.data)
        self._totals = self._totals.followed_by(segment)

    async def _stored(self) -> None:
        storing, self._storing = self._storing, None
        if storing is not None:
            try:
                await asyncio.shield(storing)
            except asyncio.CancelledError:
                self._storing = storing  # `close` ends it
                raise

    async def finish(self, start: bytes = b"") -> EntryRecord:
        """Complete the entry with what its content begins with. Raises: as append."""
        while content := self._cutter.take():
            await self._store(content)
        await self._stored()
        first = deflate_segment(start) if start else Segment(data=b"", crc=0, bytes=0)
        totals = StreamTotals().followed_by(first).followed_by(self._totals)
        deflated_bytes = totals.deflated_bytes + len(END_OF_STREAM)
        header = local_header_bytes(self._name, crc=totals.crc, deflated_bytes=deflated_bytes, size=totals.bytes)
        offset = self._sink.size
        await self._body.append(END_OF_STREAM)
        await self._body.finish(header + first.data)
        return EntryRecord(
            name=self._name,
            method=DEFLATED,
            crc=totals.crc,
            deflated_bytes=deflated_bytes,
            bytes=totals.bytes,
            offset=offset,
            data_offset=offset + len(header),
        )

    async def close(self) -> None:
        """Give up a segment under way."""
        if self._storing is not None:
            self._storing.cancel()
            await asyncio.wait([self._storing])
            if not self._storing.cancelled():
                self._storing.exception()  # seen
