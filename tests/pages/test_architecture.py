"""The lesson on architectures through the app: start, link, files, forecast, training."""

from __future__ import annotations

import json
import struct
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.export.link import from_link, to_link
from core.export.notation import from_notation, to_notation
from core.jobs.cluster import ClusterState
from core.jobs.folder import list_runs
from core.models.cost import total_parameters
from core.models.spec import Convolution, Flatten, GlobalPooling, ModelSpec, Residual
from core.models.zoo.entries import MODELS, paper_network
from core.npz import read_npz
from dashboard import cache
from dashboard.background.prepared_sets import Preparations
from dashboard.lessons.architecture.stage import SCHEMA
from dashboard.shared.schema import decode, encode
from data.models.shipped import FOLDER
from tests.dashboard.pretend_run import small_set

ROOT = Path(__file__).resolve().parents[2]
BINARY = ("normal", "fracture")
OWN = ModelSpec(
    "own", 28, BINARY, (Convolution(4, 5, 2), Residual((Convolution(4),)), GlobalPooling())
)
DENSE = {"layer": "dense", "units": 4, "activation": "relu"}


@pytest.fixture(autouse=True)
def runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    return tmp_path / "runs"


def open_page(page: str = "architecture", **parameters: str) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=30)
    for name, value in parameters.items():
        app.query_params[name] = value
    app.switch_page(f"../pages/{page}.py")
    return app.run()


def said(app: AppTest) -> str:
    assert [error.message for error in app.exception] == []
    kinds = (app.markdown, app.success, app.info, app.warning, app.caption, app.latex)
    return " ".join(element.value for kind in kinds for element in kind)


def headers(app: AppTest) -> list[dict[str, Any]]:
    raws = [component.proto.bytes for component in app.get("bidi_component")]
    lengths = [struct.unpack("<I", raw[:4])[0] for raw in raws]
    return [json.loads(raw[4 : 4 + n]) for raw, n in zip(raws, lengths, strict=True)]


def header(app: AppTest) -> dict[str, Any]:
    """What the stage was told, with its network described."""
    (sent,) = (one for one in headers(app) if "grammar" in one)
    return {**sent, "design": from_notation(sent["net"])}


def line(app: AppTest) -> dict[str, Any]:
    (sent,) = (one for one in headers(app) if "asks" in one)
    return sent


def held(app: AppTest) -> dict[str, Any]:
    return from_notation(decode(SCHEMA, app.session_state["architecture_kept_setting"])["net"])


def linked(spec_or_data: ModelSpec | dict[str, Any]) -> str:
    """What stands in the address of the page where that network was built."""
    data = spec_or_data.to_json() if isinstance(spec_or_data, ModelSpec) else spec_or_data
    return encode(SCHEMA, {"net": to_notation(data)})


def test_parameters_stay_hidden_until_the_prediction_is_made() -> None:
    app = open_page()
    assert header(app)["locked"]
    assert "1,048,704" not in said(app)
    assert "048" not in said(app)
    asked = line(app)["question"]
    assert asked["options"][asked["truth"]] == "the dense layer"
    assert "8192x128 + 128 = 1,048,704" in asked["because"]
    app = open_page(answer="2")
    assert not header(app)["locked"]
    assert r"8192 \cdot 128 + 128 = 1{,}048{,}704" in said(app)
    assert r"1 + 2 \cdot 1 + 1 \cdot 1 + 2 \cdot 2 + 1 \cdot 2 + 2 \cdot 4" in said(app)


def test_a_link_from_the_zoo_begins_with_its_network_once() -> None:
    app = open_page(start="zoo:resnet")
    expected = json.loads(json.dumps(MODELS["resnet"].build(64, BINARY).to_json()))
    assert header(app)["design"] == expected
    app.selectbox(key="architecture_start").set_value("zoo:vgg").run()
    assert header(app)["design"]["name"] == "vgg"  # the link has done its part
    assert header(open_page(start="zoo:unicorn"))["design"]["name"] == "paper"


@pytest.mark.parametrize("name", list(MODELS))
def test_every_network_of_the_zoo_can_be_started_from(name: str) -> None:
    app = open_page(answer="0")
    app.selectbox(key="architecture_start").set_value(f"zoo:{name}").run()
    assert "Why" in said(app)
    sent = header(app)
    assert sent["token"] == "1"
    assert sent["design"] == json.loads(json.dumps(MODELS[name].build(64, BINARY).to_json()))


def test_empty_is_a_start_too() -> None:
    app = open_page()
    app.selectbox(key="architecture_start").set_value("empty").run()
    assert [layer["layer"] for layer in held(app)["layers"]] == ["flatten"]
    said(app)


def test_a_link_opens_its_network_and_a_damaged_one_is_advice() -> None:
    app = open_page(set=linked(OWN))
    assert header(app)["design"] == json.loads(json.dumps(OWN.to_json()))
    app = open_page(set="net_not.a.network")
    assert "cannot be read" in said(app)
    assert line(app)["check"]["text"].count("pooling_3") == 1  # of the paper's network


def test_a_link_of_the_first_version_still_opens_its_network() -> None:
    app = open_page(architecture_net=to_link(OWN.to_json()))
    assert header(app)["design"] == json.loads(json.dumps(OWN.to_json()))
    assert header(app)["token"]  # the browser takes it, and writes it into its address
    assert "architecture_net" not in app.query_params
    app = open_page(architecture_net="not-a-network")
    assert "cannot be read" in said(app)
    assert header(app)["design"]["name"] == "paper"


def test_the_check_asks_for_one_more_convolution_of_the_built_network() -> None:
    app = open_page(set=linked(OWN))
    assert "behind residual_1_relu" in said(app)
    # 5 wide with a jump of 2; the block's 3x3 adds 2 * 2; one more 3x3 again: 13.
    app.number_input[-1].set_value(13).run()
    assert "is right" in said(app)


def test_an_impossible_network_keeps_the_page_alive() -> None:
    data = {**OWN.to_json(), "layers": [DENSE, *OWN.to_json()["layers"]]}
    app = open_page(set=linked(data))
    assert "Mend the network first" in said(app)
    assert app.button(key="architecture_train").disabled
    assert len(header(app)["design"]["layers"]) == 4


def test_an_uploaded_network_is_taken_and_bad_json_is_advice() -> None:
    app = open_page()
    box = app.file_uploader(key="architecture_upload")
    box.upload("own.json", json.dumps(OWN.to_json()).encode(), "application/json").run()
    assert held(app)["layers"] == json.loads(json.dumps(OWN.to_json()["layers"]))
    box = app.file_uploader(key="architecture_upload")
    box.upload("bad.json", b'{"layers": [', "application/json").run()
    assert "not a network in JSON" in said(app)
    assert held(app)["layers"] == json.loads(json.dumps(OWN.to_json()["layers"]))


def test_the_forecast_says_whether_it_was_measured(monkeypatch: pytest.MonkeyPatch) -> None:
    app = open_page()
    assert "Not measured on this machine yet" in said(app)
    monkeypatch.setattr(cache, "machine_speed", lambda runs: 0.01)
    measured = said(open_page())
    assert "from the speed of earlier trainings" in measured
    app.number_input(key="architecture_epochs").set_value(100).run()
    assert "epochs: 100" in said(app)


class PretendCluster:
    """Takes runs and never trains them."""

    def submit_training(self, run: Any, *, resume: bool = False) -> None:
        run.enqueue()

    def queue_position(self, run_id: str) -> int | None:
        return None

    def state(self) -> ClusterState:
        return ClusterState(True, 1, 1, "Ready.")


def test_exactly_this_network_is_trained(
    tmp_path: Path, runs: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    prepared, asked = small_set(tmp_path / "set"), []
    monkeypatch.setattr(cache, "cluster", PretendCluster)

    def prepare(request: Any, progress: Any) -> Any:
        asked.append(request.size)
        return prepared

    shared = Preparations(prepare)
    monkeypatch.setattr(cache, "preparations", lambda: shared)
    three = {**OWN.to_json(), "classes": ["none", "simple", "complex"]}  # the images' own count
    app = open_page("train", train_design=to_link(three))
    assert app.selectbox(key="train_model").value == "own"
    app.run()
    app.button(key="train_start").click().run()
    (summary,) = list_runs(runs)
    spec = summary.run.spec().model
    assert spec.layers == OWN.layers
    assert (spec.input_size, spec.classes) == (28, prepared.classes)
    assert asked == [28]
    assert "cannot be read" in said(open_page("train", train_design="%%%"))


def test_the_button_leads_to_the_train_page(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "cluster", PretendCluster)
    app = open_page(set=linked(OWN))
    app.button(key="architecture_train").click().run()
    assert from_link(app.session_state["train_design"])["layers"] == json.loads(
        json.dumps(OWN.to_json()["layers"])
    )
    assert app.session_state["train_model"] == "own"


def test_the_papers_network_needs_no_address() -> None:
    assert linked(paper_network(64, BINARY)) == ""
    assert header(open_page())["design"] == json.loads(
        json.dumps(paper_network(64, BINARY).to_json())
    )
    assert linked(ModelSpec("own", 64, BINARY, (Flatten(),))) == "net_I64.f"


def test_the_reference_networks_backbone_is_a_start_with_the_numbers_that_are_stored() -> None:
    app = open_page(start="reference")
    found = header(app)
    assert found["design"]["input_size"] == 256
    spec = ModelSpec.from_json(found["design"])
    stored = read_npz(FOLDER / "reference" / "backbone.npz")
    held = sum(array.size for array in stored.values())
    assert total_parameters(spec) == held + 1281
    assert f"{held:,} numbers" in said(app)
    assert "1,281 numbers more" in said(app)
    # Another network says nothing of it.
    assert "backbone" not in said(open_page())
