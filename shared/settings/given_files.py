"""Files that settings name: secrets, certificates, keys."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

SUFFIX: Final = "_file"
"""What a field ends in that names the file of a secret."""

_LAST_NEWLINE: Final = re.compile(r"\r?\n\Z")


def read_secrets(
    given: Mapping[str, object], names: Iterable[str], spell: Callable[[str], str] = str
) -> dict[str, object]:
    """Put what files hold in the place of what names them: `password_file` becomes `password`.

    `spell` gives what messages call a field. Raises: ValueError.
    """
    read = dict(given)
    for name in names:
        file = read.pop(f"{name}{SUFFIX}", None)
        if file is None:
            continue
        told = spell(f"{name}{SUFFIX}")
        if name in given:
            raise ValueError(f"{spell(name)} and {told} are both given: leave one of them out")
        try:
            read[name] = _read_secret(Path(str(file)))
        except ValueError as error:
            raise ValueError(f"{told}: {error}") from None
    return read


def _read_secret(file: Path) -> str:
    content = _read(file)
    try:
        secret = _LAST_NEWLINE.sub("", content.decode())
    except UnicodeDecodeError:  # which holds the content
        raise ValueError(f"{_name(file)} is no text in UTF-8") from None
    if not secret:
        raise ValueError(f"{_name(file)} is empty")
    return secret


def require_certificates(file: Path) -> None:
    """Refuse a file without certificates. Raises: ValueError."""
    _read(file)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(file)
    except ssl.SSLError:
        raise ValueError(f"{_name(file)} holds no certificate in PEM form") from None


def require_pair(certificate: Path, key: Path) -> None:
    """Refuse a key that is not the one of the certificate, or needs a passphrase. Raises: ValueError."""
    require_certificates(certificate)
    _read(key)
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_cert_chain(certificate, key, password=lambda: "")
    except ssl.SSLError:
        told = f"{_name(key)} does not hold the key of the certificate in {_name(certificate)}"
        raise ValueError(f"{told}, in PEM form and without a passphrase") from None


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise ValueError(f"{_name(file)} cannot be read: {error.strerror}") from None
    except ValueError:  # of a path with a NUL
        raise ValueError(f"{_name(file)} is no path") from None


def _name(file: Path) -> str:
    return repr(str(file))
