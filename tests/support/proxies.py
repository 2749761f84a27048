"""Proxies as processes of our own, with the files that the documents show: only addresses and paths are others."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import BinaryIO, Final

from cryptography import x509
from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, generate_private_key
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID

from infra.documents.samples import FOLDER
from infra.engines.ports import LOOPBACK, choose_port
from infra.proxies import HOW_TO_INSTALL, find_program

PREFIX: Final = "/ferry"
_START_SECONDS: Final = 20
_OF_NGINX: Final = ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")


@dataclass(frozen=True, slots=True, kw_only=True)
class Kind:
    """A proxy, and how its file is changed before it starts."""

    program: str
    changes: Mapping[str, str]


NGINX: Final = Kind(program="nginx", changes={})
BUFFERING_NGINX: Final = Kind(
    program="nginx",
    changes={"proxy_request_buffering off": "proxy_request_buffering on", "proxy_buffering off": "proxy_buffering on"},
)
HAPROXY: Final = Kind(program="haproxy", changes={})


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """A proxy that runs."""

    url: str
    """Where the gateways answer, without a slash at the end."""
    certificate: Path
    kind: Kind

    def trust(self) -> ssl.SSLContext:
        """Return what clients trust."""
        return ssl.create_default_context(cafile=self.certificate)


def write_certificate(file: Path, *, lasts: timedelta = timedelta(days=1)) -> None:
    """Write a key and the certificate that it has signed itself, for loopback."""
    key, now = generate_private_key(SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "ferry")])
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=7))
        .not_valid_after(now + lasts)
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(LOOPBACK))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, SHA256())
    )
    secret = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    file.write_bytes(secret + made.public_bytes(Encoding.PEM))


@asynccontextmanager
async def open_proxy(kind: Kind, folder: Path, gateways: Sequence[int], certificate: Path) -> AsyncIterator[Proxy]:
    """Run a proxy in front of two gateways, given by their ports; a single one stands for both."""
    program = find_program(kind.program)
    assert program is not None, HOW_TO_INSTALL
    port = choose_port()
    addresses = {
        "127.0.0.1:8080": f"127.0.0.1:{gateways[0]}",
        "127.0.0.1:8081": f"127.0.0.1:{gateways[-1]}",
        "/etc/ssl/ferry.pem": str(certificate),
        "listen 443": f"listen {LOOPBACK}:{port}",
        "bind :443": f"bind {LOOPBACK}:{port}",
    }
    arguments = _prepare(kind, folder, {**addresses, **kind.changes})
    with _open_log(folder) as log:
        process = await asyncio.create_subprocess_exec(program, *arguments, stdout=log, stderr=log)
        try:
            await _wait_until_ready(process, port)
            yield Proxy(url=f"https://{LOOPBACK}:{port}{PREFIX}", certificate=certificate, kind=kind)
        finally:
            if process.returncode is None:
                process.terminate()
            await process.wait()


def _prepare(kind: Kind, folder: Path, changes: Mapping[str, str]) -> Sequence[str]:
    """Write the file that the proxy is to read, and return its arguments."""
    folder.mkdir()
    file = write_sample("nginx.conf" if kind.program == "nginx" else "haproxy.cfg", folder, changes)
    if kind.program == "haproxy":
        return ["-db", "-f", str(file)]
    _keep_files_in(folder, file)
    alone = f"daemon off; master_process off; pid {folder / 'pid'}; error_log stderr;"
    return ["-p", str(folder), "-e", "stderr", "-c", str(file), "-g", alone]


def write_sample(name: str, folder: Path, changes: Mapping[str, str]) -> Path:
    """Write a file of the documents with other addresses and paths; return where it is."""
    text = (FOLDER / name).read_text()
    for old, new in changes.items():
        text = text.replace(old, new)
    file = folder / name
    file.write_text(text)
    return file


def _keep_files_in(folder: Path, file: Path) -> None:
    """Have nginx keep its files there: where it is not told, it takes folders of the system."""
    paths = [f"{name}_temp_path {folder / name};" for name in _OF_NGINX]
    text = file.read_text()
    file.write_text(text.replace("http {", f"http {{ access_log off; {' '.join(paths)}", 1))


def _open_log(folder: Path) -> BinaryIO:
    return (folder / "log").open("wb")


async def _wait_until_ready(process: asyncio.subprocess.Process, port: int) -> None:
    async with asyncio.timeout(_START_SECONDS):
        while True:
            assert process.returncode is None, "its log tells why"
            try:
                _, writer = await asyncio.open_connection(LOOPBACK, port)
            except OSError:
                await asyncio.sleep(0.02)
            else:
                writer.close()
                return
