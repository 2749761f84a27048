"""Tests of the bundle of the Admin Center."""

from __future__ import annotations

import argparse

from infra.page import PAGE, STAMP, hash_sources, run_page


def test_the_bundle_is_built_from_its_source() -> None:
    assert STAMP.read_text().strip() == hash_sources(), "build it with: python3 -m infra page"
    if (PAGE / "node_modules").exists():  # somebody works on the page here
        assert run_page(argparse.Namespace(check=True)) == 0


def test_the_lock_file_names_no_place_to_download_from() -> None:
    assert '"resolved"' not in (PAGE / "package-lock.json").read_text()
