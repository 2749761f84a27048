"""The file that tells programs how to reach a stack."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import orjson

from infra.files import write_atomically
from infra.stack.stack import Stack


def describe(stack: Stack) -> dict[str, Any]:
    """Return the file's content: addresses, folders, keys, process ids."""
    plan = stack.plan
    settings = plan.settings
    return {
        "gateway": stack.gateway_url,
        "metrics": f"http://{settings.host}:{settings.metrics_port}/metrics",
        "admin_center": f"{stack.gateway_url}/admin/",
        "archive_folder": {tenant: str(settings.archives_dir / tenant) for tenant in plan.tenants},
        "databases": {name: database.reveal() for name, database in settings.databases.items()},
        "tenants": {tenant: {"keys": plan.keyring.tenants[tenant]} for tenant in plan.tenants},
        "super_admin": plan.keyring.super_admin,
        "pids": stack.pids,
    }


def write_ready_file(file: Path, stack: Stack) -> None:
    """Write the file for its owner alone, for it holds keys."""
    write_atomically(file, orjson.dumps(describe(stack), option=orjson.OPT_INDENT_2).decode(), mode=0o600)
