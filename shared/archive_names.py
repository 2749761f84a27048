"""The names that archives may have."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from datetime import datetime
from enum import Enum, auto
from typing import Final

from shared.errors import InvalidFileNameError
from shared.spelling import fold

SUFFIX = ".zip"
"""Of what we write."""
MAX_NAME_BYTES = 200
"""Leaves room for a number under the 255 bytes of common file systems."""

_MAX_APPLICATION_PART = 150
"""Characters of an application's name in its archive's name."""
_OF_JOB = re.compile(r"(upload|copy)-([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.zip")


class Form(Enum):
    """What a file is, by the ending of its name."""

    ZIP = auto()
    PLAIN = auto()
    """One GraphML document."""
    GZIPPED = auto()
    """One GraphML document in gzip."""


ENDINGS: Final[Mapping[str, Form]] = {
    SUFFIX: Form.ZIP,
    ".graphml": Form.PLAIN,
    ".xml": Form.PLAIN,
    ".graphml.gz": Form.GZIPPED,
    ".xml.gz": Form.GZIPPED,
    ".graphmlz": Form.GZIPPED,
}
"""What the names of archives end in, in any letter case."""

_FORBIDDEN_CATEGORIES = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Control characters, lone surrogates, line and paragraph separators."""


def require_archive_name(name: str) -> str:
    """Return a name that is one safe path segment with a known ending. Raises: InvalidFileNameError."""
    if (objection := find_objection(name)) is not None:
        raise InvalidFileNameError(f"File name {name!r} is not allowed: {objection}.")
    return name


def is_archive_name(name: str) -> bool:
    """Return whether an archive may have this name."""
    return find_objection(name) is None


def require_zip_name(name: str) -> str:
    """Return an archive's name that ends in .zip. Raises: InvalidFileNameError."""
    if form_of(require_archive_name(name)) is not Form.ZIP:
        raise InvalidFileNameError(f"File name {name!r} is not allowed: it must end in {SUFFIX}.")
    return name


def require_free_choice(name: str) -> str:
    """Return a name that a caller may choose for an archive. Raises: InvalidFileNameError."""
    if job_of_archive(require_archive_name(name).lower()) is not None:
        raise InvalidFileNameError(f"File name {name!r} is kept for archives that go with their jobs.")
    return name


def find_objection(name: str) -> str | None:
    """Return why no archive may have this name; None for one that may be had."""
    if not _ending(name):
        return f"it must end in {', '.join(ENDINGS)}"
    if "/" in name or "\\" in name:
        return "it must be a single path segment, without separators"
    if not _is_plain(name) and any(unicodedata.category(character) in _FORBIDDEN_CATEGORIES for character in name):
        return "it holds a control character"
    if len(fold(name).encode()) > MAX_NAME_BYTES:
        return f"it is longer than {MAX_NAME_BYTES} bytes"
    return None


def _is_plain(name: str) -> bool:
    """Whether a look at each character can be spared: folders hold thousands of names."""
    return name.isascii() and name.isprintable()


def _ending(name: str) -> str:
    """Return the known ending as the name spells it; nothing where it has none."""
    return next((name[-len(each) :] for each in ENDINGS if name[-len(each) :].lower() == each), "")


def form_of(name: str) -> Form:
    """Return what a file of this name is; of another name, a ZIP."""
    return ENDINGS.get(_ending(name).lower(), Form.ZIP)


def stem_of(name: str) -> str:
    """Return the name without its ending."""
    return name.removesuffix(_ending(name))


def name_for_export(application: str, at: datetime) -> str:
    """Make the archive name `<App>-YYYYMMDD-HHMMSS.zip` (the time is UTC); unsafe characters are left out."""
    reduced = re.sub(r"[^A-Za-z0-9._ -]", "", application)[:_MAX_APPLICATION_PART].strip()
    return f"{reduced or 'application'}-{at:%Y%m%d-%H%M%S}{SUFFIX}"


def name_for_upload(job_id: str) -> str:
    """Make the name of an archive that comes with the request for a job, and goes when the job has ended."""
    return f"upload-{job_id}{SUFFIX}"


def name_for_spool(job_id: str) -> str:
    """Make the name of the archive that a copy goes through, which nobody else sees, and which goes with its job."""
    return f"copy-{job_id}{SUFFIX}"


def is_spool(name: str) -> bool:
    """Return whether the archive is there for a copy alone."""
    return (match := _OF_JOB.fullmatch(name)) is not None and match[1] == "copy"


def is_upload(name: str) -> bool:
    """Return whether the archive came with the request for a job."""
    return (match := _OF_JOB.fullmatch(name)) is not None and match[1] == "upload"


def job_of_archive(name: str) -> str | None:
    """Return the id of the job that the archive is there for; None for one that is there for itself."""
    return None if (match := _OF_JOB.fullmatch(name)) is None else match[2]


def numbered(name: str, number: int) -> str:
    """Return the name with `-2`, `-3` … before its ending; the number 1 leaves it as it is."""
    return name if number == 1 else f"{stem_of(name)}-{number}{_ending(name)}"
