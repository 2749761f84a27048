"""What lies of an upload in the bucket: its notes, and what has arrived.

What has arrived are the parts of a multipart upload, and a tail that is too small for one. The tail's key says after
how many parts it comes: one that has become a part meanwhile counts no more, though it is still there. Once all has
arrived the parts become one object.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from typing import Any, Final, Self

from shared.adapters.s3.bucket import Bucket, ObjectFacts, Part
from shared.adapters.s3.failures import MissingError
from shared.adapters.s3.keys import upload_key
from shared.archive_names import require_archive_name, require_free_choice
from shared.errors import InvalidFileNameError, UnknownUploadError

NOTES: Final = "notes"
CONTENT: Final = "content"
INTENT: Final = "intent"
TAIL: Final = "tail."
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    "multipart": (str,),
    "length": (int, type(None)),
    "name": (str,),
    "number": (bool,),
    "metadata": (str,),
    "archive": (str, type(None)),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Notes:
    """What is known of an upload beside its bytes."""

    multipart: str
    """The id of the multipart upload."""
    length: int | None
    """None: not known yet."""
    name: str
    number: bool
    metadata: str = ""
    archive: str | None = None

    @classmethod
    def parse(cls, content: bytes) -> Self:
        """Read notes. Raises: LookupError, TypeError, ValueError, InvalidFileNameError."""
        told: Any = json.loads(content)
        fields = {name: told[name] for name in _KINDS}
        if any(type(value) not in _KINDS[name] for name, value in fields.items()):
            raise TypeError(fields)
        require_free_choice(fields["name"])
        if fields["archive"] is not None:
            require_archive_name(fields["archive"])
        return cls(**fields)

    async def write(self, bucket: Bucket, tenant: str, upload_id: str) -> None:
        """Put them into the bucket."""
        await bucket.put(upload_key(tenant, upload_id, NOTES), json.dumps(asdict(self)).encode())


@dataclass(frozen=True, slots=True, kw_only=True)
class Arrived:
    """An upload as it lies in the bucket."""

    notes: Notes
    parts: Sequence[Part]
    tail: ObjectFacts | None
    """What comes after the parts."""
    content: ObjectFacts | None
    """All of it, once that is one object."""
    others: Sequence[str]
    """Keys of tails that count no more."""
    touched: datetime

    @property
    def bytes(self) -> int:
        """How much has arrived."""
        if self.notes.archive is not None:
            return self.notes.length or 0
        if self.content is not None:
            return self.content.bytes
        return sum(each.bytes for each in self.parts) + (0 if self.tail is None else self.tail.bytes)


async def read_arrived(bucket: Bucket, tenant: str, upload_id: str) -> Arrived:
    """Look at an upload. Raises: UnknownUploadError."""
    beginning = upload_key(tenant, upload_id)
    found = {each.key.removeprefix(beginning): each async for each in bucket.list(beginning)}
    try:
        notes = Notes.parse(await bucket.get(beginning + NOTES))
        content = found.get(CONTENT)
        is_open = content is None and notes.archive is None
        parts = await bucket.list_parts(beginning + CONTENT, notes.multipart) if is_open else ()
    except (MissingError, LookupError, TypeError, ValueError, InvalidFileNameError) as error:
        raise UnknownUploadError(upload_id) from error
    tail = found.get(f"{TAIL}{len(parts)}")
    tails = [each.key for name, each in found.items() if name.startswith(TAIL)]
    return Arrived(
        notes=notes,
        parts=parts,
        tail=tail,
        content=content,
        others=[each for each in tails if tail is None or each != tail.key],
        touched=max(each.modified for each in found.values()),
    )
