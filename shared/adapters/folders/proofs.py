"""Proofs of who published an archive: the part beside it, another name of the same file.

Whoever finds one after a crash knows which job the archive is of, although no record tells.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress

from shared.adapters.folders.pins import is_pinned
from shared.archive_names import is_archive_name
from shared.ports.archives import ArchiveProof

PREFIX, SUFFIX = ".", ".part"
_PART = re.compile(r"\.[A-Za-z0-9._-]{1,150}\.part")


def part_name(owner: str) -> str:
    """Return the name of an owner's part."""
    return f"{PREFIX}{owner}{SUFFIX}"


def is_proof(facts: os.stat_result) -> bool:
    """Return whether a part has been given an archive's name too."""
    return facts.st_nlink > 1


def list_proofs(folder: int) -> Sequence[ArchiveProof]:
    """List the proofs in an open folder."""
    with os.scandir(folder) as entries:
        inodes = {entry.name: entry.inode() for entry in entries if entry.is_file(follow_symlinks=False)}
    archives = {inode: name for name, inode in inodes.items() if not is_part_name(name)}
    return [
        ArchiveProof(owner=name.removeprefix(PREFIX).removesuffix(SUFFIX), name=archives.get(inode))
        for name, inode in _find_proofs(folder, inodes)
    ]


def _find_proofs(folder: int, inodes: Mapping[str, int]) -> Iterator[tuple[str, int]]:
    for name, inode in inodes.items():
        with suppress(FileNotFoundError):
            if is_part_name(name) and is_proof(os.stat(name, dir_fd=folder, follow_symlinks=False)):
                yield name, inode


def is_part_name(name: str) -> bool:
    """Return whether we may have given a file its name: others never reach the store of jobs."""
    return _PART.fullmatch(name) is not None


def drop_proof(folder: int, proof: ArchiveProof, *, with_archive: bool) -> None:
    """Remove a proof from an open folder, durably; the archive first, so that a crash between leaves the proof."""
    name = proof.name if with_archive else None
    # Whoever pins an archive wants it, whatever became of its job.
    archive = [] if name is None or (is_archive_name(name) and is_pinned(folder, name)) else [name]
    for name in [*archive, part_name(proof.owner)]:
        with suppress(FileNotFoundError):
            os.unlink(name, dir_fd=folder)
        os.fsync(folder)
