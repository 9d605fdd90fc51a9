"""Feature maps through the app: ask, choose, look, check; bad input gets advice."""

from __future__ import annotations

import json
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.arrays import UInt8Array
from core.errors import LessonError
from core.inspect.forward import forward
from core.inspect.receptive_field import receptive_fields
from core.jobs import tasks, walked
from core.jobs.cluster import ClusterState
from core.jobs.remote import Request, invoke
from core.reference.backbone_spec import backbone_spec, read_backbone
from dashboard import cache
from dashboard.lessons.features import lesson
from dashboard.lessons.features.stage import SCHEMA
from dashboard.networks.open_network import read_network
from dashboard.networks.responses import respond, silence
from dashboard.shared import network_choice
from dashboard.shared.number import count
from dashboard.shared.schema import encode
from data.samples.pictures import samples

ROOT = Path(__file__).resolve().parents[2]
SMALL = "zoo:lenet"


@dataclass
class PretendCluster:
    """Answers as the worker would, in this process."""

    error: LessonError | None = None
    asked: list[str] = field(default_factory=list)

    def state(self) -> ClusterState:
        return ClusterState(True, 1, 1, "")

    def analyse(self, asked: Request[Any], *, timeout_s: float) -> Any:
        self.asked.append(asked.task)
        if self.error is not None:
            raise self.error
        return getattr(tasks, asked.task)(**asked.arguments)


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> PretendCluster:
    pretend = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: pretend)
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    cache.searches.clear()
    return pretend


def open_page(network: str = SMALL, **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/features.py")
    app.query_params["network"] = network
    for name, value in parameters.items():
        app.query_params[name] = value
    return app.run()


def said(app: AppTest) -> str:
    assert [error.message for error in app.exception] == []
    kinds = (app.markdown, app.success, app.info, app.warning, app.get("html"))
    return " ".join(
        str(getattr(element, "value", "") or element.proto.body)
        for kind in kinds
        for element in kind
    )


def messages(app: AppTest) -> list[dict[str, Any]]:
    """The headers of all that is sent to components."""
    found = []
    for element in app.get("bidi_component"):
        raw = element.proto.bytes
        if len(raw) > 4:
            (length,) = struct.unpack("<I", raw[:4])
            found.append(json.loads(raw[4 : 4 + length]))
    return found


def header(app: AppTest) -> dict[str, Any]:
    (found,) = [one for one in messages(app) if "nodes" in one]
    return found


def asked(app: AppTest) -> dict[str, Any] | None:
    (line,) = [one for one in messages(app) if "question" in one]
    return line["question"]


def kept(app: AppTest) -> dict[str, dict[str, Any]]:
    """What is sent beside the stage's message, by group."""
    return {one["group"]: one for one in messages(app) if "group" in one}


def test_nothing_is_sent_before_an_answer_and_the_truth_is_computed(
    cluster: PretendCluster,
) -> None:
    app = open_page("paper-fracatlas")
    assert header(app)["locked"] is True
    assert all(one["stats"] is None and one["data"] is None for one in header(app)["nodes"])
    assert kept(app) == {}  # no weights either
    assert "Why" not in said(app)
    network = read_network("paper-fracatlas")
    found = respond(network, samples()[0].make(network.spec.input_size))
    zeros, total = silence(network, found)
    question = asked(app)
    assert question is not None
    assert question["truth"] == sum(zeros / total >= border for border in lesson.SHARES)
    assert count(zeros) in question["because"]
    app.query_params["answer"] = "shown"
    app.run()
    assert header(app)["locked"] is False
    assert [group.split(":")[0] for group in kept(app)] == ["weights"]
    assert "Why" in said(app)


def test_the_formula_adds_up_and_the_check_silences_a_map(
    cluster: PretendCluster,
) -> None:
    app = open_page()
    (formula,) = app.latex
    network = read_network(SMALL)
    found = respond(network, samples()[0].make(network.spec.input_size))
    largest = float(found.activations["convolution_1"].max())
    assert f"= {largest:.3f}" in formula.value
    unit = int(found.activations["convolution_1"].max(axis=(0, 1)).argmax())
    before = float(np.arctanh(largest))  # LeNet bends by tanh: its largest sum, not its answer
    weights = dict(network.weights)
    above = []
    for fall in (0.99 * before, 1.01 * before):
        weights["convolution_1/bias"] = network.weights["convolution_1/bias"] - fall
        again = forward(network.spec, weights, samples()[0].make(network.spec.input_size)[None])
        above.append((again["convolution_1"][..., unit] > 0).any())
    assert above == [True, False]
    assert f"the bias of map {unit + 1} of convolution 1" in said(app)
    app.number_input[-1].set_value(largest).run()
    assert "too small" in said(app)
    app.number_input[-1].set_value(round(before, 3)).run()
    assert "is right" in said(app)


def answered(app: AppTest, kind: str) -> dict[str, Any]:
    """What the stage was told of what takes a while to find, once it is found."""
    for _ in range(200):
        for group, one in kept(app).items():
            if group.startswith(f"{kind}:"):
                return one
        time.sleep(0.1)
        app.run()
    raise AssertionError("the search did not end")


IMAGES = "view_images*layer_convolution-5F2*unit_5"


def test_an_opened_unit_shows_what_excites_it(cluster: PretendCluster) -> None:
    found = answered(open_page(set=IMAGES), "images")
    about = found["about"]
    assert cluster.asked == ["exciting_images"]
    assert found["group"].endswith("|convolution_2|4")
    assert "excite map 5 of convolution 2 most" in about["told"]
    assert "drawn X-rays" in about["told"]
    assert len(about["values"]) == len(about["labels"]) == len(about["windows"]) == 9
    assert about["values"] == sorted(about["values"], reverse=True)
    (sent,) = found["arrays"]
    network = read_network(SMALL)
    assert sent["shape"] == [9, network.spec.input_size, network.spec.input_size]
    # The windows are what cells of that layer see of the picture.
    size = receptive_fields(network.spec)["convolution_2"].size
    for top, left, bottom, right in about["windows"]:
        assert 0 < bottom - top <= size
        assert 0 < right - left <= size


def test_nothing_is_searched_before_somebody_asks(cluster: PretendCluster) -> None:
    app = open_page(set="view_layer*layer_convolution-5F2")
    assert not [group for group in kept(app) if group.startswith("images:")]
    assert cluster.asked == []


def test_a_search_that_fails_is_advice(cluster: PretendCluster) -> None:
    cluster.error = LessonError("analysis.slow", problem="Too slow.", remedy="Try again.")
    app = open_page(set=IMAGES)
    found = answered(app, "images")
    assert found["about"]["advice"] == "Too slow. Try again."
    assert "Too slow." in said(app)


def test_the_picture_itself_is_excited_by_nothing(cluster: PretendCluster) -> None:
    found = answered(open_page(set="view_images*layer_image"), "images")
    assert "excited by nothing" in found["about"]["told"]
    assert cluster.asked == []


def test_the_question_is_about_the_network_and_the_picture_on_the_stage(
    cluster: PretendCluster,
) -> None:
    app = open_page("paper-synthetic")
    app.selectbox(key="features_picture_sample").set_value("disk").run()
    network = read_network("paper-synthetic")
    disk = next(sample for sample in samples() if sample.key == "disk")
    zeros, total = silence(network, respond(network, disk.make(network.spec.input_size)))
    question = asked(app)
    assert question is not None
    assert count(total) in question["text"]
    assert question["truth"] == sum(zeros / total >= border for border in lesson.SHARES)
    assert count(zeros) in question["because"]


def test_a_network_without_a_relu_is_not_asked_about(cluster: PretendCluster) -> None:
    app = open_page(SMALL)
    assert asked(app) is None
    assert header(app)["locked"] is False


@pytest.mark.parametrize("code", ["view_none*unit_1e9", "layer_gone*view_cell*row_99999", "%00*_"])
def test_nonsense_in_an_address_opens_the_lesson(cluster: PretendCluster, code: str) -> None:
    app = open_page(set=code)
    assert header(app)["locked"] is False
    assert "Traceback" not in said(app)


def test_a_run_without_snapshots_is_advice(
    cluster: PretendCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(key: str) -> None:
        raise LessonError("model.no-snapshots", problem=f"{key} has none.", remedy="Train it.")

    monkeypatch.setattr(network_choice, "find_network", refuse)
    text = said(open_page("20261122-0650-empty"))
    assert "20261122-0650-empty has none." in text
    assert "Traceback" not in text


def test_a_network_whose_weights_are_damaged_is_advice(
    cluster: PretendCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: Any) -> None:
        raise LessonError("model.damaged", problem="Unreadable.", remedy="Choose another.")

    app = open_page()
    monkeypatch.setattr(cache, "open_network", refuse)
    assert "Unreadable." in said(app.run())


class NumPyWorker(PretendCluster):
    """Sends a picture through the backbone without Keras, which a page's process never loads."""

    def analyse(self, asked: Request[Any], *, timeout_s: float) -> Any:
        self.asked.append(asked.task.rpartition(":")[2])
        fine, answer = invoke(asked)
        assert fine
        return answer


@pytest.fixture
def worker(monkeypatch: pytest.MonkeyPatch, cluster: PretendCluster) -> Iterator[NumPyWorker]:
    pretend = NumPyWorker()
    monkeypatch.setattr(cache, "cluster", lambda: pretend)
    walks: dict[bytes, Any] = {}

    def walk_of(path: Path) -> Any:
        def walk(image: UInt8Array) -> Any:
            key = image.tobytes()
            if key not in walks:
                found = forward(backbone_spec(), read_backbone(path), image[None])
                walks[key] = {name: values[0] for name, values in found.items()}
            return walks[key]

        return walk

    monkeypatch.setattr(walked, "_walk_of", walk_of)
    for kept_function in (cache.backbone_response, cache.backbone_maps):
        kept_function.clear()
    yield pretend
    for kept_function in (cache.backbone_response, cache.backbone_maps):
        kept_function.clear()


def test_the_backbone_of_the_reference_network_is_opened_layer_by_layer(
    worker: NumPyWorker,
) -> None:
    app = open_page("reference", answer="shown")
    assert worker.asked == ["walk"]
    nodes_sent = header(app)["nodes"]
    assert len(nodes_sent) == 81
    assert all(one["stats"] for one in nodes_sent)
    assert not any(one["name"] == "logits" for one in nodes_sent)
    assert "a linear head on both and a locator make its answer" in said(app)
    # Of 19 MB of weights none is sent before a layer is opened.
    assert [one["names"] for one in kept(app).values()] == [[]]
    layer = "residual_1_depthwise_convolution_2"
    setting = encode(SCHEMA, {"view": "cell", "layer": layer})
    app = open_page("reference", answer="shown", set=setting)
    assert worker.asked == ["walk", "maps"]  # the picture is not sent through twice for the whole
    weights, values = (
        next(one for group, one in kept(app).items() if group.startswith(kind))
        for kind in ("weights:", "values:")
    )
    assert weights["names"] == [f"{layer}/bias", f"{layer}/kernel"]
    assert sorted(values["names"]) == ["residual_1_convolution_1", layer]


def test_what_the_backbone_cannot_show_is_said(worker: NumPyWorker) -> None:
    setting = encode(SCHEMA, {"view": "images", "layer": "convolution_2"})
    app = open_page("reference", answer="shown", set=setting)
    (told,) = [one for group, one in kept(app).items() if group.startswith("images:")]
    assert "not searched for in the backbone" in told["about"]["told"]


def test_a_worker_that_cannot_read_the_backbone_is_advice(worker: NumPyWorker) -> None:
    def refuse(*_: Any, **__: Any) -> Any:
        raise LessonError("model.damaged", problem="It is damaged.", remedy="Restore the file.")

    worker.analyse = refuse
    app = open_page("reference", answer="shown")
    assert "It is damaged." in said(app)
