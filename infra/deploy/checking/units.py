"""Asks systemd about the units, in a folder that stands for a machine's root."""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from infra.deploy.facts import HOME

PROGRAM: Final = "systemd-analyze"

HOW_TO_INSTALL: Final = (
    f"The units need {PROGRAM} to be verified, and it is not there (Debian, Ubuntu: apt-get install -y systemd)."
)


def verify_units(folder: Path) -> Sequence[str]:
    """List what is wrong with the units of a folder; nothing on systems that have no systemd."""
    if not sys.platform.startswith("linux"):
        return []
    if shutil.which(PROGRAM) is None:
        return [HOW_TO_INSTALL]
    with tempfile.TemporaryDirectory() as root:
        units = _lay_out(folder, Path(root))
        done = subprocess.run(
            [PROGRAM, "verify", "--man=no", f"--root={root}", *units], capture_output=True, text=True, check=False
        )
    return done.stderr.replace(root, "").splitlines()


def _lay_out(folder: Path, root: Path) -> Sequence[Path]:
    """Put the units where systemd finds them, with what they start, and the targets that a system has."""
    program = root / HOME.lstrip("/") / "bin" / "graphferry"
    program.parent.mkdir(parents=True)
    program.touch(mode=0o755)
    shutil.copytree("/usr/lib/systemd/system", root / "usr/lib/systemd/system", symlinks=True)
    return [
        Path(shutil.copy(unit, root / "usr/lib/systemd/system" / unit.name.replace("@.", "@1.")))
        for unit in sorted(folder.iterdir())
    ]
