"""Puts the compiled codec into wheels; without a compiler a wheel is made that works in Python alone."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

sys.path.insert(0, str(Path(__file__).parents[2]))

from infra.native.building import build, list_sources, module_of
from infra.native.compilers import BuildFailed


class CodecHook(BuildHookInterface[Any]):
    """Compiles `shared/native` before a wheel is packed."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compile, and have the modules packed."""
        checkout = Path(self.root)
        folder = checkout / "shared" / "native"
        with tempfile.TemporaryDirectory() as work:
            try:
                build(checkout, folder, Path(work))
            except BuildFailed as error:
                self.app.display_warning(f"The codec could not be compiled, this wheel is without it:\n{error}")
                return
        build_data["infer_tag"] = True
        build_data["pure_python"] = False
        build_data["artifacts"] += [str(module_of(each).relative_to(checkout)) for each in list_sources(folder)]
