"""Signed links to archives, which need no credentials for a while."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from gateway.access.authentication import LoginTrace
from gateway.access.signing import Purpose, Signer
from shared.errors import NotFoundError
from shared.identity import Principal, Role
from shared.jobs.record import Job, JobKind
from shared.jobs.requests import ExportRequest
from shared.settings.process import Settings


@dataclass(frozen=True, slots=True, kw_only=True)
class FileLink:
    """What a link leads to."""

    tenant: str
    archive_name: str
    sha256: str
    """Of the archive: another one that has its name meanwhile is not what the link leads to."""
    file_name: str
    """What the download is called."""
    maker: LoginTrace
    """Whose rights it lives by."""

    @classmethod
    def of(cls, job: Job, maker: LoginTrace) -> Self | None:
        """Return the link to what an export wrote; None where it wrote nothing."""
        if job.archive is None or job.kind is not JobKind.EXPORT:
            return None
        file_name = job.request.file_name if isinstance(job.request, ExportRequest) else None
        return cls(
            tenant=job.tenant,
            archive_name=job.archive.name,
            sha256=job.archive.sha256,
            file_name=file_name or job.archive.name,
            maker=maker,
        )

    def to_path(self, signer: Signer, settings: Settings) -> str:
        """Return the path that leads to it, good for a while."""
        claims = {"ten": self.tenant, "arc": self.archive_name, "sha": self.sha256, "nam": self.file_name}
        token = signer.sign_for_poller(
            Purpose.FILE, {**claims, **_claims_of(self.maker)}, seconds=settings.link_seconds
        )
        return f"/files/{token}"

    @classmethod
    def from_token(cls, signer: Signer, token: str) -> Self:
        """Read what stands in a link. Raises: NotFoundError where it is not ours, or its time is over."""
        claims = signer.read(Purpose.FILE, token)
        if claims is None or "rol" not in claims:  # earlier versions did not say whose rights a link lives by
            raise NotFoundError("This link leads nowhere, or its time is over; ask for the job's status again.")
        return cls(
            tenant=claims["ten"],
            archive_name=claims["arc"],
            sha256=claims["sha"],
            file_name=claims["nam"],
            maker=_read_maker(claims),
        )


def _claims_of(maker: LoginTrace) -> Mapping[str, str]:
    """Write down what is needed to ask for the maker's rights again: neither roles nor tenants hold a space."""
    roles = " ".join(sorted(maker.principal.roles))
    if maker.sha256 is not None:
        return {"key": maker.sha256, "rol": roles}
    return {"usr": maker.principal.user, "tns": " ".join(sorted(maker.principal.tenants)), "rol": roles}


def _read_maker(claims: Mapping[str, Any]) -> LoginTrace:
    principal = Principal(
        user=claims.get("usr", ""),
        tenant="",
        roles=frozenset(map(Role, claims["rol"].split())),
        tenants=frozenset(claims.get("tns", "").split()),
    )
    return LoginTrace(principal=principal, sha256=claims.get("key"))
