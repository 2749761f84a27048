"""Tells who can read what is sent, and whether certificates are still good."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509

from shared.checkup.findings import Finding
from shared.settings.addresses import is_encrypted, trusts_anybody
from shared.settings.process import Settings

_SOON: Final = timedelta(days=30)
_AUTHORITIES: Final = "authorities"


def tell_encryption(settings: Settings) -> Sequence[Finding]:
    """Tell whether what goes to the store and to each database can be read on its way."""
    addresses = {"store": settings.valkey_url}
    addresses |= {f"database {name}": each.uri for name, each in settings.databases.items()}
    return [_judge_encryption(f"{part}: encryption", address) for part, address in addresses.items()]


def _judge_encryption(part: str, address: str) -> Finding:
    if not is_encrypted(address):
        return Finding.ok(part, "none: others on the way can read what is sent")
    if trusts_anybody(address):
        return Finding.warning(part, "TLS with whoever answers: any certificate is taken")
    return Finding.ok(part, "TLS, with a certificate that is looked at")


def check_certificates(settings: Settings) -> Sequence[Finding]:
    """Tell until when the certificates are good that settings name files of, ours and those of authorities."""
    return [_judge_certificates(part, file) for part, file in _list_files(settings)]


def _list_files(settings: Settings) -> Iterator[tuple[str, Path]]:
    named = {"store": (settings.valkey_ca_file, settings.valkey_cert_file)}
    named |= {f"database {name}": (each.ca_file, each.cert_file) for name, each in settings.databases.items()}
    named["tracing"] = (settings.tracing_ca_file, None)
    for part, files in named.items():
        for kind, file in zip((_AUTHORITIES, "certificate"), files, strict=True):
            if file is not None:
                yield f"{part}: {kind}", file


def _judge_certificates(part: str, file: Path) -> Finding:
    """Judge by the first that ends. Of authorities one may have ended that nobody's certificate rests on."""
    try:
        found = x509.load_pem_x509_certificates(file.read_bytes())
    except (OSError, ValueError) as error:
        return Finding.warning(part, f"{file} does not say until when it is good: {error}")
    ends = min(each.not_valid_after_utc for each in found)
    left = ends - datetime.now(UTC)
    if left < timedelta():
        judge = Finding.warning if part.endswith(_AUTHORITIES) else Finding.failed
        return judge(part, f"{file} holds one that ended on {ends:%Y-%m-%d}")
    if left < _SOON:
        return Finding.warning(part, f"{file} holds one that ends on {ends:%Y-%m-%d}, in {left.days} days")
    return Finding.ok(part, f"{file} is good until {ends:%Y-%m-%d}")
