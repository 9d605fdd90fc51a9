"""The registry is complete, and finds a dataset where it lies."""

from __future__ import annotations

from pathlib import Path

import pytest

from core.errors import LessonError
from data.sets import registry


def test_every_dataset_says_what_a_person_must_know() -> None:
    assert list(registry.DATASETS) == ["synthetic", "fracatlas", "mura", "grazpedwri", "folder"]
    for name, info in registry.DATASETS.items():
        assert info.name == name
        for told in (info.title, info.task, info.license, info.citation, info.description):
            assert told
        assert info.label_meaning.endswith(".")
        assert info.archive or info.obtain
        if info.classes:
            assert info.classes[1] == info.positive  # the score is of the second class
        path = registry.PROJECT.joinpath(*info.reader.split(".")).with_suffix(".py")
        assert path.is_file()
        assert callable(registry.load_reader(name))


def test_public_datasets_name_license_source_and_paper() -> None:
    for name in ("fracatlas", "mura", "grazpedwri"):
        info = registry.DATASETS[name]
        assert info.license_url.startswith("https://")
        assert info.source_url.startswith("https://")
        assert "doi:" in info.citation or "arXiv:" in info.citation


def test_mura_says_abnormal_and_never_fracture() -> None:
    mura = registry.DATASETS["mura"]
    assert mura.classes == ("normal", "abnormal")
    assert 'not "fracture"' in mura.label_meaning
    assert mura.archive is None
    assert "sign up" in mura.obtain


def test_fracatlas_is_the_archive_that_was_published() -> None:
    """Figures of version 7 (2026-06-13), as several public sources give them."""
    archive = registry.DATASETS["fracatlas"].archive
    assert archive is not None
    assert archive.bytes == 338_436_460
    assert archive.md5 == "fe9da2c7c285915ebee69dfdab8fd396"
    assert archive.sha256 == "b67ec2d290a022b3dcf47f78e9a37f7edcc80592c0571f439355bf00bd9f0e23"
    assert archive.url == "https://ndownloader.figshare.com/files/65518038"


def make_fracatlas(folder: Path) -> Path:
    (folder / "images" / "Fractured").mkdir(parents=True)
    return folder


def test_a_named_folder_wins_then_the_environment_then_the_download(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(registry, "downloads_root", lambda: tmp_path / "downloads")
    monkeypatch.delenv("LIGHTBOX_FRACATLAS", raising=False)
    assert not registry.is_ready("fracatlas")
    fetched = make_fracatlas(tmp_path / "downloads" / "fracatlas" / "FracAtlas")
    assert registry.find_root("fracatlas") == fetched
    told = make_fracatlas(tmp_path / "told")
    monkeypatch.setenv("LIGHTBOX_FRACATLAS", str(told))
    assert registry.find_root("fracatlas") == told
    named = make_fracatlas(tmp_path / "named")
    assert registry.find_root("fracatlas", named) == named
    assert registry.find_root("fracatlas", tmp_path) == named  # the first one level down
    assert registry.is_ready("fracatlas")


def test_what_is_not_there_is_said_with_the_way_to_get_it(tmp_path: Path) -> None:
    for name, way in (("fracatlas", "data fetch"), ("mura", "sign up"), ("grazpedwri", "--root")):
        with pytest.raises(LessonError) as caught:
            registry.find_root(name, tmp_path)
        assert caught.value.code == "dataset.missing"
        assert str(tmp_path) in caught.value.problem
        assert way in caught.value.remedy
    with pytest.raises(LessonError) as caught:
        registry.find_root("folder")
    assert "--root" in caught.value.remedy


def test_an_unknown_name_lists_the_known_ones() -> None:
    with pytest.raises(LessonError) as caught:
        registry.find_dataset("frakatlas")
    assert caught.value.code == "dataset.unknown"
    assert "fracatlas" in caught.value.remedy


def test_synthetic_is_always_ready() -> None:
    assert registry.is_ready("synthetic")


def test_the_cache_is_where_the_environment_says(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", "/somewhere/else")
    assert registry.cache_root() == Path("/somewhere/else")
    monkeypatch.delenv("LIGHTBOX_CACHE")
    assert registry.cache_root() == registry.PROJECT / "data" / "cache"
