"""What lies where in a bucket: all keys, without the prefix that the address names."""

from __future__ import annotations

from typing import Final

from shared.identity import require_tenant_name
from shared.logs import LOG_ENDING, log_name
from shared.ports.job_logs import LogName
from shared.spelling import fold

ARCHIVES: Final = "archives/"
LOGS: Final = "logs/"
MIRROR: Final = "identity.json"
MIRROR_LEASE: Final = "mirror"
"""The lease of whoever replaces the mirror of identity."""
UPLOADS: Final = "uploads/"
TRIALS: Final = "trials/"
STAGING: Final = "staging/"
"""What grows there is no archive yet."""
_STAGING_DEPTH: Final = 4
"""Parts of a key that name one that grows: this one, tenant, owner, token."""


def archives_of(tenant: str) -> str:
    """Return what the keys of a tenant's archives begin with."""
    return f"{ARCHIVES}{require_tenant_name(tenant)}/"


def archive_key(tenant: str, name: str) -> str:
    """Return an archive's key."""
    return archives_of(tenant) + name


def pins_of(tenant: str) -> str:
    """Return what the keys of a tenant's pins begin with."""
    return f"pins/{require_tenant_name(tenant)}/"


def pin_key(tenant: str, name: str) -> str:
    """Return the key of an archive's pin: the same for all spellings of its name."""
    return pins_of(tenant) + fold(name)


def proofs_of(tenant: str) -> str:
    """Return what the keys of a tenant's proofs begin with."""
    return f"proofs/{require_tenant_name(tenant)}/"


def proof_key(tenant: str, owner: str) -> str:
    """Return the key of an owner's proof."""
    return proofs_of(tenant) + owner


def log_key(log: LogName) -> str:
    """Return the key of a job's log."""
    return f"{LOGS}{log.tenant}/{log_name(log.job_id)}"


def parse_log_key(key: str) -> LogName | None:
    """Say whose log has a key; None for what is none."""
    tenant, slash, name = key.removeprefix(LOGS).partition("/")
    if not (key.startswith(LOGS) and tenant and slash and name.endswith(LOG_ENDING) and "/" not in name):
        return None
    job_id = name.removesuffix(LOG_ENDING)
    return LogName(tenant=tenant, job_id=job_id) if job_id else None


def uploads_of(tenant: str) -> str:
    """Return what the keys of a tenant's uploads begin with."""
    return f"{UPLOADS}{require_tenant_name(tenant)}/"


def upload_key(tenant: str, upload_id: str, name: str = "") -> str:
    """Return the key of something of an upload, or what all its keys begin with."""
    return f"{uploads_of(tenant)}{upload_id}/{name}"


def staging_of(tenant: str, owner: str, token: str) -> str:
    """Return what the keys of one that grows begin with."""
    return f"{STAGING}{require_tenant_name(tenant)}/{owner}/{token}/"


def staging_lease(key: str) -> str:
    """Return the lease that says that somebody lets grow what has a key."""
    return f"staging:{'/'.join(key.split('/')[1:_STAGING_DEPTH])}"


def folder_lease(tenant: str) -> str:
    """Return the lease of what happens in a tenant's folder in turn."""
    return f"folder:{tenant}"


def keeping_lease(tenant: str) -> str:
    """Return the lease that those share who are about to submit a job that reads an archive of the tenant."""
    return f"keeping:{tenant}"


def upload_lease(tenant: str, upload_id: str) -> str:
    """Return the lease of whoever writes to an upload."""
    return f"upload:{tenant}:{upload_id}"


def multipart_lease(upload: str) -> str:
    """Return the lease that says that somebody writes a multipart upload."""
    return f"multipart:{upload}"


def log_lease(log: LogName) -> str:
    """Return the lease of whoever puts lines into the object of a log."""
    return f"log:{log.tenant}:{log.job_id}"
