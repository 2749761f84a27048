"""Damaged archives are refused, or hold the same graph: whatever the damage, nothing else comes of them."""

from __future__ import annotations

import hashlib
import json
import random
import zipfile
from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path

import pytest

from shared.archive.digests.digest import GraphDigest
from shared.archive.inspection.inspection import inspect
from shared.archive.limits import ArchiveLimits
from shared.errors import InvalidArchiveError
from tests.shared.archive.test_golden import EVERYTHING
from tests.support.archives.bad import MANIFEST, packed
from tests.support.archives.foreign import OLDER, document, read_foreign, zipped
from tests.support.archives.making import ENTRY, SMALL, Graph, Maker, batches, read_back

Damage = Callable[[random.Random, bytes], bytes]
LIMITS = ArchiveLimits(inflated_bytes=10_000_000, token_bytes=1_000_000)
MANY = Graph(
    nodes=[(number, ["A", f"L{number % 3}"], {"name": f"n {number}", "x": number / 7}) for number in range(60)],
    relationships=[(number, number % 60, number * 7 % 60, "R", {"w": number}) for number in range(90)],
)


def flip(chance: random.Random, content: bytes) -> bytes:
    changed = bytearray(content)
    for _ in range(chance.choice([1, 1, 1, 2, 8, 64])):
        changed[chance.randrange(len(changed))] ^= 1 << chance.randrange(8)
    return bytes(changed)


def cut(chance: random.Random, content: bytes) -> bytes:
    return content[: chance.randrange(len(content))]


def drop(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    return content[:start] + content[start + chance.choice([1, 2, 10, 100]) :]


def swap(chance: random.Random, content: bytes) -> bytes:
    size = chance.choice([1, 4, 20, 100])
    first, second = sorted(chance.randrange(max(1, len(content) - size)) for _ in range(2))
    if second < first + size:
        return content
    parts = content[second : second + size], content[first + size : second], content[first : first + size]
    return content[:first] + b"".join(parts) + content[second + size :]


def double(chance: random.Random, content: bytes) -> bytes:
    start, size = chance.randrange(len(content)), chance.choice([1, 10, 70, 200])
    return content[: start + size] + content[start : start + size] + content[start + size :]


def insert(chance: random.Random, content: bytes) -> bytes:
    start = chance.randrange(len(content))
    pieces = [
        b"\0",
        b"<",
        b">",
        b"&amp;",
        b"</node>\n",
        b"<!DOCTYPE x>",
        b'"',
        b"\xff",
        b"0",
        b"-",
        b":",
        b"PK\x05\x06",
    ]
    return content[:start] + chance.choice(pieces) + content[start:]


DAMAGES: tuple[Damage, ...] = (flip, flip, cut, drop, swap, double, insert)


def damaged(chance: random.Random, content: bytes, entries: Mapping[str, bytes]) -> bytes:
    """Damage the file, or what is in it, with sizes and hashes that agree so that the damage is met further in."""
    damage = chance.choice(DAMAGES)
    match chance.randrange(4):
        case 0 | 1:
            return damage(chance, content)
        case 2:
            text = damage(chance, entries[ENTRY])
            fields = json.loads(entries[MANIFEST])
            fields["applications"][0] |= {"bytes": len(text), "sha256": hashlib.sha256(text).hexdigest()}
            return packed({**entries, MANIFEST: json.dumps(fields).encode(), ENTRY: text})
        case _:
            return packed({**entries, MANIFEST: damage(chance, entries[MANIFEST])})


async def digest_of(path: Path) -> str:
    graph = await read_back(path, batch_size=1000)
    with closing(GraphDigest()) as digest:
        for nodes in batches(graph.nodes, 1000):
            digest.add_nodes(nodes)
        for relationships in batches(graph.relationships, 1000):
            digest.add_relationships(relationships)
        return digest.hexdigest()


async def test_a_damaged_archive_is_refused_or_holds_the_same_graph(
    maker: Maker, request: pytest.FixtureRequest
) -> None:
    chance = random.Random(seed := request.config.getoption("fault_seed"))
    made = [await maker.write(graph) for graph in (SMALL, MANY, EVERYTHING)]
    whole = []
    for path, manifest in made:
        with zipfile.ZipFile(path) as archive:
            entries = {name: archive.read(name) for name in archive.namelist()}
        whole.append((path.read_bytes(), entries, manifest.applications[0].digest))
    path, accepted, count = maker.path(), 0, request.config.getoption("fuzzed_archives")
    for number in range(count):
        content, entries, digest = chance.choice(whole)
        path.write_bytes(damaged(chance, content, entries))
        try:
            inspection = await inspect(path, LIMITS)
        except InvalidArchiveError:
            continue
        accepted += 1
        assert inspection.manifest.applications[0].digest == digest, f"--fault-seed {seed}, archive {number}"
        assert await digest_of(path) == digest, f"--fault-seed {seed}, archive {number}"
    print(f"{count} damaged archives: {count - accepted} refused, {accepted} accepted with an equal digest")
    assert accepted < count / 4


async def test_damaged_archives_of_other_tools_break_nothing(tmp_path: Path, request: pytest.FixtureRequest) -> None:
    chance = random.Random(request.config.getoption("fault_seed"))
    graphml = document('<node id="a" labels=":A"/><node id="b"/><edge source="a" target="b"/>')
    with zipfile.ZipFile(OLDER) as archive:
        tables = {name: archive.read(name) for name in archive.namelist()}
    refused = 0
    for _ in range(count := request.config.getoption("fuzzed_archives") // 8):
        entries = chance.choice([{"a.graphml": graphml.encode(), "b.xml": document("").encode()}, tables])
        name, damage = chance.choice(sorted(entries)), chance.choice(DAMAGES)
        if chance.random() < 0.5:
            content = zipped({**entries, name: damage(chance, entries[name])})
        else:
            content = damage(chance, zipped(entries))
        try:
            await read_foreign(tmp_path, content, limits=LIMITS)
        except InvalidArchiveError:
            refused += 1
    assert 0 < refused <= count
