"""The training cycle through the app: predict, choose, compare, check."""

from __future__ import annotations

import json
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from core.descent.cycle import Parameters, backward, forward
from core.errors import LessonError
from core.jobs.cluster import ClusterState
from core.jobs.remote import Request
from dashboard import cache
from dashboard.lessons.cycle.cache import cycle_tape
from dashboard.lessons.cycle.lesson import CENTER, turns
from dashboard.lessons.cycle.stage import CycleChoices

ROOT = Path(__file__).resolve().parents[2]


@dataclass
class PretendCluster:
    """Answers as the tape would, with an error added on demand."""

    workers: int = 1
    wrong_by: float = 0.0
    error: LessonError | None = None

    def state(self) -> ClusterState:
        return ClusterState(self.workers > 0, 1, self.workers, "The workers are starting.")

    def analyse(self, asked: Request[Any], *, timeout_s: float) -> dict[str, np.ndarray]:
        assert asked.task == "tape_gradients"
        given = asked.arguments
        if self.error is not None:
            raise self.error
        names = list(Parameters.__dataclass_fields__)
        found: dict[str, list[np.ndarray]] = {name: [] for name in names}
        for u in range(len(given["patches"])):
            weights = Parameters(**{name: given[name][u] for name in names})
            done = forward(given["patches"][u], given["targets"][u], weights)
            gradient = backward(done, weights).gradient
            for name in names:
                found[name].append(np.asarray(getattr(gradient, name)) + self.wrong_by)
        return {name: np.stack(values) for name, values in found.items()}


@pytest.fixture
def cluster(monkeypatch: pytest.MonkeyPatch) -> PretendCluster:
    pretend = PretendCluster()
    monkeypatch.setattr(cache, "cluster", lambda: pretend)
    cycle_tape.clear()
    return pretend


def open_page(link: str = "") -> AppTest:
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=60)
    if link:
        app.query_params["set"] = link
    app.switch_page("../pages/cycle.py")
    return app.run()


def said(app: AppTest) -> str:
    assert [error.message for error in app.exception] == []
    kinds = (app.markdown, app.success, app.info, app.warning)
    return " ".join(element.value for kind in kinds for element in kind)


def header(app: AppTest) -> dict[str, Any]:
    raw = max((one.proto.bytes for one in app.get("bidi_component")), key=len)
    (length,) = struct.unpack("<I", raw[:4])
    return json.loads(raw[4 : 4 + length])


def line(app: AppTest) -> dict[str, Any]:
    (found,) = [
        json.loads(raw[4 : 4 + struct.unpack("<I", raw[:4])[0]])
        for raw in (one.proto.bytes for one in app.get("bidi_component"))
        if b'"question"' in raw
    ]
    return found


def test_the_first_step_stays_hidden_until_an_answer_is_given(cluster: PretendCluster) -> None:
    app = open_page()
    assert header(app)["locked"] is True
    assert "Why" not in said(app)
    before, after = (
        float(part.kernels[0, 1, 1])
        for part in (turns(CycleChoices())[0].before, turns(CycleChoices())[0].after)
    )
    truth = 0 if after > before else 1
    app.query_params["answer"] = str(truth)
    app.run()
    assert header(app)["locked"] is False
    assert line(app)["question"]["truth"] == truth
    assert f"{after:.4g}" in line(app)["question"]["because"]
    assert f"= {after:.4f}" in app.latex[-1].value


def test_both_comparisons_are_shown_with_their_limit(cluster: PretendCluster) -> None:
    text = said(open_page())
    assert "Central differences: agrees." in text
    assert "TensorFlow's tape: agrees." in text
    assert "600 gradients (30 updates)" in text.replace("\N{NARROW NO-BREAK SPACE}", "")
    assert text.count("limit 10⁻⁶") == 2


def test_a_wrong_gradient_would_be_told(cluster: PretendCluster) -> None:
    cluster.wrong_by = 1e-4
    text = said(open_page())
    assert "TensorFlow's tape: differs." in text
    assert "1.0 · 10⁻⁴" in text


def test_it_says_that_the_worker_is_not_ready(cluster: PretendCluster) -> None:
    cluster.workers = 0
    text = said(open_page())
    assert "The workers are starting." in text
    assert "Central differences: agrees." in text


def test_a_worker_that_fails_is_advice(cluster: PretendCluster) -> None:
    cluster.error = LessonError("analysis.slow", problem="Too slow.", remedy="Try again.")
    assert "Too slow." in said(open_page())


@pytest.mark.parametrize(("kernels", "batch", "seed"), [(2, 4, 7), (1, 1, 0)])
def test_every_control_changes_the_run(
    cluster: PretendCluster, kernels: int, batch: int, seed: int
) -> None:
    app = open_page(f"kernels_{kernels}*batch_{batch}*seed_{seed}")
    sent = header(app)
    shapes = [entry["shape"] for entry in sent["arrays"]]
    assert sent["kernels"] == kernels
    assert shapes[3] == [sent["updates"], batch]
    app.query_params["answer"] = "shown"
    app.run()
    first = turns(CycleChoices(kernels=kernels, batch=batch, seed=seed))[0]
    gradient = float(first.back.gradient.kernels[CENTER])
    assert any(f"= {gradient:.4f}" in formula.value for formula in app.latex)


def test_the_check_takes_pooling_to_another_picture(cluster: PretendCluster) -> None:
    """676 positions, 169 windows: as many as a backward pass reaches where no ReLU is silent."""
    app = open_page()
    app.number_input[-1].set_value(26 * 26).run()
    assert "too large" in said(app)
    app.number_input[-1].set_value(13 * 13).run()
    assert "169 is right" in said(app)


@pytest.mark.parametrize("rate", [0.0, 10.0])
def test_a_rate_from_the_stage_is_taken(cluster: PretendCluster, rate: float) -> None:
    app = open_page(f"rate_{rate:g}")
    assert header(app)["rate"] == rate
    assert not re.search("Traceback", said(app))


def test_a_rate_out_of_range_has_the_limit(cluster: PretendCluster) -> None:
    app = open_page("rate_1e6")
    assert header(app)["rate"] == 10
