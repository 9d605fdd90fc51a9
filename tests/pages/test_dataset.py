"""The Dataset page through the app, in each of its states."""

from __future__ import annotations

import html
import io
import json
import struct
import threading
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.marks import Box, Marks
from core.prepared import PreparedSet, open_prepared, write_prepared
from dashboard import cache
from dashboard.background.downloads import Fetches
from dashboard.background.prepared_sets import Preparations
from dashboard.background.set_request import make
from data.sets import registry
from data.sets.acquisition import acquire
from data.sets.leakage import Leakage, LeakageComparison
from data.sets.registry import DATASETS
from data.synthetic.difficulty import Difficulty
from tests import patience
from tests.dashboard.small_release import Site, class_zip, offer, publisher, release_zip

ROOT = Path(__file__).resolve().parents[2]
COUNT = 120


def synthetic_set(folder: Path) -> PreparedSet:
    """120 noise images: every third a fracture, with hardware and boxes on some."""
    labels = (np.arange(COUNT) % 3 == 0).astype(np.int64)
    calm = Leakage(held_out=36, twin_share=0.0, group_share=0.0, copied=0.5, chance=0.5)
    return write_prepared(
        folder,
        name="synthetic",
        title="Synthetic radiographs",
        classes=("normal", "fracture"),
        images=np.random.default_rng(1).integers(0, 256, (COUNT, 64, 64), dtype=np.uint8),
        labels=labels,
        split=np.repeat([0, 1, 2], [84, 18, 18]).astype(np.int8),
        groups=np.arange(COUNT),
        metadata=np.zeros((COUNT, 0), np.float32),
        metadata_names=(),
        records=[
            {
                "id": f"image-{number:03d}",
                "path": None,
                "label": ("normal", "fracture")[labels[number]],
                "group": f"group-{number}",
                "region": ("leg", "hand")[number % 2],
                "view": "frontal",
                "hardware": number % 10 == 0,
                "marks": Marks(size=(64, 64), boxes=(Box(8, 9, 10, 11),) if labels[number] else ()),
                "width": 64,
                "height": 64,
            }
            for number in range(COUNT)
        ],
        details={
            "report": {
                "found": COUNT + 2,
                "kept": COUNT,
                "counts": {"truncated": 2},
                "sentences": ["Found 122 images and kept 120.", "Left out: 2 files are cut short."],
                "omissions": [{"id": "x", "reason": "truncated", "detail": "ends early"}] * 2,
            },
            "leakage": LeakageComparison(actual=calm, random=calm).to_json(),
        },
    )


@dataclass
class Stand:
    """The page, with preparations that a test decides about."""

    folder: Path
    asked: list[Any]

    def open(self, **query: str) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        for key, value in query.items():
            app.query_params[key] = value
        app.switch_page("../pages/dataset.py")
        return settle(app.run())


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    for info in DATASETS.values():
        if info.folder_variable:
            monkeypatch.delenv(info.folder_variable, raising=False)
    monkeypatch.setattr(registry, "downloads_root", lambda: tmp_path / "downloads")
    asked: list[Any] = []
    prepared = synthetic_set(tmp_path / "set")

    def work(request: Any, progress: Callable[[str, float], None]) -> PreparedSet:
        asked.append(request)
        return prepared if request.dataset == "synthetic" else make(request, progress)

    preparations = Preparations(work)
    fetches = Fetches(lambda name, progress: acquire(name, progress=progress))
    monkeypatch.setattr(cache, "preparations", lambda: preparations)
    monkeypatch.setattr(cache, "fetches", lambda: fetches)
    return Stand(tmp_path, asked)


def settle(app: AppTest) -> AppTest:
    """Run until nothing is being prepared or downloaded."""
    for _ in range(200):
        if not app.get("progress") and not waiting(app):
            break
        time.sleep(0.05)
        app.run()
    assert not app.exception, app.exception
    return app


def words(app: AppTest) -> str:
    kinds = [*app.markdown, *app.caption, *app.info, *app.warning]
    pages = [element.proto.body for element in app.get("html")]
    beside = [header["balance"] for header in headers(app) if "balance" in header]
    text = " ".join([*(element.value for element in kinds), *pages, *beside])
    return html.unescape(text).replace("\N{NO-BREAK SPACE}", " ")


def headers(app: AppTest) -> list[dict[str, Any]]:
    """Of what each component was sent."""
    raws = [element.proto.bytes for element in app.get("bidi_component")]
    return [json.loads(raw[4 : 4 + struct.unpack("<I", raw[:4])[0]]) for raw in raws]


def waiting(app: AppTest) -> list[dict[str, Any]]:
    """What the stage is told while a set is being prepared."""
    return [header for header in headers(app) if "phase" in header]


def sheet(app: AppTest) -> dict[str, Any]:
    """What the wall was sent."""
    (found,) = [header for header in headers(app) if "balance" in header]
    return found


def samples(app: AppTest) -> Any:
    """The component whose sliders draw limbs."""
    (found,) = [
        element
        for element in app.get("bidi_component")
        if json.loads(element.proto.bytes[4 : 4 + struct.unpack("<I", element.proto.bytes[:4])[0]])
        .get("sliders")
    ]  # fmt: skip
    return found


def charts(app: AppTest) -> list[dict[str, Any]]:
    return [json.loads(chart.proto.spec) for chart in app.get("plotly_chart")]


def view(app: AppTest, name: str) -> AppTest:
    app.segmented_control(key="dataset_view").set_value(name)
    return settle(app.run())


def test_the_wall_shows_the_first_48_of_all_with_the_balance_above(stand: Stand) -> None:
    app = stand.open()
    shown = sheet(app)
    assert (len(shown["tiles"]), shown["total"], shown["pages"]) == (48, COUNT, 3)
    assert shown["arrays"][0]["shape"] == [48, 64, 64]
    assert '120 images: 80 normal (66.7 %) and 40 fracture (33.3 %), so always answering "normal"' \
        in words(app)  # fmt: skip


def test_turning_the_page_shows_other_images(stand: Stand) -> None:
    app = stand.open()
    first = {tile["id"] for tile in sheet(app)["tiles"]}
    last = {tile["id"] for tile in sheet(stand.open(set="page_2"))["tiles"]}
    assert len(last) == COUNT - 2 * 48
    assert not first & last


def test_filters_narrow_the_wall(stand: Stand) -> None:
    app = stand.open()
    app.selectbox(key="dataset_filter_label").set_value("fracture")
    app.selectbox(key="dataset_filter_region").set_value("hand")
    shown = sheet(settle(app.run()))
    assert shown["total"] == 20
    assert {tile["label"] for tile in shown["tiles"]} == {"fracture"}
    assert all(tile["words"].startswith("hand") for tile in shown["tiles"])


def test_another_filter_begins_at_its_first_page(stand: Stand) -> None:
    app = stand.open(set="page_1")
    assert sheet(app)["page"] == 1
    app.selectbox(key="dataset_filter_part").set_value("train")
    shown = sheet(settle(app.run()))
    assert (shown["page"], shown["pages"]) == (0, 2)
    # Whatever draws the page next, before the stage has told anything.
    assert sheet(settle(app.run()))["page"] == 0


def test_filters_that_leave_nothing_say_so(stand: Stand) -> None:
    app = stand.open()
    app.selectbox(key="dataset_filter_label").set_value("normal")
    app.selectbox(key="dataset_filter_box").set_value("with")
    settle(app.run())
    assert not any("balance" in header for header in headers(app))
    assert "No image passes these filters" in words(app)


def test_an_opened_image_tells_its_record_once(stand: Stand) -> None:
    app = stand.open()
    app.session_state["dataset_opened"] = "image-003"
    settle(app.run())
    said = words(app)
    assert "image-003" in said
    for part in ("<dd>fracture</dd>", "<dd>train</dd>", "group-3 (1 image)", "<dd>hand</dd>"):
        assert part in said
    assert any(
        image.proto.imgs[0].alt.startswith("image-003, labeled fracture")
        for image in app.get("image")
    )
    settle(app.run())
    assert "group-3 (1 image)" not in words(app)


def test_testing_an_image_hands_it_over(stand: Stand) -> None:
    app = stand.open()
    app.session_state["dataset_opened"] = "image-003"
    settle(app.run())
    button = next(button for button in app.button if button.label == "Test this X-ray")
    app.session_state["dataset_opened"] = "image-003"
    button.click().run()
    assert app.session_state["opened"].picture == "set.set.image-003"


def test_a_dataset_that_no_registry_knows_is_named(stand: Stand) -> None:
    app = stand.open(dataset="radiopaedia")
    assert "There is no dataset 'radiopaedia' here." in words(app).replace("\\", "")
    assert stand.asked == []  # no other set in its place
    next(b for b in app.button if b.key == "dataset_open_default_dataset").click().run()
    settle(app)
    assert app.session_state["opened"].dataset == ""
    assert stand.asked


def test_counts_are_charted_with_their_numbers(stand: Stand) -> None:
    app = stand.open()
    (chart,) = charts(app)
    first = [bar["x"] for bar in chart["data"]]
    assert [row[0] for row in first] == [80, 40]
    assert [sum(column) for column in zip(*[row[1:4] for row in first], strict=True)] == [
        84,
        18,
        18,
    ]
    assert "all images: 80 normal, 40 fracture" in app.get("plotly_chart")[0].proto.alt


def test_mean_images_have_symmetric_printed_limits(stand: Stand) -> None:
    (chart,) = charts(view(stand.open(), "mean"))
    difference = chart["data"][2]
    assert difference["zmin"] == -difference["zmax"]
    assert difference["colorbar"]["ticktext"][1] == "0"


def test_the_report_says_what_was_left_out_and_what_leaks(stand: Stand) -> None:
    app = view(stand.open(), "report")
    said = words(app)
    assert "Left out: 2 files are cut short." in said
    assert "Of 36 images held out" in said
    assert len(charts(app)) == 1


def test_difficulty_sliders_redraw_and_are_taken_over(stand: Stand) -> None:
    app = view(stand.open(), "draw")
    (before,) = [header for header in headers(app) if header.get("sliders")]
    assert [slider["name"] for slider in before["sliders"]] == [
        "contrast", "displacement", "noise", "blur", "clutter",
    ]  # fmt: skip
    assert app.button(key="dataset_use").disabled
    pixels = samples(app).proto.bytes
    values = {slider["name"]: slider["value"] for slider in before["sliders"]} | {"noise": 1.0}
    app.session_state["dataset_difficulty"] = {"values": values}
    settle(app.run())
    assert samples(app).proto.bytes != pixels
    app.session_state["dataset_difficulty"] = {"values": values}
    app.button(key="dataset_use").click()
    settle(app.run())
    assert app.session_state["dataset_difficulty_used"] == Difficulty(noise=1.0)
    assert stand.asked[-1].difficulty == Difficulty(noise=1.0)


@pytest.mark.parametrize("size", [64, 96, 128])
def test_the_size_is_what_is_prepared(stand: Stand, size: int) -> None:
    app = stand.open()
    app.segmented_control(key="dataset_size").set_value(size)
    settle(app.run())
    assert stand.asked[-1].size == size


def test_a_set_that_cannot_be_fetched_says_how_to_get_it(stand: Stand) -> None:
    app = stand.open(dataset="mura")
    said = words(app)
    assert "MURA v1.1 is not here" in said
    assert "sign up at its page" in said
    assert "abnormal" in said  # what its labels mean is told before
    assert not stand.asked


def test_a_fetch_needs_consent_and_names_size_license_and_citation(stand: Stand) -> None:
    app = stand.open(dataset="fracatlas")
    said = words(app)
    for part in ("338 MB", "CC BY 4.0", "Abedeen"):
        assert part in said
    assert app.button(key="dataset_download").disabled
    app.checkbox(key="dataset_consent").check()
    settle(app.run())
    assert not app.button(key="dataset_download").disabled


def test_a_fetch_arrives_and_becomes_a_set(stand: Stand, monkeypatch: pytest.MonkeyPatch) -> None:
    site = Site(release_zip(stand.folder / "source"), pause_s=0.02, chunk=16384)
    with publisher(site):
        offer(monkeypatch, site, stand.folder / "downloads")
        app = stand.open(dataset="fracatlas")
        app.checkbox(key="dataset_consent").check()
        app.run()
        app.button(key="dataset_download").click().run()
        (bar,) = app.get("progress")
        assert bar.proto.text
        assert app.button(key="dataset_cancel")
        settle(app)
    assert "80 images: 60 normal (75.0 %) and 20 fracture (25.0 %)" in words(app)
    assert sheet(app)["boxed"]


def test_offline_is_one_sentence_and_can_be_resumed(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    site = Site(b"x" * 1000)
    with publisher(site):
        offer(monkeypatch, site, stand.folder / "downloads")
    app = stand.open(dataset="fracatlas")
    app.checkbox(key="dataset_consent").check()
    app.run()
    app.button(key="dataset_download").click()
    settle(app.run())
    (advice,) = app.warning
    assert advice.value.count("\n") == 1
    assert app.button(key="dataset_download").label == "Resume the download"


def test_own_images_come_as_a_zip(stand: Stand) -> None:
    app = stand.open(dataset="folder")
    assert "No images chosen yet" in words(app)
    raw = class_zip({"intact": 14, "cracked": 7})
    app.file_uploader(key="dataset_zip").upload("set.zip", raw, "application/zip")
    settle(app.run())
    assert "21 images" in words(app)
    assert {tile["label"] for tile in sheet(app)["tiles"]} == {"intact", "cracked"}


def split_zip() -> bytes:
    """Two classes whose names say nothing, in ready-made parts of 12, 6 and 6 images."""
    packed = io.BytesIO()
    rng = np.random.default_rng(4)
    with zipfile.ZipFile(packed, "w") as archive:
        for part, count in (("train", 12), ("val", 6), ("test", 6)):
            for number in range(count):
                picture = io.BytesIO()
                pixels = rng.integers(0, 256, (48, 40), dtype=np.uint8)
                Image.fromarray(pixels).save(picture, format="PNG")
                name = f"{part}/{('amber', 'blue')[number % 2]}/{part}-{number:02d}.png"
                archive.writestr(name, picture.getvalue())
    return packed.getvalue()


def test_the_finding_and_the_parts_of_own_images_are_chosen_by_hand(stand: Stand) -> None:
    app = stand.open(dataset="folder")
    app.file_uploader(key="dataset_zip").upload("set.zip", split_zip(), "application/zip")
    settle(app.run())
    request = stand.asked[-1]
    assert (request.positive, request.split) == (None, "grouped")
    (finding,) = [one for one in app.segmented_control if one.key.startswith("dataset_finding")]
    (parts,) = [one for one in app.segmented_control if one.key.startswith("dataset_parts")]
    assert (finding.value, parts.value) == ("blue", "grouped")
    finding.set_value("amber")
    settle(app.run())
    (parts,) = [one for one in app.segmented_control if one.key.startswith("dataset_parts")]
    parts.set_value("given")
    settle(app.run())
    request = stand.asked[-1]
    assert (request.positive, request.split) == ("amber", "given")
    tiles = {tile["id"]: tile for tile in sheet(app)["tiles"]}
    assert len(tiles) == 24
    view_of = app.session_state["dataset_prepared"]
    kept = open_prepared(Path(view_of))
    assert kept.classes == ("blue", "amber")
    assert np.bincount(kept.split).tolist() == [12, 6, 6]
    # Other images are judged by their own names again.
    app.file_uploader(key="dataset_zip").upload(
        "other.zip", class_zip({"intact": 14, "cracked": 7}), "application/zip"
    )
    settle(app.run())
    request = stand.asked[-1]
    assert (request.positive, request.split) == (None, "grouped")


def test_own_images_come_as_a_folder_and_a_wrong_one_is_advice(stand: Stand) -> None:
    app = stand.open(dataset="folder")
    app.segmented_control(key="dataset_way").set_value("folder")
    app.run()
    app.text_input(key="dataset_path").set_value(str(stand.folder / "nowhere"))
    settle(app.run())
    (advice,) = app.warning
    assert "nowhere" in advice.value


def test_a_long_preparation_shows_its_progress_and_blocks_nothing(
    stand: Stand, monkeypatch: pytest.MonkeyPatch
) -> None:
    go_on = threading.Event()

    def slow(_: Any, progress: Callable[[str, float], None]) -> PreparedSet:
        progress("Drawing radiographs", 0.42)
        go_on.wait(patience.SECONDS)
        return synthetic_set(stand.folder / "late")

    preparations = Preparations(slow)
    monkeypatch.setattr(cache, "preparations", lambda: preparations)
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/dataset.py")
    started = time.monotonic()
    app.run()
    assert time.monotonic() - started < patience.stretched(5)
    (told,) = waiting(app)
    assert told["share"] == pytest.approx(0.42)
    assert told["phase"] == "Drawing radiographs, 42 %"
    assert told["slug"] == "dataset"  # in the stage's own frame, with what the address sets kept
    assert told["schema"]
    go_on.set()
    assert "120 images" in words(settle(app))


def test_the_question_is_what_answering_blindly_reaches(stand: Stand) -> None:
    (line,) = [header for header in headers(stand.open()) if "question" in header]
    question = line["question"]
    assert question["text"] == "Always answering “normal”: how accurate is that here?"
    assert question["options"] == ["33 %", "50 %", "67 %"]
    assert question["options"][question["truth"]] == "67 %"  # 80 of 120
    assert "80 of 120" in question["because"]
    assert line["check"]["answer"] == "97.3 %"  # 1 - 0.3³
