"""Servers behind TLS, with certificates made for the test."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.faults.proxies import open_proxy
from tests.support.proxies import write_certificate


@contextmanager
def open_tls_front(target: int, certificate: Path, *, clients: Path | None = None) -> Iterator[int]:
    """Stand before a server of this machine and give the port; clients show a certificate, if one is named for them."""
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(certificate)
    if clients is not None:
        context.load_verify_locations(clients)
        context.verify_mode = ssl.CERT_REQUIRED
    with open_proxy(target, tls=context) as proxy:
        yield proxy.port


def make_certificates(folder: Path, *names: str) -> list[Path]:
    """Write a certificate with its key for each of the names."""
    files = [folder / f"{name}.pem" for name in names]
    for file in files:
        write_certificate(file)
    return files
