"""Compares what an entry holds with what the manifest says of it."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from typing import NoReturn

from shared.archive.inspection.judging import LineJudge, StrictJudge
from shared.archive.limits import ArchiveLimits
from shared.archive.manifest import ApplicationManifest
from shared.errors import InvalidArchiveError, UnsupportedValueError
from shared.native import is_compiled


class EntryInspector:
    """Takes an entry's content in pieces; complains at its end, or as soon as it can. Raises InvalidArchiveError."""

    def __init__(self, application: ApplicationManifest, limits: ArchiveLimits) -> None:
        self._application = application
        self._judge = LineJudge(limits) if is_compiled() else StrictJudge(limits)
        self._feed = self._judge.open(application.entry)
        self._sha256 = hashlib.sha256()

    def feed(self, piece: bytes) -> None:
        """Read on."""
        self._sha256.update(piece)
        try:
            self._feed.feed(piece)
        except UnsupportedValueError as error:
            raise InvalidArchiveError(error.message, entry=self._application.entry) from error
        self._judge.settle()

    def finish(self) -> str:
        """Compare all with the manifest; return the ordinal digest."""
        self._feed.close()
        self._judge.settle()
        manifest, tally = self._application, self._judge.tally
        self._check("sha256", self._sha256.hexdigest(), manifest.sha256)
        self._check("nodes", tally.nodes, manifest.nodes)
        self._check("relationships", tally.relationships, manifest.relationships)
        self._check("properties", tally.properties, manifest.properties)
        self._check_counts("label", tally.labels, manifest.labels)
        self._check_counts("type", tally.types, manifest.types)
        self._check("digest", self._judge.digest.hexdigest(), manifest.digest)
        return self._judge.ordinal_digest.hexdigest()

    def close(self) -> None:
        """Give the space of the node hashes back."""
        self._judge.digest.close()

    def _check_counts(self, what: str, found: Mapping[str, int], declared: Mapping[str, int]) -> None:
        for name in sorted({*found, *declared}):
            self._check(f"{what} {name!r}", found.get(name, 0), declared.get(name, 0))

    def _check(self, what: str, found: object, declared: object) -> None:
        if found != declared:
            self._refuse(f"The manifest says {what} {declared}; the entry has {found}")

    def _refuse(self, problem: str) -> NoReturn:
        raise InvalidArchiveError(f"{problem}.", entry=self._application.entry)
