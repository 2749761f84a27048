"""Tests of the demonstration as newcomers see it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

from infra.engines.versions import LTS

_CHECKOUT = Path(__file__).parents[2]


def test_the_sample_arrives_equal_on_the_long_term_line(tmp_path: Path) -> None:
    figures_file = tmp_path / "figures.json"
    command: list[str | Path] = [
        sys.executable,
        "-m",
        "infra",
        "demo",
        "--neo4j-version",
        LTS,
        "--json",
        figures_file,
        "--data-dir",
        tmp_path / "data",
    ]
    shown = subprocess.run(command, cwd=_CHECKOUT, capture_output=True, text=True, check=False)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "digest equal" in shown.stdout
    figures = json.loads(figures_file.read_text())
    assert set(figures) == {
        "nodes",
        "relationships",
        "archive",
        "export_seconds",
        "import_seconds",
        "digest_equal",
    }
    assert figures["nodes"] >= 25_000
    assert figures["relationships"] >= 60_000
    assert figures["digest_equal"] is True
    assert f"{figures['nodes']} nodes, {figures['relationships']} relationships" in shown.stdout
    with zipfile.ZipFile(figures["archive"]) as archive:
        assert archive.testzip() is None


def test_the_sample_goes_through_an_object_store(tmp_path: Path) -> None:
    figures_file, folder = tmp_path / "figures.json", tmp_path / "data"
    command = [sys.executable, "-m", "infra", "demo", "--archives", "s3"]
    command += ["--json", str(figures_file), "--data-dir", str(folder)]
    environ = {**os.environ, "AWS_PROFILE": "of-somebody-else", "AWS_ENDPOINT_URL": "http://127.0.0.1:9"}
    shown = subprocess.run(command, cwd=_CHECKOUT, capture_output=True, text=True, check=False, env=environ)
    assert shown.returncode == 0, shown.stdout + shown.stderr
    assert "digest equal" in shown.stdout
    figures = json.loads(figures_file.read_text())
    assert figures["archive"].startswith("s3://ferry/stack/archives/acme/")
    assert figures["archive"] in shown.stdout
    kept = ("archives", "logs", "identity.json", "signing.key")
    assert not [name for name in kept if (folder / name).exists()]


def test_a_folder_with_something_else_is_left_alone(tmp_path: Path) -> None:
    thesis = tmp_path / "thesis" / "chapter"
    thesis.mkdir(parents=True)
    command: list[str | Path] = [sys.executable, "-m", "infra", "demo", "--data-dir", tmp_path]
    refused = subprocess.run(command, cwd=_CHECKOUT, capture_output=True, text=True, check=False)
    assert refused.returncode == 1
    assert refused.stderr.startswith(f"error: {tmp_path} holds something else")
    assert thesis.exists()
