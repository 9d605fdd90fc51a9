"""Can the map be trusted?, through the app, with a network whose answers the tests decide."""

from __future__ import annotations

import base64
import re
import time
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.errors import LessonError
from core.explain.erasure import ErasureCurves, erasure_curves
from core.explain.result import METHODS, ClassMap, enlarge, probabilities
from core.jobs.remote import Request
from dashboard import cache
from dashboard.networks.classifiers import networks
from dashboard.shared.lesson import LONGEST_QUESTION
from dashboard.shared.schema import encode
from dashboard.workbench.trust import cache as kept
from dashboard.workbench.trust import lesson as page
from dashboard.workbench.trust.checks import _verdict_of_shuffling
from dashboard.workbench.trust.stage import BRUSHED, SCHEMA, read_mask
from tests.pages.test_xray import unpacked

ROOT = Path(__file__).resolve().parents[2]
STEPS = (("logits", ("logits",)), ("dense_1", ("dense_1",)), ("convolution_1", ("convolution_1",)))


def bright(image: np.ndarray) -> float:
    """The logit of a picture: how bright its middle is."""
    side = len(image)
    middle = image[side // 3 : 2 * side // 3, side // 3 : 2 * side // 3]
    return float(middle.mean()) / 32 - 2


@dataclass
class PretendCluster:
    """A network that looks at the middle, and whose map is random once it was shuffled."""

    asked: list[str] = field(default_factory=list)
    error: LessonError | None = None

    def analyse(self, asked: Request[Any], *, timeout_s: float = 30.0) -> Any:
        arguments = asked.arguments
        self.asked.append(asked.task)
        if self.error is not None:
            raise self.error
        if asked.task == "cascade":
            return STEPS
        if asked.task == "predict":
            return np.array([[bright(one)] for one in arguments["images"]], np.float32)
        image = arguments["image"]
        if asked.task == "erase":
            return self.erase(image, arguments)
        cells = np.zeros((16, 16), np.float32)
        cells[5:11, 5:11] = 1 + np.arange(36).reshape(6, 6) / 36
        depth = arguments.get("depth", 0)
        if depth and arguments["method"] != "guided":
            cells = np.random.default_rng(depth).normal(size=(16, 16)).astype(np.float32)
        if arguments["method"] == "occlusion":
            cells = -cells
        logits = np.array([bright(image)], np.float32)
        return ClassMap(
            logits=logits, probabilities=probabilities(logits), method=arguments["method"],
            map=enlarge(cells, len(image)), weights=np.ones(3), without_positive=logits - 1,
            without_negative=logits, layer="", layers=(), class_index=1, cells=cells,
        )  # fmt: skip

    @staticmethod
    def erase(image: np.ndarray, arguments: Any) -> ErasureCurves:
        def ask(pictures: np.ndarray) -> np.ndarray:
            return np.array([probabilities(np.array([bright(one)]))[1] for one in pictures])

        return erasure_curves(ask, image, arguments["values"], arguments["picture"])


@pytest.fixture
def cluster(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> PretendCluster:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path / "runs"))
    monkeypatch.setenv("LIGHTBOX_CACHE", str(tmp_path / "cache"))
    monkeypatch.setattr(page, "is_ready", lambda name: False)
    found = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: found)
    kept.checks.clear()
    return found


def open_page(asks: bool = False, **wanted: Any) -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    app.switch_page("../pages/trust.py")
    app.session_state["asks_questions"] = asks
    app.query_params["set"] = encode(SCHEMA, wanted)
    app.query_params["network"] = "paper-synthetic"
    app.query_params["picture"] = "x-ray-leg"
    app.run()
    ends = time.monotonic() + 60
    while stage(app)["waits"] and time.monotonic() < ends:
        time.sleep(0.02)
        app.run()
    return app


def stage(app: AppTest) -> dict[str, Any]:
    assert [error.message for error in app.exception] == []
    for component in app.get("bidi_component"):
        header, arrays = unpacked(component.proto.bytes)
        if "frames" in header:
            return {**header, "pictures": arrays}
    raise AssertionError("there is no stage")


def curve(found: dict[str, Any], name: str) -> np.ndarray:
    (points,) = [one["points"] for one in found["chart"]["curves"] if one["name"] == name]
    return np.array(points)[:, 1]


def test_a_map_that_collapses_is_told_from_one_that_stays(cluster: PretendCluster) -> None:
    found = stage(open_page(view="shuffle"))
    assert [frame["title"] for frame in found["frames"]][1] == "shuffled down to logits"
    assert curve(found, "with sign")[0] == pytest.approx(1)
    assert np.abs(curve(found, "with sign")[1:]).max() < 0.4
    assert "becomes another map" in found["said"]
    assert len(found["rows"]) == len(STEPS) + 1
    assert cluster.asked.count("explain_shuffled") == len(STEPS) + 1
    edges = stage(open_page(view="shuffle", method="guided"))
    assert curve(edges, "with sign") == pytest.approx(1)
    assert "stays nearly" in edges["said"]
    # What was computed once is not asked again, by whoever asks.
    before = len(cluster.asked)
    stage(open_page(view="shuffle"))
    assert len(cluster.asked) == before


def test_erased_by_rank_beside_random_order(cluster: PretendCluster) -> None:
    found = stage(open_page(view="rank"))
    curves = found["chart"]["curves"]
    assert [one["name"] for one in curves] == ["erased", "random", "shown", "random"]
    by_map, by_chance = (np.array(one["points"])[:, 1] for one in curves[:2])
    assert by_map[2] < by_chance[2]
    assert found["frames"][0]["cells"] is not None
    pictures = [found["pictures"][frame["picture"]] for frame in found["frames"]]
    assert len({picture.tobytes() for picture in pictures}) == len(pictures)
    assert "better than chance in both" in found["said"]


def test_maps_are_compared_in_pairs(cluster: PretendCluster) -> None:
    found = stage(open_page(view="compare"))
    assert found["grid"]
    assert len(found["frames"]) == len(METHODS)
    assert len({frame["picture"] for frame in found["frames"]}) == 1, "the picture travels once"
    rows = {row[0]: dict(zip(found["head"][1:], row[1:], strict=True)) for row in found["rows"]}
    assert rows["HiResCAM"]["Grad-CAM"] == "+1.00"
    assert rows["Occlusion"]["HiResCAM"] == "\N{MINUS SIGN}1.00"


def test_answer_and_map_move_together_while_a_picture_is_disturbed(
    cluster: PretendCluster,
) -> None:
    found = stage(open_page(view="disturb", kind="contrast"))
    still = [frame["title"] for frame in found["frames"]].index("Contrast: 100 %")
    outputs = curve(found, "output")
    assert outputs[0] != pytest.approx(outputs[still], abs=1e-3)
    assert f"{outputs[still]:.2f}" in found["frames"][still]["said"]
    assert "likeness" in [one["name"] for one in found["chart"]["curves"]]
    turned = stage(open_page(view="disturb", kind="turn"))
    # Places move with the picture there: a likeness place by place would say nothing.
    assert "map's likeness" not in [one["name"] for one in turned["chart"]["curves"]]


def test_what_is_painted_over_is_answered_to(
    cluster: PretendCluster, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = open_page(view="hand")
    before = stage(app)
    assert before["frames"][0]["said"].startswith("0\N{NO-BREAK SPACE}%")
    mask = np.zeros((BRUSHED, BRUSHED), np.uint8)
    mask[20:44, 20:44] = 1
    text = base64.b64encode(np.packbits(mask).tobytes()).decode()
    sent = f"{before['subject']}:{text}"
    read = read_mask(sent, before["subject"])
    assert read is not None
    assert np.array_equal(read, mask.astype(bool))
    assert read_mask(f"other:{text}", before["subject"]) is None, "of another picture"
    assert read_mask(f"{before['subject']}:{text[:8]}", before["subject"]) is None
    known = page.state.widget_value
    told = SimpleNamespace(mask=sent, settled=None)
    monkeypatch.setattr(
        page.state, "widget_value", lambda key: told if key == page.STAGE else known(key)
    )
    painted = stage(app.run())
    assert painted["echo"] == sent
    assert painted["output"] != pytest.approx(before["output"], abs=1e-3)
    assert painted["frames"][0]["said"].startswith("14\N{NO-BREAK SPACE}%")
    pictures = [one["pictures"][one["frames"][0]["picture"]] for one in (before, painted)]
    assert (pictures[0] != pictures[1]).mean() < 0.2, "the rest is as it was"


def test_figures_of_the_shipped_networks_stand_beside_chance(cluster: PretendCluster) -> None:
    app = open_page(asks=True, view="marks")
    found = stage(app)
    assert not found["frames"]
    assert "FracAtlas" in found["said"], "pictures need the set; figures come along"
    (table,) = [one.proto.body for one in app.get("html") if "Highest place" in one.proto.body]
    rows = re.findall(r'<tr><th scope="row">(.*?)</th><td>(.*?)</td>', table)
    assert any(name.endswith("HiResCAM") for name, _ in rows)
    assert all(re.search(r"n = \d+", pointed) for _, pointed in rows)
    (question,) = [
        header["question"]
        for component in app.get("bidi_component")
        if "question" in (header := unpacked(component.proto.bytes)[0])
    ]
    assert len(question["options"]) == 3


def test_a_worker_that_fails_says_so_in_the_stage(cluster: PretendCluster) -> None:
    cluster.error = LessonError("analysis.slow", problem="It is slow.", remedy="Try again.")
    found = stage(open_page(view="compare"))
    assert found["waiting"] == "It is slow. Try again."
    assert found["frames"], "the picture stays"


@pytest.mark.parametrize(
    ("like", "said"),
    [(0.95, "stays nearly as it was"), (0.6, "stays alike"), (0.1, "becomes another map")],
)
def test_a_map_that_half_stays_is_not_said_to_stay_nearly_as_it_was(like: float, said: str) -> None:
    found = np.array([[1.0, 1.0], [like, like], [like, like], [like, like]])
    told = _verdict_of_shuffling("guided", found)
    assert said in told
    assert ("what was learned" in told) == (like > 0.5)


def test_another_networks_figures_are_said_to_be_another_networks() -> None:
    """The drawn X-rays' network has no marks to be held against: what is asked is of another."""
    figures = {one.title: found for one in networks() if (found := page._figures(one)) is not None}
    text, owners = cache.page_text("trust"), set()
    for network in networks():
        question = page._question(network, figures, text)
        check = page._check(network, figures, text)
        assert question is not None
        assert check is not None
        assert len(question.text) <= LONGEST_QUESTION
        own = network.title in figures
        owners.add(own)
        assert (question.text == text["predict"]) == own
        assert ("Of another network" in check.text) != own
        if not own:
            other = next(iter(figures)).rpartition(": ")[0]
            assert question.text.startswith(f"{other}: ")
            assert other in check.text
    assert owners == {True, False}
