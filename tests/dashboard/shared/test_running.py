"""A training that runs, told on every page, and the way to it."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from streamlit.testing.v1 import AppTest

from core.jobs.ownership import ownership
from dashboard import cache
from dashboard.access.people import Standing
from dashboard.shared.running import running_text, seconds_between_looks
from tests.dashboard.pretend_run import pretend_events, pretend_run, pretend_spec

ROOT = Path(__file__).resolve().parents[3]


class PretendCluster:
    def __getattr__(self, name: str) -> Any:
        return lambda *_, **__: None


def told(app: AppTest) -> list[str]:
    assert not app.exception, app.exception
    return [button.label for button in app.button if button.key == "lb_running_button"]


def test_a_training_is_seen_from_another_page_and_leads_to_itself(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setenv("LIGHTBOX_RUNS", str(tmp_path))
    monkeypatch.setattr(cache, "cluster", PretendCluster)
    spec = replace(pretend_spec(epochs=4), dataset="fracatlas")
    run = pretend_run(tmp_path, pretend_events(2, of=4), spec=spec)
    app = AppTest.from_file(str(ROOT / "dashboard" / "app.py"), default_timeout=120)
    app.switch_page("../pages/neuron.py").run()
    assert told(app) == []
    with ownership(run.path, events_from=0):
        app.run()
        (label,) = told(app)
        loss = run.summary().last.train.loss
        assert "epoch 2 of 4" in label
        assert f"{loss:.3g}" in label.replace("\\", "")
        app.button(key="lb_running_button").click().run()
        assert app.session_state["opened"].network == run.id
        assert app.session_state["opened"].dataset == "fracatlas"
    app.run()
    assert told(app) == []


def test_before_its_first_epoch_a_training_has_no_loss(tmp_path: Path) -> None:
    run = pretend_run(tmp_path, pretend_events(1, of=4)[:1], spec=pretend_spec(epochs=4))
    assert running_text(run.summary()).endswith("epoch 0 of 4")


@pytest.mark.parametrize(("tabs", "seconds"), [(0, 3.0), (20, 3.0), (40, 6.0), (100, 15.0)])
def test_in_a_full_hall_each_tab_looks_less_often(
    tabs: int, seconds: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Together they look about seven times a second at most, however many they are."""
    monkeypatch.setattr(Standing.visits, "open", tabs)
    assert seconds_between_looks() == pytest.approx(seconds)
    assert tabs / seconds_between_looks() < 7
