"""Settings of the files that TLS needs.

Fields stand in this order, because each is judged by those before it: address, authorities, key, certificate.
"""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Final

from pydantic import AfterValidator, Field, ValidationInfo

from shared.settings.addresses import has_option, is_encrypted, trusts_anybody
from shared.settings.given_files import require_certificates, require_pair

_ADDRESSES: Final = ("valkey_url", "uri")

STORE_OPTIONS: Final = {
    "valkey_ca_file": "ssl_ca_certs",
    "valkey_cert_file": "ssl_certfile",
    "valkey_key_file": "ssl_keyfile",
}
"""What the options of the store's address call these files."""


def _require_tls(file: Path | None, info: ValidationInfo) -> Path | None:
    """Refuse a file beside an address that has no use for it; one that is wrong itself is told already."""
    address = next((info.data[each] for each in _ADDRESSES if each in info.data), None)
    if file is None or address is None:
        return file
    if not is_encrypted(address):
        scheme = address.partition("://")[0]
        raise ValueError(f"is for TLS, which {scheme}:// is without: take {_name_encrypted(scheme)}, or leave it out")
    option = STORE_OPTIONS.get(info.field_name or "")
    if option is not None and has_option(address, option):
        raise ValueError(f"says what the address says as its option {option}: leave one of them out")
    return file


def _name_encrypted(scheme: str) -> str:
    name, mark, rest = scheme.partition("+")
    if name in {"bolt", "neo4j"}:
        return f"{name}+s://"
    return f"rediss{mark}{rest}://" if name == "redis" else "rediss://"


def _require_authority(file: Path | None, info: ValidationInfo) -> Path | None:
    if file is not None:
        if any(trusts_anybody(info.data[each]) for each in _ADDRESSES if each in info.data):
            raise ValueError("is of no use with an address that takes any certificate: +ssc, or ssl_cert_reqs=none")
        require_certificates(file)
    return file


def _require_certificate(file: Path | None, info: ValidationInfo) -> Path | None:
    """A certificate whose key is in no file of its own has it in its own file."""
    key = info.data.get(str(info.field_name).replace("cert", "key"))
    if file is not None:
        require_pair(file, key or file)
    elif key is not None:
        raise ValueError(f"is needed for the key in {str(key)!r}")
    return file


TlsFile = Annotated[Path | None, AfterValidator(_require_tls)]
AuthorityFile = Annotated[TlsFile, AfterValidator(_require_authority)]
CertificateFile = Annotated[TlsFile, AfterValidator(_require_certificate), Field(validate_default=True)]
