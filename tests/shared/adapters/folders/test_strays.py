"""What lies in a tenant's folder and is nothing of ours is told of, and can be removed; what it leads to stays."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from shared.adapters.folders.archives import ArchiveDirectory
from shared.adapters.folders.uploads import UploadDirectory
from shared.errors import StrayStaysError, UnknownStrayError
from shared.ports.archives import StrayKind
from tests.shared.adapters.folders.test_archives import names_in
from tests.shared.adapters.folders.test_untrusted_folders import ODD, Odd

ODD_NAMES = [
    "\udcff.zip",
    "a\nb.zip",
    "\x1b[2J.zip",
    "x" * 201 + ".zip",
    "a\\b.zip",
    "notes.txt",
    ".hidden",
]
ALMOST_OURS = [
    ".\udcff.part",
    ".part",
    f".{'x' * 200}.part",
    ".a.upload",
    ".0199f0c2-0000-7000-8000-00000000dead.upload.x",
]
KINDS = {"pipe": StrayKind.OTHER, "socket": StrayKind.OTHER, "folder": StrayKind.FOLDER}


@pytest.fixture
def root(tmp_path: Path) -> Path:
    for tenant in ("acme", "globex"):
        (tmp_path / tenant).mkdir()
    (tmp_path / "globex" / "theirs.zip").write_bytes(b"another tenant's")
    return tmp_path


@pytest.fixture
def folder(root: Path) -> Path:
    return root / "acme"


@pytest.fixture
def store(root: Path) -> ArchiveDirectory:
    return ArchiveDirectory(root)


async def test_a_pin_is_a_stray_once_its_archive_is_gone(store: ArchiveDirectory, folder: Path) -> None:
    for name in ("a.zip", "Cafe\u0301.zip"):
        (folder / name).write_bytes(b"x")
        await store.set_pinned("acme", name, pinned=True)
    assert await store.list_strays("acme") == []
    (folder / "a.zip").unlink()
    (stray,) = await store.list_strays("acme")
    assert (stray.name, stray.kind, stray.reason) == (
        ".a.zip.pin", StrayKind.FILE, "the pin of an archive that is gone"
    )  # fmt: skip
    (folder / "a.zip").write_bytes(b"x")
    with pytest.raises(UnknownStrayError):
        await store.remove_stray("acme", stray.id)
    assert (await store.get("acme", "a.zip")).pinned
    (folder / "a.zip").unlink()
    assert await remove_only_stray(store) is StrayKind.FILE
    assert names_in(folder) == [".Caf\u00e9.zip.pin", "Cafe\u0301.zip"]


async def remove_only_stray(store: ArchiveDirectory) -> StrayKind:
    (stray,) = await store.list_strays("acme")
    assert stray.name.isprintable()
    await store.remove_stray("acme", stray.id)
    assert await store.list_strays("acme") == []
    with pytest.raises(UnknownStrayError):
        await store.remove_stray("acme", stray.id)
    return stray.kind


@pytest.mark.parametrize("name", ["a.zip", ".job-1.part", "odd"])
@pytest.mark.parametrize("make_odd", ODD, ids=lambda each: each.__name__.removeprefix("make_"))
async def test_what_is_no_file_is_one_whatever_its_name(
    store: ArchiveDirectory, folder: Path, root: Path, make_odd: Odd, name: str
) -> None:
    theirs = root / "globex" / "theirs.zip"
    make_odd(folder / name, theirs)
    kind = KINDS.get(make_odd.__name__.removeprefix("make_"), StrayKind.LINK)
    assert await remove_only_stray(store) is kind
    assert theirs.read_bytes() == b"another tenant's"
    assert names_in(folder) == []


@pytest.mark.parametrize("name", [*ODD_NAMES, *ALMOST_OURS], ids=ascii)
async def test_a_file_of_another_name_is_one(store: ArchiveDirectory, folder: Path, name: str) -> None:
    (folder / name).write_bytes(b"x")
    assert await remove_only_stray(store) is StrayKind.FILE
    assert names_in(folder) == []


async def test_what_is_ours_is_none_and_stays(store: ArchiveDirectory, folder: Path, root: Path) -> None:
    (folder / "a.zip").write_bytes(b"x")
    (folder / "odd").write_bytes(b"x")
    upload = await UploadDirectory(root, keep_seconds=60).create("acme", length=1, name="b.zip", number=True)
    async with store.create("acme", owner="0199f0c2-0000-7000-8000-00000000dead.7") as pending:
        (stray,) = await store.list_strays("acme")
        assert stray.name == "odd"
        (folder / "odd").rename(folder / "b.zip")
        with pytest.raises(UnknownStrayError):
            await store.remove_stray("acme", stray.id)
        await pending.publish("c.zip")
    assert names_in(folder) == [f".{upload.id}.upload", "a.zip", "b.zip", "c.zip"]


async def test_a_deep_folder_goes_whole(store: ArchiveDirectory, folder: Path, root: Path) -> None:
    deep = os.open(folder, os.O_RDONLY)
    for _ in range(400):
        os.mkdir("deeper", dir_fd=deep)
        inner = os.open("deeper", os.O_RDONLY, dir_fd=deep)
        os.symlink(root / "globex", "link", dir_fd=inner)
        os.mkdir("beside", dir_fd=inner)
        os.close(deep)
        deep = inner
    os.close(deep)
    assert await remove_only_stray(store) is StrayKind.FOLDER
    assert names_in(root / "globex") == ["theirs.zip"]
    assert names_in(folder) == []


async def test_many_are_cut_and_go_one_after_another(store: ArchiveDirectory, folder: Path) -> None:
    for number in range(1_005):
        (folder / f"{number:04}").write_bytes(b"")
    listed = await store.list_strays("acme")
    assert [each.name for each in listed] == [f"{number:04}" for number in range(1_000)]


async def test_one_that_the_system_keeps_says_so(
    store: ArchiveDirectory, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise PermissionError(1, "Operation not permitted")

    (folder / "odd").write_bytes(b"x")
    (stray,) = await store.list_strays("acme")
    monkeypatch.setattr("shared.adapters.folders.strays.os.unlink", refuse)
    with pytest.raises(StrayStaysError, match="Operation not permitted"):
        await store.remove_stray("acme", stray.id)


async def test_a_tenant_without_a_folder_has_none(store: ArchiveDirectory) -> None:
    assert await store.list_strays("initech") == []
    with pytest.raises(UnknownStrayError):
        await store.remove_stray("initech", "0" * 32)
