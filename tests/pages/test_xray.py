"""Test an X-ray through the app, with a network whose answers the tests decide."""

from __future__ import annotations

import dataclasses
import io
import json
import re
import struct
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.evaluation.calibration import at_base_rate, gap, gap_by_chance
from core.evaluation.report import EvaluationReport
from core.explain.result import ClassMap, enlarge, probabilities
from core.jobs.folder import RunFolder
from core.jobs.remote import Request
from core.marks import Box, Marks
from core.prepared import PreparedSet, write_prepared
from core.reference.description import FAMILIAR
from core.training.events import Finished
from dashboard import cache
from dashboard.networks import classifiers
from dashboard.shared.set_image import set_key
from dashboard.workbench.xray import picture_source
from data.models.shipped import eye_path, reference_model
from data.pictures.preprocess import decode_bytes, prepare_image
from data.sets.preparation import prepare
from tests.dashboard.pretend_run import (
    pretend_events,
    pretend_run,
    pretend_spec,
    report,
    small_set,
    write_report,
)
from tests.data import hostile
from tests.data.conftest import FracAtlasTree

ROOT = Path(__file__).resolve().parents[2]
LAYERS = ("convolution_1", "convolution_2", "convolution_3")


@dataclass
class PretendCluster:
    """Answers with a known logit and known cells, and remembers what it was asked."""

    logit: float = 1.0
    cells: Any = field(default_factory=lambda: np.array([[0.5, -0.25], [0.0, 1.5]], np.float32))
    asked: list[dict[str, Any]] = field(default_factory=list)
    error: LessonError | None = None
    strange: float | None = None
    holds: bool = True  # the score falls without the cells above 0, by what they add up to
    wanted: bool = False

    def started(self) -> PretendCluster:
        """Note that somebody wants the workers."""
        self.wanted = True
        return self

    def analyse(self, asked: Request[Any], *, timeout_s: float = 30.0) -> Any:
        task, arguments = asked.task, asked.arguments
        self.asked.append({"task": task, **arguments})
        if self.error is not None:
            raise self.error
        if task == "judge":
            count = len(arguments["images"])
            strange = None if self.strange is None else np.full(count, self.strange)
            return np.full((count, 1), self.logit, np.float32), strange
        side = 2 * arguments["class_index"] - 1
        cells = side * self.cells
        way = side if self.holds else -side
        return ClassMap(
            logits=np.array([self.logit], np.float32),
            probabilities=probabilities(np.array([self.logit])),
            method=arguments["method"],
            map=enlarge(cells, arguments["image"].shape[0]),
            weights=np.ones(3, np.float32),
            without_positive=np.array([self.logit - way * np.maximum(cells, 0).sum()]),
            without_negative=np.array([self.logit - way * np.minimum(cells, 0).sum()]),
            layer=arguments["layer"],
            layers=LAYERS,
            class_index=arguments["class_index"],
            cells=cells,
        )


@dataclass
class Stand:
    """The page on a table."""

    cluster: PretendCluster
    runs: Path
    folder: Path
    asks: bool = False  # whether the page asks its question first

    def make(
        self, *, evaluation: EvaluationReport | None = None, scores: bool = False
    ) -> RunFolder:
        prepared = small_set(self.folder / "set")
        spec = pretend_spec(str(prepared.folder))
        run = pretend_run(self.runs, [*pretend_events(4), Finished(2, 4.0)], spec=spec)
        run.model_path.write_bytes(b"never opened by the server")
        if evaluation is not None:
            write_report(run, evaluation)
        if scores:
            np.savez(
                run.path / "predictions.npz",
                test_scores=np.linspace(0, 1, 200, dtype=np.float32),
                test_labels=(np.arange(200) >= 100).astype(np.int64),
                test_groups=np.arange(200),
            )
        return run

    def open(self) -> AppTest:
        app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
        app.switch_page("../pages/xray.py")
        app.session_state["asks_questions"] = self.asks
        return app.run()

    def show(self, *files: tuple[str, bytes]) -> AppTest:
        app = self.open()
        uploader = app.file_uploader(key="xray_files")
        for name, raw in files:
            uploader.upload(name, raw)
        return app.run()


@pytest.fixture
def stand(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stand:
    runs = tmp_path / "runs"
    monkeypatch.setenv("LIGHTBOX_RUNS", str(runs))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(classifiers, "shipped_models", dict)
    monkeypatch.setattr(classifiers, "reference_model", lambda: None)
    cluster = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: cluster.started())
    cache.opened_set.clear()
    return Stand(cluster, runs, tmp_path)


def xray(**options: int) -> bytes:
    return hostile.encoded(Image.fromarray(hostile.drawn_xray(**options)), "PNG")


def said(app: AppTest) -> str:
    """All that a person can read in the page's body, tags removed."""
    assert [error.message for error in app.exception] == []
    texts = [element.value for element in app.markdown]
    texts += [re.sub(r"<[^>]+>", " ", str(element.proto.body)) for element in app.get("html")]
    texts += [element.value for kind in (app.warning, app.info, app.error) for element in kind]
    header, _ = stage(app)
    if header["empty"]:
        texts += [header["empty"]["title"], *header["empty"]["sentences"]]
    else:
        texts += [re.sub(r"<[^>]+>", " ", header["answer"]), *header["doubts"]]
        texts += [header["summary"], header["trial"], *header["words"].values()]
    text = " ".join(" ".join(texts).split())
    text = text.replace("{size}", "28")  # a moment of the stage fills it in
    assert not re.search(r"\{[a-z_]+\}", text), "a name was not filled in"
    return text


def stage(app: AppTest) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What was sent to the stage: header and arrays, read as the browser reads them."""
    for component in app.get("bidi_component"):
        header, arrays = unpacked(component.proto.bytes)
        if "empty" in header:
            return header, arrays
    raise AssertionError("there is no stage")


def overlay(app: AppTest) -> tuple[dict[str, Any], list[np.ndarray]]:
    """What the stage shows of an answer."""
    header, arrays = stage(app)
    assert header["empty"] is None
    return header, arrays


def line(app: AppTest) -> dict[str, Any]:
    """What the line above the stage was sent."""
    headers = [unpacked(component.proto.bytes)[0] for component in app.get("bidi_component")]
    (found,) = [header for header in headers if "question" in header]
    return found


def unpacked(raw: bytes) -> tuple[dict[str, Any], list[np.ndarray]]:
    (length,) = struct.unpack("<I", raw[:4])
    header = json.loads(raw[4 : 4 + length])
    arrays = []
    for entry in header["arrays"]:
        start = 4 + length + entry["offset"]
        count = int(np.prod(entry["shape"]))
        flat = np.frombuffer(raw, entry["dtype"], count, start)
        arrays.append(flat.reshape(entry["shape"]))
    return header, arrays


def test_without_any_network_it_leads_to_training(stand):
    app = stand.open()
    assert "There is no network to ask yet" in said(app)
    assert app.get("page_link")[0].proto.page == "train"
    assert not app.get("file_uploader")


def test_before_a_picture_it_says_what_to_do_and_where_pictures_stay(stand):
    stand.make(evaluation=report())
    text = said(stand.open())
    assert "Show it an X-ray" in text
    assert "not written to disk" in text
    assert "AUC 0.800 (0.750 to 0.850, n = 100)" in text
    assert stand.cluster.asked == []
    assert stand.cluster.wanted, "the workers begin while a person still chooses"


def test_reads_one_picture_from_file_to_words(stand):
    stand.make(evaluation=report(), scores=True)
    app = stand.show(("wrist.png", xray()))
    text = said(app)
    output = 1 / (1 + np.exp(-1.0))  # 0.731
    assert "The network's output for fracture is 0.73, at or above its threshold 0.40" in text
    assert "it answers “fracture”" in text
    # The 40 test outputs nearest to 0.731 are all above 0.5, and all those are fractures.
    assert "About 100 of 100 such X-rays were fractures" in text
    assert "40 X-rays had the outputs nearest to this one" in text
    assert "of all its test X-rays, 50 of 100" in text
    assert "62.0 % (57.0 to 67.0, n = 100)" in text
    assert not re.search(r"confiden|diagnos(?!is\.)|you have", text.replace("not a medical", ""))
    header, arrays = overlay(app)
    assert header["limit"] == 1.5
    assert "row 2, column 2" in header["summary"]
    np.testing.assert_array_equal(arrays[3], stand.cluster.cells)
    asked = stand.cluster.asked[0]
    assert asked["class_index"] == 1
    assert asked["layer"] == "convolution_3"
    assert float(output) == pytest.approx(0.731, abs=1e-3)


def test_shows_the_network_the_array_that_training_would(stand):
    stand.make()
    raw = xray()
    app = stand.show(("wrist.png", raw))
    asked = stand.cluster.asked[0]["image"]
    np.testing.assert_array_equal(asked, prepare_image(decode_bytes(raw).gray, 28))
    _, arrays = overlay(app)
    np.testing.assert_array_equal(arrays[1], asked)


def test_evidence_for_the_other_class_and_another_layer(stand):
    stand.make(evaluation=report())
    app = stand.show(("wrist.png", xray()))
    app.button_group(key="xray_target_normal_fracture").set_value("normal").run()
    app.selectbox(key="xray_layer_3").set_value("convolution_1").run()
    asked = stand.cluster.asked[-1]
    assert (asked["class_index"], asked["layer"]) == (0, "convolution_1")
    header, arrays = overlay(app)
    np.testing.assert_array_equal(arrays[3], -stand.cluster.cells)
    assert "for normal" in header["summary"]
    # The number stays the output for fracture: that is what the threshold speaks of.
    assert "output for fracture is 0.73" in said(app)


@pytest.mark.parametrize(
    ("method", "claim", "taken"),
    [
        ("gradcampp", "claim no more than Grad-CAM", "Without the activations at the orange"),
        ("integrated", "add up to what this picture scores", "With the orange places made black"),
        ("occlusion", "no single cover shows", "With all orange places covered in gray"),
    ],
)
def test_each_map_says_what_it_claims_and_what_was_tried(stand, method, claim, taken):
    make_with_set(stand, same=True)
    app = stand.open()
    app.button_group(key="xray_source").set_value("set").run()
    layers = len(app.selectbox)
    app.button_group(key="xray_map").set_value(method).run()
    asked = stand.cluster.asked[-1]
    assert asked["method"] == method
    assert claim in said(app)
    assert taken in said(app)
    # A map of pixels has no layer: none is asked for, and none can be chosen.
    pixels = method in {"integrated", "occlusion"}
    assert (asked["layer"] is None) == pixels
    assert len(app.selectbox) == layers - pixels


def test_hirescam_is_shown_and_grad_cam_comes_with_its_limit(stand):
    make_with_set(stand, same=True)
    app = stand.open()
    app.button_group(key="xray_source").set_value("set").run()
    assert stand.cluster.asked[-1]["method"] == "hirescam"
    text = said(app)
    assert "Orange places pushed the output toward fracture" in text
    assert "the score for fracture (the logit) falls from 1 to" in text
    assert "% of the evidence for fracture lies in the marked places" in text
    assert "averages over all places" not in text
    # The other map, and a picture for which its signs are wrong: nothing is claimed of them.
    stand.cluster.holds = False
    app.button_group(key="xray_map").set_value("gradcam").run()
    assert stand.cluster.asked[-1]["method"] == "gradcam"
    text = said(app)
    assert "averages over all places before it multiplies" in text
    assert "Grad-CAM of convolution 3" in text
    assert "rises from 1 to 3" in text
    assert "% of what is orange lies in the marked places" in text
    assert "pushed the output toward fracture" not in text
    assert "% of the evidence" not in text


def test_a_rerun_asks_the_network_nothing_new(stand):
    stand.make()
    app = stand.show(("wrist.png", xray()))
    app.run()
    app.run()
    assert len(stand.cluster.asked) == 1


@pytest.mark.parametrize(
    ("cells", "words"),
    [
        ([[-1.0, -0.5]], "No place in this picture speaks for fracture"),
        ([[0.0, 0.0]], "The map is the same everywhere"),
    ],
)
def test_an_empty_map_is_an_answer_with_words(stand, cells, words):
    stand.cluster.cells = np.array(cells, np.float32)
    stand.make()
    assert words in said(stand.show(("wrist.png", xray())))


@pytest.mark.parametrize(
    "name",
    [
        name
        for name, (_, expected) in hostile.samples().items()
        if expected.outcome != hostile.OK and expected.outcome != "upload.too-large"
    ],
)
def test_a_bad_file_gets_advice_and_the_page_stays(stand, name):
    stand.make()
    raw, expected = hostile.samples()[name]
    app = stand.show((name, raw))
    text = said(app)
    with pytest.raises(LessonError) as caught:
        decode_bytes(raw, name=name)
    assert caught.value.code == expected.outcome
    assert caught.value.remedy[:30] in text
    assert "Learned from Synthetic radiographs" in text
    assert stand.cluster.asked == []


def test_every_good_kind_of_file_is_answered_and_its_changes_are_said(stand):
    stand.make()
    for name, (raw, expected) in hostile.samples().items():
        if expected.outcome != hostile.OK:
            continue
        app = stand.show((name, raw))
        assert "output for fracture is 0.73" in said(app), name
        if expected.changes:
            assert "Before the network saw it:" in said(app), name


def test_a_photograph_is_answered_and_marked_as_meaningless(stand):
    stand.make(evaluation=report(), scores=True)
    photo = hostile.encoded(Image.fromarray(hostile.colored_photo()), "PNG")
    text = said(stand.show(("holiday.png", photo)))
    assert "This does not look like an X-ray" in text
    assert "meaningless here" in text
    assert "such X-rays were" not in text  # what X-rays did says nothing of a photograph


def test_a_negative_is_not_swapped_by_itself_but_on_request(stand):
    stand.make()
    raw = hostile.encoded(Image.fromarray(255 - hostile.drawn_xray()), "PNG")
    app = stand.show(("negative.png", raw))
    first = stand.cluster.asked[-1]["image"]
    assert "Picture, at the upper right, has the switch for that" in said(app)
    app.toggle(key="xray_invert").set_value(True).run()
    second = stand.cluster.asked[-1]["image"]
    assert first.mean() > second.mean()
    assert "Black and white were swapped, as asked" in said(app)
    app.toggle(key="xray_invert").set_value(False).run()
    assert len(stand.cluster.asked) == 2  # remembered


def test_several_pictures_one_of_them_bad(stand):
    stand.make(evaluation=report())
    files = [("a.png", xray()), ("b.png", xray(width=80)), ("bad.png", b"\x89PNG\r\n\x1a\n" + b"x")]
    app = stand.show(*files)
    table = app.dataframe[-1].value
    assert list(table.columns) == ["path", "score", "label", "problem", "doubt"]
    assert list(table["doubt"]) == ["", "", ""]
    assert list(table["path"]) == ["a.png", "b.png", "bad.png"]
    assert list(table["score"][:2]) == [0.7311, 0.7311]
    assert table["score"].isna()[2]
    assert list(table["label"]) == ["fracture", "fracture", ""]
    assert table["problem"][2]
    app.button_group(key="xray_subject").set_value("bad.png").run()
    assert "This file cannot be shown to the network" in said(app)
    assert len(app.dataframe[-1].value) == 3


def test_the_reference_network_says_what_it_does_not_know(stand, monkeypatch):
    monkeypatch.setattr(classifiers, "reference_model", reference_model)
    stand.cluster.strange = 2.5
    app = stand.show(("slice.png", xray()), ("photograph.png", hostile.encoded(
        Image.fromarray(hostile.colored_photo()), "PNG"
    )))  # fmt: skip
    text = said(app)
    assert "The network learned from no picture like this (2.5 times its limit)" in text
    assert "meaningless here" in text
    assert "Sensitivity" not in text  # what X-rays did says nothing of this picture
    assert "HiResCAM of locator, 2 by 2 cells" in text
    tasks = [asked["task"] for asked in stand.cluster.asked]
    assert sorted(set(tasks)) == ["explain", "judge"]
    assert {
        asked["image"].shape for asked in stand.cluster.asked if asked["task"] == "explain"
    } == {(512, 512)}
    table = app.dataframe[-1].value
    assert all("2.5 times its limit" in doubt for doubt in table["doubt"])
    assert "photograph" in table["doubt"][1]


def test_the_reference_network_answers_where_it_knows(stand, monkeypatch):
    monkeypatch.setattr(classifiers, "reference_model", reference_model)
    stand.cluster.strange = 0.4
    text = said(stand.show(("hand.png", xray())))
    assert "learned from no picture" not in text
    assert "meaningless here" not in text
    assert "Sensitivity" in text
    assert "at 512 by 512 pixels" in text


def test_a_slider_says_what_the_output_means_elsewhere(stand, monkeypatch):
    monkeypatch.setattr(classifiers, "reference_model", reference_model)
    stand.cluster.strange, stand.cluster.logit = 0.4, 0.0  # output 0.5
    app = stand.show(("hand.png", xray()))
    share = classifiers.prevalence_of(classifiers.find_classifier("reference"))
    assert share == pytest.approx(92 / 519)
    slider = app.slider(key="xray_prevalence_reference")
    assert slider.value == pytest.approx(100 * share, abs=0.05)
    odds = (0.02 / 0.98) / (share / (1 - share))
    text = said(slider.set_value(2.0).run())
    assert "Where 2.0 % of X-rays show fracture" in text
    assert f"means {odds / (1 + odds):.2f}" in text


def test_a_trained_network_whose_pictures_were_looked_at_doubts_others(stand):
    run = stand.make(evaluation=report())
    (run.path / FAMILIAR).write_bytes(b"read by a worker only")
    stand.cluster.strange = 3.0
    app = stand.show(("slice.png", xray()), ("other.png", xray(width=70)))
    assert "The network learned from no picture like this (3.0 times its limit)" in said(app)
    assert "meaningless here" in said(app)
    assert all("3.0 times its limit" in doubt for doubt in app.dataframe[-1].value["doubt"])
    eyes = {asked.get("eye") for asked in stand.cluster.asked if asked["task"] == "judge"}
    assert eyes == {str(eye_path())}


def test_it_begins_with_the_reference_network_and_a_link_decides(stand, monkeypatch):
    monkeypatch.setattr(classifiers, "reference_model", reference_model)
    run = stand.make()
    cache.errands().forget(("warm", classifiers.find_classifier("reference").file_stamp()))
    app = stand.open()
    assert app.selectbox(key="xray_network").value == "reference"
    assert "Show it an X-ray" in said(app)

    def asked() -> set[str]:
        return {one["task"] for one in stand.cluster.asked}

    waited = time.monotonic() + 20
    while asked() != {"judge", "explain"} and time.monotonic() < waited:
        time.sleep(0.01)
    assert asked() == {"judge", "explain"}, "a worker loads it before there is a picture"
    assert not any(one.get("image", one.get("images")).any() for one in stand.cluster.asked)
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/xray.py")
    app.query_params["network"] = run.id
    app.run()
    assert app.selectbox(key="xray_network").value == run.id


def test_the_reference_network_knows_its_parts_by_name_at_a_size_that_fits_the_disk(
    tmp_path: Path,
) -> None:
    network = classifiers.find_classifier("reference")
    assert network.set_size == 256 < network.spec.input_size
    tested = [str(name) for name in np.load(network.predictions)["test_ids"]]

    def made(folder: str, names: list[str]) -> PreparedSet:
        count = len(names) + 2
        return write_prepared(
            tmp_path / folder, name="fracatlas", title="FracAtlas", classes=("normal", "fracture"),
            images=np.zeros((count, 8, 8), np.uint8), labels=np.arange(count) % 2,
            split=np.r_[0, 1, np.full(len(names), 2)], groups=np.arange(count),
            metadata=np.zeros((count, 0), np.float32), metadata_names=(),
            records=[{"id": name} for name in ("a", "b", *names)],
        )  # fmt: skip

    same = made("same", tested)
    assert network.knows_parts(same)
    # Its heads were fitted to the validation part too: the page must not call that unseen.
    parts = [picture_source._part_of(same, index, network) for index in range(3)]
    assert parts == ["train", "both", "test"]
    assert "network learned from it too" in cache.page_text("xray")["seen-both"]
    assert not network.knows_parts(made("other", tested[1:]))  # it was trained on one of them
    plain = classifiers.find_classifier("paper-fracatlas")
    assert not plain.knows_parts(made("again", tested))


def write_marked_set(folder: Path) -> np.ndarray:
    """40 fractures, each marked in the lower right quarter; gives their images."""
    images = np.random.default_rng(1).integers(0, 200, (40, 28, 28), dtype=np.uint8)
    marks = Marks(size=(28, 28), boxes=(Box(14, 14, 14, 14),))
    known = {"path": None, "region": None, "view": None, "marks": marks}
    write_prepared(
        folder,
        name="synthetic",
        title="Synthetic radiographs",
        classes=("normal", "fracture"),
        images=images,
        labels=np.ones(40, np.int64),
        split=np.repeat([0, 1, 2], [24, 8, 8]),
        groups=np.arange(40),
        metadata=np.zeros((40, 0), np.float32),
        metadata_names=(),
        records=[{"id": f"s{number}", **known} for number in range(40)],
    )
    return images


def make_with_set(stand: Stand, *, same: bool) -> np.ndarray:
    """A run on that set, whose report names the same content or another."""
    images = write_marked_set(stand.folder / "set")
    prepared = cache.prepared_set(str(stand.folder / "set"))
    spec = pretend_spec(str(prepared.folder))
    run = pretend_run(stand.runs, [*pretend_events(4), Finished(2, 4.0)], spec=spec)
    run.model_path.write_bytes(b"never opened by the server")
    fingerprint = prepared.fingerprint if same else "of another set"
    write_report(run, dataclasses.replace(report(), fingerprint=fingerprint))
    return images


def test_an_image_of_the_set_with_its_marks(stand):
    images = make_with_set(stand, same=True)
    app = stand.open()
    app.button_group(key="xray_source").set_value("set").run()
    text = said(app)
    assert "This image is from the test part: the network never learned from it" in text
    assert "lies in the marked places; they cover 25.0 % of the picture" in text
    assert "The largest value lies inside them" in text
    header, _ = overlay(app)
    assert header["boxes"] == [[14.0, 14.0, 14.0, 14.0]]
    asked = stand.cluster.asked[0]["image"]
    assert any(np.array_equal(asked, image) for image in images[32:])
    app.selectbox(key="xray_part").set_value(("train", "all")).run()
    assert "among those the network learned from" in said(app)


def hand_over(stand: Stand, prepared: PreparedSet, name: str) -> AppTest:
    """Test an X-ray as it opens after "Test this X-ray" was pressed on the Dataset page."""
    app = stand.open()
    app.query_params["picture"] = set_key(prepared.folder, name)
    return app.run()


@pytest.mark.parametrize("size", [16, 28, 56])
@pytest.mark.parametrize("orientation", [1, 6])
def test_a_fracture_chosen_on_the_dataset_page_is_marked_where_it_is(stand, size, orientation):
    """The set has pixels of its own, the network 28: the mark lies on the spot in both.

    112 x 84 pixels become 28 x 21, so the spot of 28 x 28 becomes 7 x 7 of 588: 8.3 %.
    """
    stand.make()
    upright = np.full((84, 112), 30, np.uint8)
    upright[28:56, 56:84] = 250
    stored = np.rot90(upright, 1) if orientation == 6 else upright  # EXIF 6 turns it back
    tree = FracAtlasTree(stand.folder / "FracAtlas")
    box = (56.0, 28.0, 28.0, 28.0)
    tree.add(
        0, fractured=True, picture=stored, orientation=orientation,
        boxes=(box,), box_frame=(112, 84),
    )  # fmt: skip
    for number in range(1, 24):
        tree.add(number * 40, fractured=number % 3 == 0)
    prepared = prepare("fracatlas", root=tree.write(), size=size)
    app = hand_over(stand, prepared, "IMG0000000")
    header, (_, network, *_) = overlay(app)
    # 7 rows lie free below and above the picture: 3 before, the spare one after.
    np.testing.assert_allclose(header["boxes"], [[14, 3 + 7, 7, 7]], atol=0.02)
    assert network[10:17, 14:21].min() > 200
    assert np.count_nonzero(network > 128) == 49
    assert "they cover 8.3 % of the picture" in said(app)


def test_a_drawn_fracture_is_marked_where_it_is_for_a_larger_network(stand):
    stand.make()
    prepared = prepare("synthetic", count=20, size=16)
    record = next(record for record in prepared.records() if record["marks"])
    app = hand_over(stand, prepared, record["id"])
    header, _ = overlay(app)
    expected = [[edge * 28 / 16 for edge in box.plain()] for box in record["marks"].boxes]
    np.testing.assert_allclose(header["boxes"], expected)


def test_a_worker_that_does_not_answer_is_advice_not_a_crash(stand):
    stand.make()
    stand.cluster.error = LessonError(
        "analysis.no-worker", problem="No worker is ready.", remedy="Wait a few seconds."
    )
    app = stand.show(("wrist.png", xray()))
    assert "No worker is ready." in said(app)
    stand.cluster.error = None
    assert "output for fracture is 0.73" in said(app.run())


def test_uploads_are_written_nowhere(stand, tmp_path, monkeypatch, caplog):
    stand.make()
    marker = b"a name that only this patient has"
    buffer = io.BytesIO(xray())
    image = Image.open(buffer)
    out = io.BytesIO()
    image.save(out, "JPEG", comment=marker)
    before = {path for path in tmp_path.rglob("*")}
    with caplog.at_level("DEBUG"):
        app = stand.show(("secret-patient.jpg", out.getvalue()))
    assert "output for fracture" in said(app)
    assert {path for path in tmp_path.rglob("*")} == before
    assert "secret-patient" not in caplog.text


def test_says_when_it_is_not_known_whether_the_network_learned_from_an_image(stand):
    make_with_set(stand, same=False)
    app = stand.open()
    app.button_group(key="xray_source").set_value("set").run()
    text = said(app)
    assert "Whether the network learned from this image is not known" in text
    assert "from the test part" not in text


def test_the_question_counts_the_networks_own_test_and_keeps_the_answer_back(stand):
    stand.asks = True
    stand.make(evaluation=report(), scores=True)
    app = stand.show(("wrist.png", xray()))
    question = line(app)["question"]
    # All of the 40 outputs nearest to 0.70 are above 0.5, and all those are fractures.
    assert question["text"] == "Output 0.70: how many of 100 such X-rays are fractures?"
    assert question["options"][question["truth"]] == "about 100"
    assert "about 70" in question["options"]
    assert "such X-rays were fractures" not in said(app)
    stand.asks = False
    assert "About 100 of 100 such X-rays were fractures" in said(stand.show(("wrist.png", xray())))


def test_the_check_takes_the_network_to_another_base_rate(stand):
    stand.make(evaluation=report())
    app = stand.open()
    found, spared = report().sensitivity.value, report().specificity.value
    right, wrong = found * 0.02, (1 - spared) * 0.98
    check = line(app)["check"]
    assert "Where 2" in check["text"]
    assert check["answer"].startswith(
        f"{100 * right / (right + wrong):.1f}".rstrip("0").rstrip(".")
    )
    assert f"{100 * right:.1f} answers" in check["because"]


def test_calibration_is_measured_in_the_networks_own_test(stand):
    stand.make(evaluation=report(), scores=True)
    told = said(stand.show(("wrist.png", xray())))
    # Outputs run evenly from 0 to 1, labels jump at a half: their tenths lie 0.25 apart.
    assert "A network is **calibrated** if" in told
    assert "the mean output and the share of fracture lie 0.25 apart" in told
    outputs, labels = np.linspace(0, 1, 200), (np.arange(200) >= 100).astype(int)
    undone = at_base_rate(outputs, report().class_weights)
    assert f"divided out it is {gap(undone, labels):.2f}" in told
    assert f"about {gap_by_chance(undone):.2f} by chance" in told


def test_class_weights_are_most_of_what_the_shipped_network_is_off_by():
    found = classifiers.calibration_of(classifiers.find_classifier("paper-fracatlas"))
    assert found is not None
    assert found.undone is not None
    assert found.chance < found.undone < found.gap / 3
    drawn = classifiers.calibration_of(
        classifiers.find_classifier("paper-synthetic")
    )  # its classes are of one size
    assert drawn is not None
    assert drawn.undone is None


def test_figures_that_no_test_gave_are_not_called_a_tests(stand):
    stand.make()
    told = said(stand.open())
    assert "In its test this network" not in told
    assert "No figures of this network are known. Take one that finds 90" in told


def test_figures_of_validation_are_called_flattering(stand):
    stand.make(evaluation=dataclasses.replace(report(), part="validation"))
    told = said(stand.open())
    assert "In its test this network" not in told
    assert "On its validation X-rays, on which its threshold was chosen" in told


def test_without_a_test_the_question_is_about_the_threshold(stand):
    stand.make()
    question = line(stand.open())["question"]
    assert question["options"][question["truth"]] == "lower"
    assert "sensitivity" in question["text"]


def test_the_empty_stage_offers_an_x_ray_of_the_set(stand):
    stand.make()
    header, arrays = stage(stand.open())
    assert header["empty"]["offer"] == "Take an X-ray of the set"
    assert arrays == []
