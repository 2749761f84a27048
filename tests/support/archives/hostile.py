"""Archives that are hostile in one place each: whatever they say or hold there, all the rest of them is good."""

from __future__ import annotations

import asyncio
import hashlib
import io
import itertools
import json
import re
import tempfile
import zipfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, fields, replace
from functools import partial
from pathlib import Path
from typing import Any, Final
from xml.sax.saxutils import escape

from shared.archive.manifest import references_entry
from shared.archive.writing.writer import ArchiveWriter
from shared.catalogue import CatalogueEntry
from shared.references import Direction, ExternalReference, NodeKey
from tests.support.archives.bad import MANIFEST, packed
from tests.support.archives.making import ENTRY
from tests.support.odd_requests import places_in, replaced

REFERENCES: Final = references_entry(1)

SCOPE_LABEL: Final = "Payroll@7"
"""Of an application that the archives are not about."""
TAKEN: Final = "Taken"
"""The name of another."""
TEXTS: Final[Sequence[str]] = (
    *("", " ", "a" * 20_000, "a\0b", "\ud800", "\u202egnp", "a\nb", "a`b", "`) DETACH DELETE n //", "<&\"'>"),
    *("..", "../../etc/passwd", "Application", "_FerryStaged", SCOPE_LABEL, TAKEN),
)
OTHERS: Final[Sequence[Any]] = (7, -1, 10**30, 1.5, True, None, [], ["a"], {}, {"a": 1})


@dataclass(frozen=True, slots=True, kw_only=True)
class Hostile:
    """One of them."""

    what: str
    """What is hostile, and where."""
    make: Callable[[], bytes]
    """Not for use inside a running loop. Raises: GraphferryError, ValueError, TypeError for what nobody can write."""
    name: str = "Own"
    """Of the application, as the archive says it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """What an archive says and holds, a field for each place."""

    name: str = "Own"
    label: str = "Own"
    version: str = "1.0.0"
    kind: str = "APPLICATION"
    service_id: str = "own-service"
    version_id: str = "own-version"
    database: str = "source"
    entry_key: str = "owner"
    entry_value: str = "somebody"
    node_label: str = "Object"
    node_key: str = "name"
    node_value: str = "something"
    type: str = "CALLS"
    relationship_key: str = "line"
    relationship_value: str = "seven"
    far_type: str = "USES"
    far_application: str = "Far"
    far_version: str = "2.0.0"
    far_label: str = "Loose"
    far_key: str = "code"
    far_value: str = "one"


def list_written() -> Sequence[Hostile]:
    """Let each text stand in each place of an archive that is right in every other way."""
    places = [replace(Words(), **{each.name: text}) for each, text in itertools.product(fields(Words), TEXTS)]
    return [Hostile(what=repr(words)[:1000], make=partial(_write, words), name=words.name) for words in places]


def list_forged() -> Sequence[Hostile]:
    """Put anything in the place of each part of a good archive's files. Not for use inside a running loop."""
    with zipfile.ZipFile(io.BytesIO(_write(Words()))) as archive:
        entries = {name: archive.read(name) for name in archive.namelist()}
    return [*_list_manifests(entries), *_list_references(entries), *_list_documents(entries)]


def _list_manifests(entries: Mapping[str, bytes]) -> Iterator[Hostile]:
    """Put anything that JSON can hold in the place of each field, and of each name of a field."""
    manifest, text = json.loads(entries[MANIFEST]), entries[MANIFEST]
    for place, odd in itertools.product(places_in(manifest), (*TEXTS, *OTHERS)):
        make = partial(replaced, manifest, place, json.dumps(odd).encode())
        yield _with(entries, MANIFEST, make, what=f"{place} {str(odd)[:30]!r}")
    for name, odd in itertools.product(re.findall(rb'"\w+":', text), TEXTS):
        make = partial(text.replace, name, json.dumps(odd).encode() + b":")
        yield _with(entries, MANIFEST, make, what=f"{name!r} {odd[:30]!r}")


def _list_references(entries: Mapping[str, bytes]) -> Iterator[Hostile]:
    """Put anything that JSON can hold in the place of each field of what leaves the application."""
    line = json.loads(entries[REFERENCES])
    for place, odd in itertools.product(places_in(line), (*TEXTS, *OTHERS)):
        make = partial(_replaced_line, line, place, json.dumps(odd).encode())
        yield _with(entries, REFERENCES, make, what=f"{place} {str(odd)[:30]!r}")


def _replaced_line(line: Any, place: tuple[str | int, ...], odd: bytes) -> bytes:
    return replaced(line, place, odd) + b"\n"


def _list_documents(entries: Mapping[str, bytes]) -> Iterator[Hostile]:
    """Put any text in the place of each attribute and of each text of the document."""
    document = entries[ENTRY]
    for found, text in itertools.product(re.finditer(rb'(?<==")[^"]*(?=")|(?<=>)[^<>\n]+(?=<)', document), TEXTS):
        inner = escape(text, {'"': "&quot;"}).encode("utf-8", "surrogatepass")
        make = partial(b"".join, (document[: found.start()], inner, document[found.end() :]))
        yield _with(entries, ENTRY, make, what=f"place {found.start()} {found.group()!r} {text[:30]!r}")


def _with(entries: Mapping[str, bytes], name: str, make: Callable[[], bytes], *, what: str) -> Hostile:
    """Replace an entry; unless it is the manifest, that says its true size and hash."""

    def pack() -> bytes:
        content = make()
        changed = {**entries, name: content}
        if name != MANIFEST:
            manifest = json.loads(entries[MANIFEST])
            (application,) = manifest["applications"]
            said = application if name == ENTRY else application["references"]
            said |= {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
            changed[MANIFEST] = json.dumps(manifest).encode()
        return packed(changed)

    return Hostile(what=f"{name} {what}", make=pack)


def _write(words: Words) -> bytes:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "made.zip"
        asyncio.run(_write_into(path, words))
        return path.read_bytes()


async def _write_into(path: Path, words: Words) -> None:
    said = {each.name: getattr(words, each.name) for each in fields(CatalogueEntry) if hasattr(words, each.name)}
    entry = CatalogueEntry(**said, properties={words.entry_key: words.entry_value})
    line = {words.relationship_key: words.relationship_value}
    far = ExternalReference(
        node=1,
        direction=Direction.OUT,
        type=words.far_type,
        properties=line,
        application=words.far_application,
        version=words.far_version,
        key=NodeKey(label=words.far_label, properties={words.far_key: words.far_value}),
    )
    async with ArchiveWriter.open(path) as writer:
        application = await writer.begin(entry, ())
        await application.write_nodes([(1, [words.node_label], {words.node_key: words.node_value}), (2, [], {})])
        await application.write_relationships([(0, 1, 2, words.type, line)])
        await application.write_references([far])
        await application.finish()
        await writer.finish("memory", words.database)


GOOD: Final = Hostile(what="nothing", make=partial(_write, Words()))
"""With usual words in all places."""
