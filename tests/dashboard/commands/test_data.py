"""``python3 -m dashboard data``: what a person reads, and what a script gets back."""

from __future__ import annotations

import hashlib
import io
import threading
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from core.prepared import open_prepared
from dashboard.commands import command_line
from dashboard.commands.data import ProgressBar
from data.sets import registry


@pytest.fixture
def own(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A person's own set of two classes, and a cache of this test alone."""
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    root = tmp_path / "own"
    rng = np.random.default_rng(0)
    for label in ("normal", "fracture"):
        (root / label).mkdir(parents=True)
        for number in range(10):
            picture = rng.integers(0, 256, (40, 30), dtype=np.uint8)
            Image.fromarray(picture).save(root / label / f"{number}.png")
    return root


def test_list_shows_every_dataset_with_its_license(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(registry, "downloads_root", lambda: tmp_path)
    monkeypatch.delenv("LIGHTBOX_FRACATLAS", raising=False)
    assert command_line.run(["data", "list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[0] for line in lines[1:]] == list(registry.DATASETS)
    for line, info in zip(lines[1:], registry.DATASETS.values(), strict=True):
        assert line.endswith(info.license)
    assert "data fetch fracatlas" in lines[2]
    (tmp_path / "fracatlas" / "images" / "Fractured").mkdir(parents=True)
    assert command_line.run(["data", "list"]) == 0
    assert str(tmp_path / "fracatlas") in capsys.readouterr().out


def test_prepare_makes_what_it_says(own: Path, capsys: pytest.CaptureFixture[str]) -> None:
    command = ["data", "prepare", "folder", "--root", str(own), "--size", "16", "--seed", "3"]
    assert command_line.run(command) == 0
    said = capsys.readouterr()
    (folder,) = (own.parent / "cache").iterdir()
    prepared = open_prepared(folder)
    assert (prepared.size, prepared.details["options"]["seed"]) == (16, 3)
    assert str(folder) in said.out
    assert prepared.fingerprint in said.out
    for part, counts in prepared.counts().items():
        row = next(line for line in said.out.splitlines() if line.startswith(part))
        assert row.split()[1:] == [str(counts["normal"]), str(counts["fracture"])]
    assert "100 %" in said.err


def test_check_reports_what_the_files_hold_and_leak(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (own / "fracture" / "wrong.png").write_bytes((own / "normal" / "0.png").read_bytes())
    (own / "normal" / "cut.png").write_bytes((own / "normal" / "1.png").read_bytes()[:300])
    assert command_line.run(["data", "check", "folder", "--root", str(own)]) == 0
    out = capsys.readouterr().out
    assert "Found 22 images and kept 19." in out
    assert "1 file is cut short" in out
    assert "normal/cut.png: truncated" in out
    assert "1 group of images with identical pixels, 1 of them with opposite labels." in out
    assert "by guessing 0.500" in out


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["prepare", "nothing"], "There is no dataset named 'nothing'."),
        (["prepare", "folder"], "No folder of images was named."),
        (["prepare", "folder", "--root", "/nowhere/at/all"], "nothing at /nowhere/at/all"),
        (["check", "mura", "--root", "/nowhere"], "sign up"),
        (["fetch", "mura"], "sign up"),
        (["fetch", "grazpedwri"], "--root"),
        (["fetch", "folder"], "cannot fetch"),
    ],
)
def test_what_a_person_can_mend_is_one_line_and_code_2(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str], tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path))
    assert command_line.run(["data", *arguments]) == 2
    said = capsys.readouterr().err
    assert words in said
    assert len(said.splitlines()) == 1
    assert "Traceback" not in said


def test_the_finding_and_the_parts_are_a_persons_to_choose(
    own: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    command = ["data", "check", "folder", "--root", str(own)]
    assert command_line.run(command) == 0
    assert "'fracture' is the finding" in capsys.readouterr().out
    assert command_line.run([*command, "--positive", "normal"]) == 0
    assert "'normal' is the finding, as chosen" in capsys.readouterr().out
    assert command_line.run([*command, "--positive", "foot"]) == 2
    assert "'foot'" in capsys.readouterr().err
    assert command_line.run([*command, "--split", "given"]) == 2
    assert "no ready-made parts" in capsys.readouterr().err
    for label in ("normal", "fracture"):
        for part in ("train", "test"):
            (own / part / label).mkdir(parents=True)
        for number, path in enumerate(sorted((own / label).iterdir())):
            path.rename(own / ("test" if number < 3 else "train") / label / path.name)
        (own / label).rmdir()
    assert command_line.run([*command, "--split", "given"]) == 0
    said = capsys.readouterr().out
    assert "Ready-made parts: train 14, test 6." in said
    assert (
        said.split("test ")[-1].split()[:2] == ["3", "3"]
        or "test                 3         3" in said
    )


def test_fetch_shows_license_and_citation_before_anything(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert command_line.run(["data", "fetch", "synthetic"]) == 0
    command_line.run(["data", "fetch", "mura"])
    out = capsys.readouterr().out
    assert "Built in" in out
    assert "Stanford" in out
    assert "arXiv:1712.06957" in out
    assert 'not "fracture"' in out


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: Any) -> None:
        """A test's output is no access log."""


@pytest.fixture
def served(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A tiny FracAtlas archive on a server on this machine, and the registry pointing at it."""
    site = tmp_path / "site"
    site.mkdir()
    with zipfile.ZipFile(site / "FracAtlas.zip", "w") as archive:
        for name in ("images/Fractured/IMG0000001.jpg", "images/Non_fractured/IMG0000002.jpg"):
            archive.writestr(f"FracAtlas/{name}", b"pixels")
        archive.writestr("FracAtlas/dataset.csv", "image_id\n")
    raw = (site / "FracAtlas.zip").read_bytes()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Quiet, directory=str(site)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    packed = registry.Archive(
        url=f"http://127.0.0.1:{server.server_port}/FracAtlas.zip",
        filename="FracAtlas.zip",
        bytes=len(raw),
        md5=hashlib.md5(raw).hexdigest(),
        sha256=hashlib.sha256(raw).hexdigest(),
    )
    monkeypatch.setitem(registry.DATASETS, "fracatlas", replace(registry.FRACATLAS, archive=packed))
    monkeypatch.setattr(registry, "downloads_root", lambda: tmp_path / "downloads")
    monkeypatch.delenv("LIGHTBOX_FRACATLAS", raising=False)
    yield site
    server.shutdown()
    server.server_close()


def test_fetch_downloads_unpacks_and_does_so_once(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert command_line.run(["data", "fetch", "fracatlas"]) == 0
    said = capsys.readouterr()
    home = tmp_path / "downloads" / "fracatlas" / "FracAtlas"
    assert f"Ready in {home}" in said.out
    assert "CC BY 4.0" in said.out
    assert "doi:10.1038/s41597-023-02432-4" in said.out
    assert "Downloading" in said.err
    assert (home / "images" / "Fractured" / "IMG0000001.jpg").read_bytes() == b"pixels"
    assert not list((tmp_path / "downloads").rglob("*.zip"))

    (served / "FracAtlas.zip").unlink()  # a second call needs no network
    assert command_line.run(["data", "fetch", "fracatlas"]) == 0
    assert "here already" in capsys.readouterr().out


def test_fetch_of_something_else_is_refused_and_leaves_no_dataset(
    served: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    raw = bytearray((served / "FracAtlas.zip").read_bytes())
    raw[40] ^= 1
    (served / "FracAtlas.zip").write_bytes(raw)
    assert command_line.run(["data", "fetch", "fracatlas"]) == 2
    assert "Traceback" not in capsys.readouterr().err
    assert not registry.is_ready("fracatlas")


class _Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_the_bar_grows_in_one_line_on_a_terminal() -> None:
    stream = _Terminal()
    bar = ProgressBar(stream)
    for share in (0.0, 0.001, 0.5, 1.0):
        bar("Reading", share)
    text = stream.getvalue()
    assert text.count("\r") == 3  # 0.1 % more is no news
    assert text.count("\n") == 1
    assert text.endswith("\n")
    assert f"[{'#' * 15}{'-' * 15}]  50 %" in text


def test_the_bar_is_a_line_for_each_tenth_in_a_log() -> None:
    stream = io.StringIO()
    bar = ProgressBar(stream)
    for percent in range(101):
        bar("Reading", percent / 100)
    assert len(stream.getvalue().splitlines()) == 11
