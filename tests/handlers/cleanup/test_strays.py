"""The operator hears of a stray once, for as long as it stays."""

from __future__ import annotations

from pathlib import Path

from structlog.testing import capture_logs

from handlers.cleanup.folders import sweep_folders
from handlers.cleanup.strays import StrayNews
from shared.identity import Tenant
from tests.support.memory.jobs import MemoryJobStore
from tests.support.workbench import make_resources, make_settings


async def test_each_is_told_once_until_it_comes_again(tmp_path: Path) -> None:
    resources = make_resources(make_settings(tmp_path), MemoryJobStore())
    folders = [resources.settings.archives_dir / tenant for tenant in ("acme", "globex")]
    for folder in folders:
        await resources.identity.create_tenant(Tenant(name=folder.name, databases=()))
        folder.mkdir(parents=True)
    news = StrayNews()

    async def sweep() -> list[tuple[str, str, str]]:
        with capture_logs() as logs:
            await sweep_folders(resources, news)
        return [(line["tenant"], line["name"], line["kind"]) for line in logs if "stray" in line["event"]]

    assert await sweep() == []
    (folders[0] / "a\n.zip").symlink_to("nowhere")
    (folders[1] / "odd").mkdir()
    assert await sweep() == [("acme", "a\\n.zip", "link"), ("globex", "odd", "folder")]
    (folders[1] / "more").write_bytes(b"x")
    assert await sweep() == [("globex", "more", "file")]
    (folders[0] / "a\n.zip").unlink()
    assert await sweep() == []
    (folders[0] / "a\n.zip").write_bytes(b"x")
    assert await sweep() == [("acme", "a\\n.zip", "file")]
