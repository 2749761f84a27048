"""An archive for each thing that an inspection refuses, made from a good one."""

from __future__ import annotations

import hashlib
import io
import json
import struct
import zipfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from shared.archive.limits import ArchiveLimits
from tests.support.archives.making import ENTRY, FOOTER, HEADER

MANIFEST = "manifest.json"
A = '<node id="n0" labels=":A"><data key="labels">:A</data></node>\n'
B = '<node id="n1" labels=":A"><data key="labels">:A</data><data key="n.name.s">b</data></node>\n'
E = '<edge id="e0" source="n0" target="n1" label="R"><data key="label">R</data></edge>\n'
GOOD = HEADER + A + B + E + FOOTER
SMALL_LIMITS = ArchiveLimits(
    inflated_bytes=4_000_000, token_bytes=100_000, manifest_bytes=100_000, ratio_floor_bytes=1_000_000, entries=64
)
"""What they are inspected by, so that each is small; everything above a limit is a few times above it."""


@dataclass(frozen=True, kw_only=True)
class Bad:
    """One of them, with what its refusal must say."""

    content: Callable[[Mapping[str, bytes]], bytes]
    """From the entries of a good archive."""
    words: str
    entry: str | None = ENTRY
    line: int | None = None
    limits: ArchiveLimits = field(default=SMALL_LIMITS)


def packed(entries: Mapping[str, bytes], *, level: int = 6) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, content in entries.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def with_document(text: str | bytes, **changes: object) -> Callable[[Mapping[str, bytes]], bytes]:
    """Replace the document, and let the manifest say its true size and hash."""
    content = text if isinstance(text, bytes) else text.encode()

    def make(entries: Mapping[str, bytes]) -> bytes:
        fields = json.loads(entries[MANIFEST])
        truth = {"bytes": len(content), "sha256": hashlib.sha256(content).hexdigest()}
        fields["applications"][0] |= {**truth, **changes}
        return packed({MANIFEST: json.dumps(fields).encode(), ENTRY: content})

    return make


def with_manifest(change: Callable[[dict[str, object]], object]) -> Callable[[Mapping[str, bytes]], bytes]:
    def make(entries: Mapping[str, bytes]) -> bytes:
        fields = json.loads(entries[MANIFEST])
        change(fields)
        return packed({**entries, MANIFEST: json.dumps(fields).encode()})

    return make


def _application(name: str, value: object) -> Callable[[dict[str, object]], object]:
    def change(fields: dict[str, object]) -> None:
        applications = fields["applications"]
        assert isinstance(applications, list)
        applications[0][name] = value

    return change


def with_entries(**further: bytes) -> Callable[[Mapping[str, bytes]], bytes]:
    return lambda entries: packed({**entries, **further})


def patched(change: Callable[[bytes], bytes]) -> Callable[[Mapping[str, bytes]], bytes]:
    return lambda entries: change(packed(entries))


def _at(signature: bytes, offset: int, value: bytes, *, last: bool = False) -> Callable[[bytes], bytes]:
    def change(content: bytes) -> bytes:
        at = (content.rindex(signature) if last else content.index(signature)) + offset
        return content[:at] + value + content[at + len(value) :]

    return change


def _grown(size: int) -> Callable[[bytes], bytes]:
    """Let both headers of the document claim another inflated size."""
    value = struct.pack("<L", size)
    return lambda content: _at(b"PK\x01\x02", 24, value, last=True)(_at(b"PK\x03\x04", 22, value, last=True)(content))


def _twice(entries: Mapping[str, bytes]) -> bytes:
    other = ENTRY.replace("/1/", "/2/")
    return packed({**entries, other: b"x"}).replace(other.encode(), ENTRY.encode())


def node(inner: str) -> str:
    return HEADER + A.replace("</node>", inner + "</node>") + FOOTER


FIRST = HEADER.count("\n") + 1
"""The line of the first node."""
BOMB = HEADER + A.replace("</node>", "</node>" + " " * 3_000_000) + FOOTER

BAD_ARCHIVES: Mapping[str, Bad] = {
    "empty": Bad(content=lambda _: b"", words="Not a ZIP", entry=None),
    "truncated": Bad(content=patched(lambda content: content[:-30]), words="Not a ZIP", entry=None),
    "prefix": Bad(content=patched(lambda content: b"#!" + content), words="directory does not stand", entry=None),
    "trailing bytes": Bad(content=patched(lambda content: content + b"\0"), words="Not a ZIP", entry=None),
    "encrypted": Bad(content=patched(_at(b"PK\x01\x02", 8, b"\x01\x00", last=True)), words="encrypted"),
    "overlapping": Bad(
        content=patched(_at(b"PK\x01\x02", 42, b"\0\0\0\0", last=True)),
        words="Its data|contradicts|Overlaps",
        entry=None,
    ),
    "symbolic link": Bad(content=patched(_at(b"PK\x01\x02", 38, b"\0\0\xff\xa1", last=True)), words="link"),
    "unknown method": Bad(content=patched(_at(b"PK\x01\x02", 10, b"\x0e\0", last=True)), words="Method 14"),
    "local header differs": Bad(content=patched(_at(b"PK\x03\x04", 14, b"abcd", last=True)), words="contradicts"),
    "duplicate name": Bad(content=_twice, words="twice"),
    "two spellings": Bad(
        content=with_entries(**{"Applications/1/graph.graphml": b""}),
        words="no place",
        entry="Applications/1/graph.graphml",
    ),
    "parent folder": Bad(content=with_entries(**{"../a.graphml": b""}), words="no place", entry="../a.graphml"),
    "absolute name": Bad(content=with_entries(**{"/etc/passwd": b""}), words="no place", entry="/etc/passwd"),
    "nested archive": Bad(
        content=with_entries(**{"inner.zip": packed({"a": b""})}), words="no place", entry="inner.zip"
    ),
    "archive as document": Bad(
        content=with_document(packed({"a": b""})), words="not well-formed|Not well-formed", line=1
    ),
    "too many entries": Bad(
        content=with_entries(**{f"applications/{number}/": b"" for number in range(2, 80)}),
        words="entries; at most 66",
        entry=None,
    ),
    "forged size, smaller": Bad(content=patched(_grown(100)), words="100 declared|100 bytes|has 100"),
    "forged size, larger": Bad(content=patched(_grown(3_000_000)), words="has 3000000|Inflates more"),
    "bomb": Bad(content=with_document(BOMB), words="Inflates more than 200 times"),
    "bomb of many": Bad(
        content=with_document(BOMB + " " * 2_000_000), words="at most 4000000|more than 200 times", entry=None
    ),
    "damaged stream": Bad(
        content=patched(_at(b"PK\x03\x04", 30 + len(ENTRY) + 40, b"\xff\xff\xff\xff", last=True)),
        words="damaged|checksum|declared|cut off",
    ),
    "wrong CRC": Bad(
        content=patched(
            lambda content: _at(b"PK\x01\x02", 16, b"abcd", last=True)(
                _at(b"PK\x03\x04", 14, b"abcd", last=True)(content)
            )
        ),
        words="CRC",
    ),
    "manifest is no JSON": Bad(
        content=lambda entries: packed({**entries, MANIFEST: b"{"}), words="Not JSON", entry=MANIFEST
    ),
    "manifest nested deeply": Bad(
        content=lambda entries: packed({**entries, MANIFEST: b"[" * 50_000}), words="Not JSON", entry=MANIFEST
    ),
    "manifest too large": Bad(
        content=lambda entries: packed({**entries, MANIFEST: b" " * 200_000}),
        words="MANIFEST_BYTES",
        entry=MANIFEST,
    ),
    "unknown format version": Bad(
        content=with_manifest(lambda fields: fields.update(format_version=99)),
        words="Format version 99",
        entry=MANIFEST,
    ),
    "unknown field": Bad(
        content=with_manifest(lambda fields: fields.update(surprise=1)), words="surprise", entry=MANIFEST
    ),
    "wrong count": Bad(content=with_manifest(_application("nodes", 7)), words="nodes 7; the entry has 2"),
    "wrong labels": Bad(content=with_manifest(_application("labels", {"B": 2})), words="label 'A' 0; the entry has 2"),
    "wrong hash": Bad(content=with_manifest(_application("sha256", "0" * 64)), words="sha256"),
    "wrong digest": Bad(content=with_manifest(_application("digest", "0" * 32)), words="digest"),
    "entry not named": Bad(
        content=with_entries(**{"applications/2/graph.graphml": b""}),
        words="does not name",
        entry="applications/2/graph.graphml",
    ),
    "entry missing": Bad(content=lambda entries: packed({MANIFEST: entries[MANIFEST]}), words="missing"),
    "DOCTYPE": Bad(content=with_document("<!DOCTYPE graphml>" + GOOD[GOOD.index("\n") :]), words="DOCTYPE", line=1),
    "entity bomb": Bad(
        content=with_document('<!DOCTYPE g [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]>\n<graphml>&b;</graphml>'),
        words="DOCTYPE",
        line=1,
    ),
    "undefined entity": Bad(
        content=with_document(node('<data key="n.name.s">&nbsp;</data>')), words="undefined entity", line=FIRST
    ),
    "processing instruction": Bad(
        content=with_document(HEADER + A + "<?php x?>\n" + FOOTER), words="Processing", line=FIRST + 1
    ),
    "XInclude": Bad(
        content=with_document(node('<x:include xmlns:x="http://www.w3.org/2001/XInclude" href="x"/>')),
        words="XInclude",
        line=FIRST,
    ),
    "deep nesting": Bad(
        content=with_document(node("<y:a xmlns:y='urn:y'>" + "<y:a>" * 9)), words="not of the namespace", line=FIRST
    ),
    "very deep nesting": Bad(content=with_document(HEADER + "<a>" * 200_000), words="no place", line=FIRST),
    "many attributes": Bad(
        content=with_document(HEADER + "<node " + " ".join(f"a{number}=''" for number in range(40)) + "/>" + FOOTER),
        words="32 attributes",
        line=FIRST,
    ),
    "huge attribute": Bad(
        content=with_document(HEADER + f'<node id="{"x" * 900_000}"/>' + FOOTER),
        words="100000 bytes|expected",
        line=FIRST,
    ),
    "huge comment": Bad(
        content=with_document(HEADER + f"<!--{'x' * 1_200_000}-->" + FOOTER),
        words="100000 bytes",
        line=FIRST,
        limits=ArchiveLimits(token_bytes=100_000),
    ),
    "huge value": Bad(
        content=with_document(node(f'<data key="n.name.s">{"x" * 200_000}</data>')), words="100000 bytes", line=FIRST
    ),
    "bad UTF-8": Bad(content=with_document(GOOD.encode().replace(b">b<", b">\xff<")), words="UTF-8", line=FIRST + 1),
    "overlong UTF-8": Bad(
        content=with_document(GOOD.encode().replace(b">b<", b">\xc0\x80<")), words="UTF-8", line=FIRST + 1
    ),
    "encoded surrogate": Bad(
        content=with_document(GOOD.encode().replace(b">b<", b">\xed\xa0\x80<")), words="UTF-8", line=FIRST + 1
    ),
    "NUL": Bad(content=with_document(GOOD.encode().replace(b">b<", b">\x00<")), words="UTF-8", line=FIRST + 1),
    "forbidden character": Bad(content=with_document(GOOD.replace(">b<", ">\x0b<")), words="UTF-8", line=FIRST + 1),
    "UTF-16": Bad(content=with_document(GOOD.encode("utf-16")), words="UTF-8", line=1),
    "another encoding": Bad(content=with_document(GOOD.replace("UTF-8", "ISO-8859-1")), words="UTF-8", line=1),
    "cut off": Bad(content=with_document(GOOD[: -len(FOOTER)]), words="no element found", line=FIRST + 3),
    "text after the root": Bad(content=with_document(GOOD + "more"), words="junk", line=FIRST + 5),
    "text between elements": Bad(
        content=with_document(HEADER + A + "text\n" + FOOTER), words="Text between", line=FIRST + 2
    ),
    "duplicate id": Bad(content=with_document(HEADER + A + A + FOOTER), words="used before", line=FIRST + 1),
    "duplicate edge id": Bad(
        content=with_document(HEADER + A + B + E + E + FOOTER), words="used before", line=FIRST + 3
    ),
    "missing end": Bad(content=with_document(HEADER + A + E + FOOTER), words="no node of the document", line=FIRST + 1),
    "ids with a gap": Bad(
        content=with_document(HEADER + A.replace("n0", "n5") + FOOTER), words="'n0' is expected", line=FIRST
    ),
    "node behind an edge": Bad(
        content=with_document(HEADER + A + B + E + A.replace("n0", "n2") + FOOTER),
        words="after the first edge",
        line=FIRST + 3,
    ),
    "key not declared": Bad(
        content=with_document(node('<data key="n.other.s">x</data>')), words="not declared", line=FIRST
    ),
    "key declared twice": Bad(
        content=with_document(HEADER.replace("<graph ", '<key id="n.name.s"/>\n<graph ') + FOOTER),
        words="Two keys",
        line=FIRST - 1,
    ),
    "data twice": Bad(
        content=with_document(node('<data key="n.name.s">x</data><data key="n.name.s">y</data>')),
        words="twice",
        line=FIRST,
    ),
    "wrong value": Bad(
        content=with_document(node('<data key="n.size.i">ten</data>')), words="'ten' of 'size'", line=FIRST
    ),
    "beyond 64 bits": Bad(
        content=with_document(node('<data key="n.size.i">9223372036854775808</data>')), words="64 bits", line=FIRST
    ),
    "integer of a million digits": Bad(
        content=with_document(node(f'<data key="n.size.i">{"9" * 90_000}</data>')), words="64 bits", line=FIRST
    ),
    "reserved label": Bad(
        content=with_document(HEADER + A.replace(":A", ":_FerryStaged") + FOOTER), words="reserved", line=FIRST
    ),
    "reserved type": Bad(
        content=with_document(HEADER + A + B + E.replace("R<", "_ferry<").replace('"R"', '"_ferry"') + FOOTER),
        words="reserved",
        line=FIRST + 2,
    ),
    "empty type": Bad(
        content=with_document(HEADER + A + B + E.replace("R<", "<").replace('"R"', '""') + FOOTER),
        words="empty relationship type",
        line=FIRST + 2,
    ),
    "long label": Bad(
        content=with_document(HEADER + A.replace(":A", ":" + "A" * 16_384) + FOOTER),
        words="16384 characters",
        line=FIRST,
    ),
    "reserved key": Bad(
        content=with_document(HEADER.replace('attr.name="name"', 'attr.name="_FerryX"') + FOOTER),
        words="reserved",
        line=5,
    ),
    "nested graph": Bad(
        content=with_document(node('<graph edgedefault="directed"/>')), words="<graph> has no place", line=FIRST
    ),
    "hyperedge": Bad(content=with_document(HEADER + A + "<hyperedge/>\n" + FOOTER), words="hyperedge", line=FIRST + 1),
    "port": Bad(content=with_document(node('<port name="p"/>')), words="<port> has no place", line=FIRST),
    "several graphs": Bad(
        content=with_document(GOOD.replace("</graphml>", "<graph/></graphml>")), words="Several graphs", line=FIRST + 4
    ),
    "another root": Bad(content=with_document("<html/>"), words="not of the namespace", line=1),
    "no graph": Bad(
        content=with_document(HEADER.partition("<graph ")[0] + "</graphml>"), words="no graph", line=FIRST - 1
    ),
    "another dialect": Bad(content=with_document(GOOD.replace('f:version="1"', 'f:version="9"')), words="'9'", line=2),
}
"""By what is wrong."""
