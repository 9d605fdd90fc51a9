"""What works behind the Dataset page: downloads, uploads, requests."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from core.errors import LessonError
from core.marks import Box, Marks
from dashboard.background.downloads import Fetches, Speed
from dashboard.background.prepared_sets import Preparations
from dashboard.background.set_request import SetRequest, Upload, make
from dashboard.workbench.dataset.lesson import large_picture
from dashboard.workbench.dataset.view import look_into
from data.pictures.preprocess import marks_to_prepared, place
from data.sets.acquisition import acquire
from data.synthetic.difficulty import Difficulty
from tests import patience
from tests.dashboard.pretend_run import small_set
from tests.dashboard.small_release import Site, class_zip, offer, publisher, release_zip


def until(true: Callable[[], bool]) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while not true():
        assert time.monotonic() < deadline, "nothing happened"
        time.sleep(0.01)


def no_progress(phase: str, share: float) -> None:
    """Nobody looks."""


def test_a_fetch_tells_amount_and_speed_of_the_last_seconds() -> None:
    clock = [0.0]
    speed = Speed(clock=lambda: clock[0])
    said = ""
    for second in range(11):
        clock[0] = float(second)
        said = speed.note(f"Downloading {second * 10} of 338 MB", second * 10 / 338)
    assert speed.mb == pytest.approx(10.0)
    assert said == "Downloading 100 of 338 MB, 10.0 MB a second"
    assert speed.note("Unpacking", 0.0) == "Unpacking"


def test_the_speed_forgets_what_came_before_a_pause() -> None:
    clock = [0.0]
    speed = Speed(clock=lambda: clock[0])
    speed.note("Downloading 0 of 100 MB", 0.0)
    clock[0] = 1.0
    speed.note("Downloading 50 of 100 MB", 0.5)
    clock[0] = 60.0
    speed.note("Downloading 50 of 100 MB", 0.5)
    assert speed.mb is None
    clock[0] = 61.0
    speed.note("Downloading 51 of 100 MB", 0.51)
    assert speed.mb == pytest.approx(1.0)


def test_a_canceled_fetch_stops_at_its_next_report() -> None:
    told, go = threading.Event(), threading.Event()

    def acquire(name: str, *, progress: Callable[[str, float], None]) -> Path:
        told.set()
        go.wait(patience.SECONDS)
        progress("Downloading 1 of 2 MB", 0.5)
        raise AssertionError("it went on")

    fetch = Fetches(acquire).start("fracatlas")
    assert told.wait(patience.SECONDS)
    assert fetch.phase == "Connecting"
    fetch.cancel()
    go.set()
    assert fetch.wait(patience.SECONDS)
    assert (fetch.canceled, fetch.error, fetch.phase) == (True, None, "Connecting")


def test_two_clicks_are_one_download() -> None:
    release = threading.Event()
    calls: list[str] = []

    def slow(name: str, *, progress: Callable[[str, float], None]) -> Path:
        calls.append(name)
        release.wait(patience.SECONDS)
        return Path()

    fetches = Fetches(slow)
    first = fetches.start("fracatlas")
    assert fetches.start("fracatlas") is first
    release.set()
    until(lambda: first.ended)
    assert fetches.start("fracatlas") is not first
    assert calls == ["fracatlas", "fracatlas"]


def test_a_canceled_download_goes_on_where_it_ended(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(release_zip(tmp_path / "source"), pause_s=0.05, chunk=8192)
    fetches = Fetches(lambda name, progress: acquire(name, progress=progress))
    with publisher(site):
        offer(monkeypatch, site, tmp_path / "downloads")
        fetch = fetches.start("fracatlas")
        until(lambda: fetch.fraction > 0.1)
        fetch.cancel()
        until(lambda: fetch.ended)
        assert fetch.canceled
        assert fetch.error is None
        part = tmp_path / "downloads" / "FracAtlas.zip.part"
        here = part.stat().st_size
        assert 0 < here < len(site.body)
        site.pause_s = 0.0
        again = fetches.start("fracatlas")
        until(lambda: again.ended)
    assert again.error is None
    assert site.ranges == ["", f"bytes={here}-"]
    assert (tmp_path / "downloads" / "fracatlas").is_dir()


def test_without_network_it_ends_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(b"x" * 100)
    with publisher(site):
        offer(monkeypatch, site, tmp_path / "downloads")
    # The server is gone: the same address refuses now.
    fetches = Fetches(lambda name, progress: acquire(name, progress=progress))
    fetch = fetches.start("fracatlas")
    until(lambda: fetch.ended)
    assert isinstance(fetch.error, LessonError)
    assert fetch.error.code == "download.offline"


def test_uploads_are_the_same_by_content() -> None:
    one, two = Upload(name="a.zip", raw=b"abc"), Upload(name="b.zip", raw=b"abc")
    assert one == two
    assert hash(one) == hash(two)
    assert one != Upload(name="a.zip", raw=b"abd")
    assert "abc" not in repr(one)


def test_an_uploaded_zip_becomes_a_set_and_its_bytes_are_let_go(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    upload = Upload(name="set.zip", raw=class_zip({"whole": 12, "broken": 8}))
    prepared = make(SetRequest(dataset="folder", size=32, upload=upload), no_progress)
    assert upload.raw == b""
    view = look_into(prepared)
    assert dict(zip(prepared.classes, view.rows[0].by_class, strict=True)) == {
        "whole": 12,
        "broken": 8,
    }
    assert prepared.size == 32
    assert view.means.counts == view.rows[0].by_class


def test_an_upload_that_is_no_set_is_advice(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    preparations = Preparations(make)
    upload = Upload(name="set.zip", raw=class_zip({"only": 12}))
    preparation = preparations.get(SetRequest(dataset="folder", size=32, upload=upload))
    assert preparation.wait(20)
    assert isinstance(preparation.error, LessonError)
    assert preparation.error.code == "folder.one-class"


def test_a_difficulty_is_another_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    easy = SetRequest(dataset="synthetic", size=32, count=24, difficulty=Difficulty(noise=0.0))
    hard = SetRequest(dataset="synthetic", size=32, count=24, difficulty=Difficulty(noise=1.0))
    assert easy != hard
    calm, grainy = make(easy, no_progress), make(hard, no_progress)
    assert calm.fingerprint != grainy.fingerprint
    assert len(calm.images) == len(grainy.images) == 24
    rough = [np.abs(np.diff(np.asarray(s.images, float), axis=2)).mean() for s in (calm, grainy)]
    assert rough[1] > rough[0]


def test_the_large_image_is_framed_where_its_pixels_are(tmp_path: Path) -> None:
    """A set of 16 px rounds where a picture lies in its square; the large image rounds anew."""
    gray = np.full((301, 500), 30, np.uint8)
    gray[100:160, 200:280] = 250
    Image.fromarray(gray).save(tmp_path / "a.png")
    inside = marks_to_prepared(
        Marks(size=gray.shape, boxes=(Box(200, 100, 80, 60),)), place(500, 301, 16)
    )
    record = {"path": str(tmp_path / "a.png"), "width": 500, "height": 301, "marks": inside}
    prepared = small_set(tmp_path / "set", size=16)
    picture, marks = large_picture(prepared, record, 0)
    assert picture.shape == marks.size == (500, 500)
    rows, columns = np.nonzero(picture > 140)
    (box,) = marks.boxes
    found = [columns.min(), rows.min(), np.ptp(columns) + 1, np.ptp(rows) + 1]
    np.testing.assert_allclose(box.plain(), found, atol=0.5)
