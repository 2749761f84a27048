"""`python3 -m infra deploy`: writes what fleets run Graphferry with, or checks it."""

from __future__ import annotations

import argparse
from pathlib import Path

from infra.console import complain, say
from infra.deploy.checking.findings import find_all
from infra.deploy.documents import list_documents
from infra.deploy.facts import WRITTEN_BY
from infra.documents.command import keep_current
from infra.engines.process import EngineError


def run_deploy(checkout: Path, arguments: argparse.Namespace) -> int:
    """Write what is not current; with `--check` name it, and what is wrong. Return 0 when all is well after."""
    code = keep_current(checkout, list_documents(), check=arguments.check, written_by=WRITTEN_BY)
    if not arguments.check:
        return code
    try:
        findings = find_all()
    except EngineError as error:
        complain(str(error))
        return 1
    for finding in findings:
        complain(finding)
    if not findings:
        say("Linters and types of the API find nothing wrong.")
    return 1 if findings else code
