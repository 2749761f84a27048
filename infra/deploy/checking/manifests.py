"""Compares manifests with the types of the API, the Compose file with its schema; finds fields that those lack."""

from __future__ import annotations

import json
import shutil
import subprocess
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import yaml

from infra.deploy.checking.charts import Manifest
from infra.engines.process import EngineError
from infra.node import NODE, install_packages

_HERE: Final = Path(__file__).parent
_SCRIPT: Final = _HERE / "check.mjs"

_PACKAGES: Final = {
    "keda.sh": "@kubernetes-models/keda",
    "monitoring.coreos.com": "@kubernetes-models/prometheus-operator",
}
"""Group of the API → package; all others are Kubernetes' own."""


def check_manifests(manifests: Sequence[Manifest]) -> Sequence[str]:
    """List what is wrong with them, each finding with the kind and name. Raises: EngineError."""
    typed = [{"model": _name_model(each), "name": _name(each), "content": each} for each in manifests]
    return _check({"manifests": typed})


def check_compose(file: Path) -> Sequence[str]:
    """List what is wrong with a Compose file. Raises: EngineError."""
    return [f"{file.name}{finding}" for finding in _check({"compose": yaml.safe_load(file.read_text())})]


def _name_model(manifest: Manifest) -> str:
    """Return the module of the kind's type."""
    version, kind = manifest["apiVersion"], manifest["kind"]
    package = _PACKAGES.get(version.partition("/")[0], "kubernetes-models")
    return f"{package}/{version}/{kind}"


def _name(manifest: Manifest) -> str:
    return f"{manifest['kind']} {manifest['metadata']['name']}"


def _check(what: Any) -> Sequence[str]:
    packages = install_packages(_HERE)
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / packages.name).symlink_to(packages)
        script = shutil.copy(_SCRIPT, folder)
        done = subprocess.run(
            [NODE, script], cwd=folder, input=json.dumps(what), capture_output=True, text=True, check=False
        )
    if done.returncode != 0:
        raise EngineError(f"{_SCRIPT.name} has failed:\n{done.stderr}")
    findings: Sequence[str] = json.loads(done.stdout)
    return findings
