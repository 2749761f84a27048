"""ZIPs as tools other than ours pack them, each with what must come of it."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from typing_extensions import override

from shared.archive.zip import records
from tests.support.archives.foreign import document, zipped
from tests.support.archives.writers import Node, Relationship

SAMPLE: Final = Path(__file__).parents[3] / "docs" / "samples" / "orders.zip"
"""An archive of ours."""
_DOCUMENT: Final = document(
    '<node id="n0" labels=":A"><data key="n">x</data></node>', '<key id="n" for="node" attr.name="name"/>'
)
_SHADOW: Final = b"\0\x05\x16\x07" + bytes(80)
"""What the Finder keeps beside a file."""
_FROM_MAC: Final = "files added by macOS or Windows passed over (__MACOSX)"
_FROM_FINDER: Final = "files added by macOS or Windows passed over (.DS_Store)"
_TABLES: Final = {
    "objects.csv": "id;name;fullName\n1;My App;root\n2;Main;a.Main\n",
    "objectType.csv": "id;name\nT1;Java Class\n",
    "transactions.csv": "id;name\nX1;Login\n",
    "belongsTo.csv": "from;to\n2;1\n",
    "objectTypeLinks.csv": "from;to\n2;T1\n",
    "references.csv": "from;to;type\n2;2;CALL\n",
    "transactionObjects.csv": "from;to\n2;X1\n",
    "startPoint.csv": "from;to\nX1;2\n",
    "endPoint.csv": "from;to\nX1;2\n",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Packed:
    """A ZIP, and its graph."""

    content: bytes
    nodes: Sequence[Node] = ((("A",), {"name": "x"}),)
    relationships: Sequence[Relationship] = ()
    warnings: Mapping[str, int] = field(default_factory=dict)


class _Pipe(io.BytesIO):
    """A file that cannot go back, as a tool's standard output."""

    @override
    def seek(self, *_: object) -> int:
        raise io.UnsupportedOperation

    @override
    def tell(self) -> int:
        raise io.UnsupportedOperation


def piped(files: Mapping[str, bytes]) -> bytes:
    """Return a ZIP whose sizes follow the data."""
    pipe = _Pipe()
    with zipfile.ZipFile(pipe, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return pipe.getvalue()


def streamed(content: bytes, name: bytes, *local: int) -> bytes:
    """Return a ZIP as streaming tools write it; its local header says the CRC and the sizes that are given."""
    compressor = zlib.compressobj(wbits=-15)
    data = compressor.compress(content) + compressor.flush()
    sizes = (zlib.crc32(content), len(data), len(content))
    head = (20, 8, 8, 0, 0x21)
    entry = records.LOCAL.pack(b"PK\x03\x04", *head, *local, len(name), 0) + name + data
    entry += b"PK\x07\x08" + struct.pack("<3L", *sizes)
    central = records.CENTRAL.pack(b"PK\x01\x02", 0x31E, *head, *sizes, len(name), 0, 0, 0, 0, 0x81A40000, 0) + name
    return entry + central + records.END.pack(b"PK\x05\x06", 0, 0, 1, 1, len(central), len(entry), 0)


def commented(content: bytes, comment: bytes) -> bytes:
    """Return the ZIP with a comment at its end."""
    return content[:-2] + struct.pack("<H", len(comment)) + comment


def _from_a_named_pipe() -> bytes:
    buffer = io.BytesIO()
    entry = zipfile.ZipInfo("g.graphml")
    entry.external_attr = (stat.S_IFIFO | 0o600) << 16
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr(entry, _DOCUMENT)
    return buffer.getvalue()


def _sample() -> Mapping[str, bytes]:
    with zipfile.ZipFile(SAMPLE) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


_ORDERS: Final[list[Node]] = [
    (("Function",), {"name": name})
    for name in ("Shop.open", "Cart.add", "Cart.total", "Checkout.pay", "Stock.reserve", "Prices.of")
]

PACKED: Final = {
    "the Finder": Packed(
        content=zipped({"g.graphml": _DOCUMENT, "__MACOSX/._g.graphml": _SHADOW}), warnings={_FROM_MAC: 1}
    ),
    "the Finder, of a folder": Packed(
        content=zipped(
            {
                "export/": "",
                "export/g.graphml": _DOCUMENT,
                "export/.DS_Store": bytes(48),
                "__MACOSX/export/._g.graphml": _SHADOW,
                "__MACOSX/._export": _SHADOW,
            }
        ),
        warnings={_FROM_MAC: 2, _FROM_FINDER: 1},
    ),
    "the Explorer": Packed(
        content=zipped({"g.graphml": _DOCUMENT, "desktop.ini": "[x]", "Thumbs.db": b"\xd0\xcf"}),
        warnings={
            "files added by macOS or Windows passed over (Thumbs.db)": 1,
            "files added by macOS or Windows passed over (desktop.ini)": 1,
        },
    ),
    "Info-ZIP to a pipe": Packed(content=streamed(_DOCUMENT.encode(), b"export/g.graphml", 0, 0, len(_DOCUMENT))),
    "a tool that streams": Packed(content=piped({"g.graphml": _DOCUMENT.encode()})),
    "a named pipe": Packed(content=_from_a_named_pipe()),
    "git archive": Packed(content=commented(zipped({"repo-main/g.graphml": _DOCUMENT}), b"468861eaa3fba075" * 2)),
    "capital letters": Packed(content=zipped({"G.GRAPHML": _DOCUMENT})),
    "a file for each of many methods": Packed(
        content=zipped({f"{number}.graphml": document(f'<node id="n{number}"/>') for number in range(65)}),
        nodes=65 * [((), {})],
    ),
    "the Finder, of an older exporter's tables": Packed(
        content=zipped(
            {f"App/{name}": text for name, text in _TABLES.items()}
            | {"__MACOSX/App/._objects.csv": _SHADOW, "App/.DS_Store": "\0"}
        ),
        nodes=[
            (("Object",), {"id": "1", "name": "My App", "fullName": "root"}),
            (("Object",), {"id": "2", "name": "Main", "fullName": "a.Main"}),
            (("ObjectType",), {"id": "T1", "name": "Java Class"}),
            (("Transaction",), {"id": "X1", "name": "Login"}),
        ],
        relationships=[
            ("BELONGS_TO", {}),
            ("HAS_TYPE", {}),
            ("REFERENCES", {"type": "CALL"}),
            ("IN_TRANSACTION", {}),
            ("STARTS_AT", {}),
            ("ENDS_AT", {}),
        ],
        warnings={_FROM_MAC: 1, _FROM_FINDER: 1},
    ),
    "the Finder, of an archive of ours": Packed(
        content=zipped({**_sample(), "__MACOSX/._manifest.json": _SHADOW, "applications/.DS_Store": "\0"}),
        nodes=_ORDERS,
        relationships=6 * [("CALLS", {})],
        warnings={_FROM_MAC: 1, _FROM_FINDER: 1},
    ),
    "an archive of ours inside a folder": Packed(
        content=zipped({f"orders/{name}": content for name, content in _sample().items()}),
        nodes=_ORDERS,
        relationships=6 * [("CALLS", {})],
    ),
}
"""By what packed it."""
